"""Which fleets this user runs on this machine: a small file for each, by the gateway's port.

`$XDG_STATE_HOME/ruststack/fleets/4566.json`, written by the fleet once it listens, and locked by it: whether it still
runs is told by the lock, which ends with the last of its processes, however that went. The file of a fleet in the
background stays as long as its log, so that this can be found; others are cleared away when the next fleet starts.
Nothing else depends on it: a fleet that cannot write it runs all the same.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from awskit.replicas.file_locks import is_held, lock_within, open_lock, try_lock
from ruststack.user_folders import state_home

LOG_VARIABLE = "RUSTSTACK_BACKGROUND_LOG"
"""Tells a fleet that is started in the background where its log goes."""

_PATIENCE_SECONDS = 0.5  # for who looks whether a record may go


@dataclass(frozen=True)
class FleetRecord:
    """What is known of a fleet."""

    port: int
    pid: int
    """The supervisor's process id."""
    endpoint: str
    data_dir: str | None
    """None where nothing is kept."""
    log: str | None
    """The log file of a fleet in the background."""
    started: float
    """Seconds since the epoch."""
    version: str
    seeds: list[str] = field(default_factory=list)
    """The files of RUSTSTACK_SEED that it was started with."""
    settings: dict[str, str] = field(default_factory=dict)
    """Other settings that it was started with (`ruststack.fleets.started_settings`)."""


def state_dir(environ: Mapping[str, str]) -> Path:
    """The folder of this user's records and logs."""
    return state_home(environ) / "fleets"


def keep(record: FleetRecord, environ: Mapping[str, str]) -> int:
    """Write the record and lock it, for as long as this process or one forked from it runs.

    Out: the lock's descriptor. Raises OSError.
    """
    folder = state_dir(environ)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear_away(folder)
    descriptor = _locked(folder / f"{record.port}.json")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(record)).encode(), 0)
    return descriptor


def _locked(path: Path) -> int:
    """The descriptor of the file, locked. Raises OSError where another fleet holds it."""
    while True:
        descriptor = open_lock(path)
        if not lock_within(descriptor, _PATIENCE_SECONDS):
            os.close(descriptor)
            raise BlockingIOError(f"{path} is another fleet's")
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # cleared away in between


def _clear_away(folder: Path) -> None:
    """Remove the records of fleets that have ended and left no log: whoever asks for fleets reads them all."""
    for path in folder.glob("*.json"):
        record = _read(path)
        if record is not None and record.log is not None and Path(record.log).exists():
            continue
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                if try_lock(descriptor):
                    path.unlink()
            finally:
                os.close(descriptor)


def find(port: int, environ: Mapping[str, str]) -> FleetRecord | None:
    """The last fleet on `port`, be it running or not."""
    return _read(state_dir(environ) / f"{port}.json")


def is_running(record: FleetRecord, environ: Mapping[str, str]) -> bool:
    """Whether a process of the fleet is still there."""
    try:
        return is_held(state_dir(environ) / f"{record.port}.json")
    except OSError:
        return False


def recorded(environ: Mapping[str, str]) -> list[FleetRecord]:
    """Every fleet of this user's that there is a record of, by port."""
    found = [_read(path) for path in state_dir(environ).glob("*.json")]
    return sorted((record for record in found if record is not None), key=lambda record: record.port)


def running(environ: Mapping[str, str]) -> list[FleetRecord]:
    """Every fleet of this user's that runs, by port."""
    return [record for record in recorded(environ) if is_running(record, environ)]


def _read(path: Path) -> FleetRecord | None:
    try:
        return FleetRecord(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None  # none, half written, or another version's
