"""A PostgreSQL cluster that fails over: Patroni over two servers, one standby that commits wait for, and one etcd."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from tests.postgresql import server_account, server_programs
from tests.processes import free_port
from tests.waiting import wait_until

_NAMES = ("one", "two")
_PATIENCE = 120.0
_LOCK_SECONDS = 20  # the least that Patroni takes: after so long without a word a primary is taken for dead


class Node:
    """One server, and the Patroni that minds it."""

    def __init__(self, name: str, folder: Path, etcd: int) -> None:
        self.name = name
        self.port = free_port()
        self._control = free_port()
        self._folder = folder / name
        self._process: subprocess.Popen[bytes] | None = None
        self._etcd = etcd

    def start(self, account: str | None) -> None:
        self._folder.mkdir()
        if account is not None:
            shutil.chown(self._folder, account)
        configuration = self._folder.parent / f"{self.name}.json"  # which is YAML, too
        configuration.write_text(json.dumps(self._configuration()))
        with (self._folder.parent / f"{self.name}.log").open("wb") as log:
            command = ["patroni", str(configuration)]
            environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self._folder)}
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, user=account, env=environment
            )

    def _configuration(self) -> dict[str, object]:
        programs = server_programs()
        local = "127.0.0.1/32"
        return {
            "scope": "ruststack",
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self._control}", "connect_address": f"127.0.0.1:{self._control}"},
            "etcd3": {"host": f"127.0.0.1:{self._etcd}"},
            "bootstrap": {
                "dcs": {
                    "ttl": _LOCK_SECONDS,
                    "loop_wait": 1,
                    "retry_timeout": 5,
                    "synchronous_mode": True,
                    "postgresql": {"use_pg_rewind": False},
                },
                "initdb": [{"encoding": "UTF8"}, {"auth": "trust"}, "no-sync"],
                "pg_hba": [f"host all all {local} trust", f"host replication all {local} trust"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": str(self._folder / "data"),
                "bin_dir": str(programs),
                "authentication": {
                    "superuser": {"username": "ruststack", "password": "x"},
                    "replication": {"username": "replicator", "password": "x"},
                },
                "parameters": {
                    "unix_socket_directories": str(self._folder),
                    "max_connections": 60,
                    "shared_buffers": "32MB",
                    "fsync": "off",
                },
            },
        }

    def says(self, path: str) -> bool:
        """Whether Patroni says of this server that it is that: https://patroni.readthedocs.io/en/latest/rest_api.html"""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._control}/{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """As a host that loses its power: Patroni, the server, and all of its processes."""
        if self._process is None:
            return
        pids = [self._process.pid]
        pid_file = self._folder / "data" / "postmaster.pid"
        if pid_file.exists():
            postmaster = int(pid_file.read_text().splitlines()[0])
            with suppress(psutil.NoSuchProcess):
                pids += [postmaster, *(child.pid for child in psutil.Process(postmaster).children(recursive=True))]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(20)
        self._process = None


class Cluster:
    """The running nodes."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    @property
    def url(self) -> str:
        """The SQLAlchemy URL by which a client finds the primary, whichever it is."""
        hosts = "&".join(f"host=127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql+psycopg://ruststack@/postgres?{hosts}&target_session_attrs=read-write"

    def primary(self) -> Node:
        return next(node for node in self.nodes if node.says("primary"))

    def is_complete(self) -> bool:
        """Whether there is a primary, and a standby without which it commits nothing."""
        return any(node.says("primary") for node in self.nodes) and any(node.says("synchronous") for node in self.nodes)


@contextmanager
def patroni_cluster() -> Iterator[Cluster]:
    """Start a cluster and kill it in the end. FileNotFoundError where the machine has not what it needs."""
    missing = [name for name in ("patroni", "etcd") if shutil.which(name) is None]
    if missing or server_programs() is None:
        raise FileNotFoundError("no patroni, etcd or PostgreSQL here (Debian: apt-get install patroni etcd-server)")
    account = server_account()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ruststack-patroni-", dir="/tmp")))
        folder.chmod(0o755)
        etcd = stack.enter_context(_etcd(folder))
        nodes = [Node(name, folder, etcd) for name in _NAMES]
        for node in nodes:
            stack.callback(node.kill)
            node.start(account)
        cluster = Cluster(nodes)
        wait_until(cluster.is_complete, _PATIENCE)
        yield cluster


@contextmanager
def _etcd(folder: Path) -> Iterator[int]:
    port, peers = free_port(), f"http://127.0.0.1:{free_port()}"
    address = f"http://127.0.0.1:{port}"
    command = ["etcd", "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--name", "etcd"]
    command += ["--listen-client-urls", address, "--advertise-client-urls", address]
    command += [
        "--listen-peer-urls",
        peers,
        "--initial-advertise-peer-urls",
        peers,
        "--initial-cluster",
        f"etcd={peers}",
    ]
    with (folder / "etcd.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.kill()
        process.wait(20)
