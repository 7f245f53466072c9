"""RustStack's processes, started for tests: the whole fleet, or one service alone, on a free port and own folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
_USER_FOLDERS = Path(tempfile.gettempdir()) / f"ruststack-tests-{os.getuid()}"
ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
_NOT_INHERITED = ("RUSTSTACK_", "AWS_", "SERVICES", "PERSISTENCE", "DEBUG", "GATEWAY_LISTEN", "PYTHONDONTWRITEBYTECODE")


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**given: str) -> dict[str, str]:
    """This process's environment without what would change RustStack's or a client's behaviour, plus `given`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    own = {"XDG_STATE_HOME": str(_USER_FOLDERS / "state"), "XDG_DATA_HOME": str(_USER_FOLDERS / "data")}
    return {**kept, **own, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", **given}


@dataclass
class Running:
    """A process of RustStack's, of the checkout `tree`, that answers at `url`; its output goes to `log`."""

    command: list[str]
    url: str
    data_dir: Path
    log: Path
    environment: dict[str, str]
    health_path: str = "/_ruststack/health"
    tree: Path = ROOT
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    seconds_to_ready: float = 0.0

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self, timeout: float = 120) -> None:
        """Start the process and wait until it is healthy. RuntimeError, with its output, where it does not."""
        with self.log.open("ab") as log:
            started = time.monotonic()
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=self.environment, cwd=self.tree)
        while not self.is_healthy():
            if self.process.poll() is not None or time.monotonic() - started > timeout:
                self.stop()
                raise RuntimeError(f"{' '.join(self.command)} did not become healthy:\n{self.log.read_text()}")
            time.sleep(0.01)
        self.seconds_to_ready = time.monotonic() - started

    def stop(self, timeout: float = 60) -> int:
        """End it as Ctrl-C or `docker stop` would; the exit status comes back."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def restart(self) -> None:
        self.stop()
        self.start()

    def is_healthy(self) -> bool:
        try:
            return self.get(self.health_path)["status"] in ("ok", "running")
        except (OSError, ValueError, KeyError):
            return False

    def get(self, path: str) -> Any:
        """The JSON that a GET of `path` answers."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.loads(answer.read())

    def post(self, path: str) -> bytes:
        """POST without a body, as the control interface wants it."""
        request = urllib.request.Request(self.url + path, method="POST", data=b"")
        with urllib.request.urlopen(request, timeout=60) as answer:
            body: bytes = answer.read()
            return body

    def advance_clock(self, seconds: float) -> None:
        """Move the clock of every service forward."""
        self.post(f"/_ruststack/clock?advance={seconds}")

    def service_pids(self) -> dict[str, int]:
        """The process id of each service, as health names it."""
        services = self.get("/_ruststack/health")["services"]
        return {name: entry["pid"] for name, entry in services.items()}

    def client(self, service: str, **given: Any) -> Any:
        """A boto3 client for `service`. It does not retry, so that an error shows as it is."""
        import boto3
        from botocore.config import Config

        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        config = config.merge(given.pop("config", Config()))
        account = given.pop("account_id", "test")
        session = boto3.session.Session(
            aws_access_key_id=account, aws_secret_access_key="test", region_name=given.pop("region_name", REGION)
        )
        return session.client(service, endpoint_url=given.pop("endpoint_url", self.url), config=config, **given)


def is_gateway(child: psutil.Process) -> bool:
    """Whether a fleet's child is its gateway: forked from the fleet, or, started again, an interpreter of its own."""
    return child.name().startswith("ruststack-gatew") or "gateway" in " ".join(child.cmdline())


@contextmanager
def running_fleet(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    start: bool = True,
    tree: Path = ROOT,
) -> Iterator[Running]:
    """`ruststack up` of the checkout `tree` on a free port with its data below `folder`."""
    port = free_port()
    command = [sys.executable, "-m", "ruststack", "up", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--data-dir", str(folder / "data"), *arguments]
    yield from _running(command, port, folder, environment, start, tree)


@contextmanager
def running_service(
    service: str, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, start: bool = True
) -> Iterator[Running]:
    """`python -m services.<service>`, alone, on a free port with its data below `folder`."""
    port = free_port()
    command = [sys.executable, "-m", f"services.{service}", "--port", str(port), *arguments]
    environment = {"RUSTSTACK_DATA_DIR": str(folder / "data"), **(environment or {})}
    yield from _running(command, port, folder, environment, start)


def _running(
    command: list[str],
    port: int,
    folder: Path,
    environment: Mapping[str, str] | None,
    start: bool,
    tree: Path = ROOT,
) -> Iterator[Running]:
    folder.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    given = clean_environment(**(environment or {}))
    running = Running(command, url, folder / "data", folder / "log", given, tree=tree)
    if start:
        running.start()
    try:
        yield running
    finally:
        if running.process is not None:
            running.stop()
