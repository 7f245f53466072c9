"""A real PostgreSQL for tests: one server per test process, started on first use, one database per test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
}


def server_programs() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest there is; None where the machine has none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


class PostgresqlServer:
    """A running server, reached over a unix socket in its own folder."""

    def __init__(self, folder: Path, user: str, pid: int) -> None:
        self._folder = folder
        self._user = user
        self.pid = pid
        """Of the process whose children serve the connections."""

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{self._user}@/{database}?host={self._folder}"

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(f"host={self._folder} user={self._user} dbname=postgres", autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """A fresh database's name; at the end it is dropped, after no connection to it has been left open."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        try:
            yield name
            self._expect_no_connection(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _expect_no_connection(self, name: str) -> None:
        # A closed connection's backend takes a moment to end, so a leak is one that stays.
        deadline = time.monotonic() + 2
        while rows := self.execute(f"SELECT pid, state, query FROM pg_stat_activity WHERE datname = '{name}'"):
            if time.monotonic() > deadline:
                raise AssertionError(f"connections were leaked: {rows}")
            time.sleep(0.02)


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Start a server from the machine's programs and stop it at the end. FileNotFoundError where there are none."""
    programs = server_programs()
    if programs is None:
        raise FileNotFoundError("no PostgreSQL server programs on this machine (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="ruststack-pg-", dir="/tmp"))
    account = server_account()
    if account is not None:
        shutil.chown(folder, account)
    try:
        _run_as(account, [programs / "initdb", "-D", folder / "data", "-U", "ruststack", "-A", "trust", "--no-sync"])
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [programs / "postgres", "-D", folder / "data", "-k", folder, *options]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, user=account)
        try:
            server = PostgresqlServer(folder, "ruststack", process.pid)
            _wait_until_ready(server, process, folder / "log")
            yield server
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_account() -> str | None:
    """PostgreSQL refuses to run as root: whom to run it as instead."""
    if os.geteuid() != 0:
        return None
    accounts = {line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in accounts else "nobody"


def _run_as(account: str | None, command: list[Path | str]) -> None:
    done = subprocess.run(command, user=account, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")


def _wait_until_ready(server: PostgresqlServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.05)
        else:
            return
