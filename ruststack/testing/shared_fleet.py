"""One fleet for all processes of a test run, with nothing kept: whoever comes first starts it, the last one stops it.

They agree by files in a folder that they share. `users` is locked (shared) by each process that uses the fleet, and is
the fleet's lifeline too: should all of them be killed, it ends by itself. `start` is locked by whoever starts it or
stops it, `fleet.json` says where it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ruststack.fleets import background
from ruststack.fleets.fleet_record import FleetRecord, is_running, running

_START_SECONDS = 120.0
_STOP_SECONDS = 30.0
_NOT_INHERITED = (
    "RUSTSTACK_",
    "AWS_",
    "OTEL_",
    "SERVICES",
    "PERSISTENCE",
    "DEBUG",
    "GATEWAY_LISTEN",
    "LOCALSTACK_HOST",
    "SQS_ENDPOINT_STRATEGY",
    "EXTRA_CORS_ALLOWED_ORIGINS",
    "DISABLE_CORS_CHECKS",
    "S3_SKIP_SIGNATURE_VALIDATION",
)
_JOURNAL = "20000"


class SharedFleet:
    """The fleet of the test run whose processes share `folder`. `given` are settings for it, beyond the usual ones."""

    def __init__(self, folder: Path, given: Mapping[str, str], environ: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._environ = self._environment(os.environ if environ is None else environ, given)
        self._users: int | None = None
        self._record: FleetRecord | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def join(self) -> FleetRecord:
        """Use it, and start it where nobody does yet. Raises `Refused`, which says why it does not start."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._starting():
            self._users = os.open(self._folder / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self._record = self._running() or self._start()
        return self._record

    def leave(self) -> None:
        """Use it no more. Where nobody else does, it has ended when this returns."""
        if self._users is None:
            return
        with self._starting():
            fcntl.flock(self._users, fcntl.LOCK_UN)
            if self._is_left():
                self._stop()
            elif self._process is not None:
                self._process.returncode = 0  # it goes on without the one that has started it
            os.close(self._users)
        self._users = self._record = self._process = None

    @contextmanager
    def _starting(self) -> Iterator[None]:
        descriptor = os.open(self._folder / "start", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _running(self) -> FleetRecord | None:
        try:
            found = json.loads((self._folder / "fleet.json").read_bytes())
        except (OSError, ValueError):
            return None
        records = (one for one in running(self._environ) if one.pid == found["pid"])
        return next(records, None)

    def _start(self) -> FleetRecord:
        self._process, log = background.start(self._environ)
        record = background.wait_until_ready(self._process, log, _START_SECONDS, self._environ)
        (self._folder / "fleet.json").write_text(json.dumps({"pid": record.pid, "endpoint": record.endpoint}))
        return record

    def _is_left(self) -> bool:
        assert self._users is not None
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _stop(self) -> None:
        if self._record is not None and is_running(self._record, self._environ):
            with suppress(ProcessLookupError):
                os.kill(self._record.pid, signal.SIGTERM)
            background.wait_until_ended(self._record, _STOP_SECONDS, self._environ)
        if self._process is not None:
            self._process.terminate()  # one that has never become ready
            self._process.wait(_STOP_SECONDS)

    def _environment(self, environ: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in environ.items() if not name.startswith(_NOT_INHERITED)}
        own = {
            "RUSTSTACK_PERSISTENCE": "0",
            "RUSTSTACK_HOST": "127.0.0.1",
            "RUSTSTACK_PORT": "0",
            "RUSTSTACK_JOURNAL": _JOURNAL,
            "RUSTSTACK_INIT_DIR": str(self._folder / "init"),
            "RUSTSTACK_LIFELINE": str(self._folder / "users"),
            "XDG_STATE_HOME": str(self._folder / "state"),
            "XDG_DATA_HOME": str(self._folder / "data"),
        }
        return {**inherited, **own, **given}
