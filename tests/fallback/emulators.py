"""Other emulators as they are installed from the package index: in an environment of their own, each on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clients.cache import kept_folder
from tests.processes import REGION, clean_environment, free_port
from tests.waiting import wait_until

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def environment() -> Path:
    """The folder of the programs, which are installed where they are not there yet (a minute)."""
    with kept_folder("emulators", REQUIREMENTS.read_text()) as folder:
        if not (folder / "installed").exists():
            _run([sys.executable, "-m", "venv", str(folder)])
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            _run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)])
            (folder / "installed").touch()
        return folder / "bin"


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Emulator:
    """One of them, whose state outlives `stop` where it can keep it."""

    command: Sequence[str]
    port: int
    log: Path
    keeps_state: bool
    further: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with self.log.open("ab") as log:
            given = {**clean_environment(), **self.further}
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=given, start_new_session=True)
        wait_until(self._takes_connections)

    def stop(self) -> None:
        """Have it end with its state kept, where it can; else kill it."""
        process, self.process = self.process, None
        if process is None:
            return
        os.killpg(process.pid, signal.SIGTERM if self.keeps_state else signal.SIGKILL)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _takes_connections(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True

    def client(self, service: str) -> Any:
        """A boto3 client of it, not by way of the fleet's gateway."""
        import boto3

        session = boto3.session.Session(
            aws_access_key_id="000000000000", aws_secret_access_key="test", region_name=REGION
        )
        return session.client(service, endpoint_url=self.url)


def ministack(folder: Path) -> Emulator:
    """MiniStack, which runs functions in Python itself and keeps its state."""
    port = free_port()
    ports = {name: str(free_port()) for name in ("IOT_MTLS_PORT", "SFTP_PORT")}
    state = {"PERSIST_STATE": "1", "STATE_DIR": str(folder / "state")}
    command = [str(environment() / "ministack")]
    return Emulator(command, port, folder / "ministack.log", True, {"GATEWAY_PORT": str(port), **ports, **state})


def moto(folder: Path) -> Emulator:
    """Moto's server, which keeps nothing."""
    port = free_port()
    return Emulator([str(environment() / "moto_server"), "-p", str(port)], port, folder / "moto.log", False)
