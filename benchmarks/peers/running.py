"""An emulator that runs: how soon it was ready, what its processes have cost so far, what memory they hold."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.fleet_cost import memory_mb
from benchmarks.peers.emulators import Emulator, environment_of
from tests.processes import REGION, free_port

_TICKS = os.sysconf("SC_CLK_TCK")
_READY_WITHIN_SECONDS = 120
_LOOK_EVERY_SECONDS = 0.005


class DidNotStart(Exception):
    """It ended, or does not answer; with the end of what it said."""


@dataclass
class RunningEmulator:
    emulator: Emulator
    port: int
    process: subprocess.Popen[bytes]
    seconds_to_ready: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """User and system time of its process and of all below it, those that have ended included."""
        return sum(_cpu_seconds(pid) for pid in self._pids())

    def pss_mb(self) -> float:
        """Memory that its processes hold, what they share counted once."""
        sizes = memory_mb({str(pid): pid for pid in self._pids()})
        return round(sum(entry["pss"] for entry in sizes.values()), 1)

    def client(self, service: str) -> Any:
        """A boto3 client of it that does not retry."""
        import boto3
        from botocore.config import Config

        session = boto3.session.Session(
            aws_access_key_id=self.emulator.access_key,
            aws_secret_access_key=self.emulator.access_key,
            region_name=REGION,
        )
        config = Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            # some know no checksums in trailers; what is measured does not send them
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            read_timeout=60,
        )
        return session.client(service, endpoint_url=self.url, config=config)

    def _pids(self) -> list[int]:
        return [self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children(recursive=True))]


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # it has ended since it was listed; its parent has its time now
    return sum(map(int, fields[11:15])) / _TICKS


@contextmanager
def running(emulator: Emulator, folder: Path) -> Iterator[RunningEmulator]:
    """Started on a free port; ended with all its processes in the end. `NotInstallable` or `DidNotStart`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    launch = emulator.launch(port, folder)
    log_file = folder / "log"
    with log_file.open("ab") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            launch.command, cwd=folder, env=environment_of(launch), stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_ready(emulator, process, port, log_file)
        yield RunningEmulator(emulator, port, process, time.monotonic() - started)
    finally:
        _end(process)


def _wait_until_ready(emulator: Emulator, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while not _answers(port, emulator.ready_path):
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(log.read_text(errors="replace")[-300:])
        time.sleep(_LOOK_EVERY_SECONDS)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
