"""Which fleets this user runs on this machine: a small file for each, by the gateway's port.

`$XDG_STATE_HOME/ruststack/fleets/4566.json`, written by the fleet once it listens, and locked by it: whether it still
runs is told by the lock, which ends with the last of its processes, however that went. The file stays, so that the log
of a fleet that has ended can be found. Nothing else depends on it: a fleet that cannot write it runs all the same.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from awskit.replicas.file_locks import is_held
from ruststack.user_folders import state_home

LOG_VARIABLE = "RUSTSTACK_BACKGROUND_LOG"
"""Tells a fleet that is started in the background where its log goes."""


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
    descriptor = os.open(folder / f"{record.port}.json", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(record)).encode(), 0)
    return descriptor


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
