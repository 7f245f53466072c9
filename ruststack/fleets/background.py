"""A fleet in the background: a process of its own session, with a log file in the place of the terminal."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from ruststack.control_client import ControlClient, NoAnswer
from ruststack.fleets.fleet_record import LOG_VARIABLE, FleetRecord, is_running, recorded, running, state_dir
from ruststack.packages import python_command
from ruststack.refusal import Refused

_POLL_SECONDS = 0.05
_LAST_LINES = 5
_OLD_SECONDS = 3600.0


def start(environ: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], Path]:
    """Start a fleet as `environ` says; its process and its log file. Raises `Refused`."""
    folder = state_dir(environ)
    log = folder / f"{os.getpid()}-{time.time_ns()}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_old_logs(folder, environ)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise Refused(f"the log {log} cannot be written: {error.strerror}; see XDG_STATE_HOME") from error
    try:
        process = subprocess.Popen(
            python_command("ruststack.fleets.fleet"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**environ, LOG_VARIABLE: str(log)},
        )
    finally:
        os.close(output)
    return process, log


def wait_until_ready(
    process: subprocess.Popen[bytes], log: Path, timeout: float, environ: Mapping[str, str]
) -> FleetRecord:
    """Wait for what `start` has started, with the same `environ`.

    Raises `Refused` where it ends before it is ready, or is not after `timeout`; a fleet that takes longer goes on.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Refused(_last_words(log))
        record = next((one for one in running(environ) if one.pid == process.pid), None)
        if record is not None and is_ready(record):
            return record
        time.sleep(_POLL_SECONDS)
    raise Refused(f"not ready after {timeout:g} s; it goes on: `ruststack logs`, `ruststack wait`, `ruststack stop`")


def is_ready(record: FleetRecord) -> bool:
    """Whether the fleet says that it is ready."""
    try:
        answer = ControlClient(record.endpoint, timeout=5).ask(
            "GET", "/_ruststack/ready", accepted=(200, 503), holding="ready"
        )
    except NoAnswer:
        return False
    return bool(answer["ready"])


def wait_until_ended(record: FleetRecord, timeout: float, environ: Mapping[str, str]) -> bool:
    """Whether every process of the fleet has ended within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while is_running(record, environ):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _last_words(log: Path) -> str:
    """Why a fleet has not started: its own refusal, or the end of its log."""
    lines = log.read_text(errors="replace").splitlines()
    log.unlink(missing_ok=True)
    refusals = [line.partition("ruststack: ")[2] for line in lines if "ruststack: " in line]
    if refusals:
        return refusals[0]
    return "\n".join(["it has ended before it was ready; the end of its log:", *lines[-_LAST_LINES:]])


def _remove_old_logs(folder: Path, environ: Mapping[str, str]) -> None:
    """The logs that no fleet's record names any more."""
    named = {record.log for record in recorded(environ)}
    old = time.time() - _OLD_SECONDS
    for path in folder.glob("*.log"):
        if str(path) not in named and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
