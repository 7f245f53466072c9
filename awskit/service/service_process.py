"""Run one service as a process of its own: `python -m services.sqs --port 9002`.

`open_service_database` finds, migrates and opens the service's database by its settings; `serve` runs an ASGI
application on a port or a unix socket until SIGTERM or Ctrl-C, lets requests in flight end, and returns.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from awskit.database import Database, database_file, open_database
from awskit.database.migrations import MigrationError, migrate
from awskit.database.server_claim import AnotherFleets
from awskit.database.server_claim import claim as claim_database
from awskit.http.server import StartError, inherited_sockets, serve, set_up_logging
from awskit.process import data_folder
from awskit.process.data_folder import DataFolderError
from awskit.process.storage_faults import fault_of
from awskit.replicas.on_file import CannotShare, join
from awskit.settings import ServiceSettings, SettingsError, load

__all__ = [
    "StartError",
    "inherited_sockets",
    "main",
    "migrate_service_database",
    "open_service_database",
    "serve",
    "set_up_logging",
]

_UMASK = 0o077  # what a service makes is for its user alone

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def open_service_database(
    name: str, settings: ServiceSettings, database_url: str | None, migrations: Path, *, row_locks: bool = False
) -> Database:
    """The database of the service `name`, at the newest schema.

    `database_url` where it is set, else `<data_dir>/<name>.db`, else, without persistence, a file that is gone as soon
    as it is open. `row_locks` as for `open_database`. Raises `StartError`.
    """
    url = _lasting_url(name, settings, database_url)
    if url is not None:
        opened = _open_lasting(url, settings, migrations, row_locks=row_locks)
        if database_url is None and settings.synchronous.upper() == "FULL":
            data_folder.sync_names(settings.data_dir.resolve())
        return opened
    with tempfile.TemporaryDirectory(prefix=f"ruststack-{name}-") as folder:
        url = f"sqlite:///{folder}/{name}.db"
        _migrate(url, migrations)
        return open_database(url, durable=False)


def migrate_service_database(
    name: str, settings: ServiceSettings, database_url: str | None, migrations: Path, *, in_child: bool = True
) -> str | None:
    """Bring the lasting database of the service `name` to the newest schema; its URL, None where it has none.

    `in_child` as for `awskit.database.migrations.migrate`. Raises `StartError`.
    """
    url = _lasting_url(name, settings, database_url)
    if url is not None:
        claim = _claimed(url, settings) if database_file(url) is None else None
        try:
            _migrate(url, migrations, in_child=in_child)
        finally:
            if claim is not None:
                claim.close()
    return url


def _lasting_url(name: str, settings: ServiceSettings, database_url: str | None) -> str | None:
    if database_url is None and not settings.persistence:
        return None
    return database_url or f"sqlite:///{_database_file(name, settings.data_dir)}"


def _open_lasting(url: str, settings: ServiceSettings, migrations: Path, *, row_locks: bool) -> Database:
    file = database_file(url)
    if file is None:
        return _open_on_server(url, settings, migrations, row_locks=row_locks)
    try:
        replicas = join(file)
    except (CannotShare, OSError) as error:
        raise StartError(str(error)) from error
    try:
        _migrate(url, migrations)
        database = open_database(url, synchronous=settings.synchronous, replicas=replicas, turn=replicas.turn)
    except BaseException:
        replicas.opened()
        replicas.close()
        raise
    replicas.opened()
    return database


def _open_on_server(url: str, settings: ServiceSettings, migrations: Path, *, row_locks: bool) -> Database:
    claim = _claimed(url, settings)
    try:
        _migrate(url, migrations)
        return open_database(url, row_locks=row_locks, fleet=_fleet_of(url, settings), claim=claim)
    except BaseException:
        if claim is not None:
            claim.close()
        raise


def _claimed(url: str, settings: ServiceSettings) -> Any:
    """The claim on a server's database. Raises `StartError`."""
    try:
        return claim_database(url, _fleet_of(url, settings))
    except AnotherFleets as error:
        raise StartError(str(error)) from error


def _fleet_of(url: str, settings: ServiceSettings) -> str:
    return settings.fleet or _database_name(url)


def _migrate(url: str, migrations: Path, *, in_child: bool = True) -> None:
    before = os.umask(_UMASK)
    try:
        migrate(url, migrations, in_child=in_child)
    except Exception as error:
        reason = error if isinstance(error, MigrationError) else fault_of(error)
        if reason is None:
            raise
        raise StartError(str(reason)) from error
    finally:
        os.umask(before)


def _database_file(name: str, folder: Path) -> Path:
    try:
        path = data_folder.prepare(folder) / f"{name}.db"
        data_folder.make_files_private([path, path.with_name(f"{name}.db-wal"), path.with_name(f"{name}.db-shm")])
    except (DataFolderError, OSError) as error:
        raise StartError(str(error)) from error
    return path


def _claim(name: str, settings: ServiceSettings, *, keeps_files: bool) -> None:
    """Hold the service's part of the data folder until this process ends. Raises `StartError`."""
    database_url: str | None = getattr(settings, "database_url", None)
    if (database_url is None and not settings.persistence) or (database_url is not None and not keeps_files):
        return
    try:
        folder = data_folder.prepare(settings.data_dir)
        data_folder.claim_folder(folder, settings.fleet)
        data_folder.claim_service(folder, name, settings.fleet or _database_name(database_url))
    except DataFolderError as error:
        raise StartError(str(error)) from error


def _database_name(url: str | None) -> str:
    """What the replicas that share a database have in common, where nobody has given their fleet a name."""
    return "" if url is None else f"database {hashlib.sha256(url.encode()).hexdigest()[:12]}"


def main(
    name: str,
    settings_type: type[SettingsT],
    create_app: Callable[[SettingsT], Any],
    default_port: int,
    arguments: list[str] | None = None,
    *,
    keeps_files: bool = False,
) -> None:
    """The command line of one service: `--host`, `--port`, `--uds`, `--data-dir`; exits 2 with one line on failure.

    `keeps_files`: it has files in the data folder also where its database is elsewhere.
    """
    options = _options(name, default_port, sys.argv[1:] if arguments is None else arguments)
    try:
        settings = load(settings_type, data_dir=options.data_dir)
        os.umask(_UMASK)
        _claim(name, settings, keeps_files=keeps_files)
        set_up_logging("DEBUG" if settings.debug else settings.log_level)
        serve(
            create_app(settings),
            host=options.host,
            port=options.port,
            uds=options.uds,
            watchdog_seconds=settings.watchdog_seconds,
        )
    except Exception as error:
        reason = error if isinstance(error, StartError | SettingsError) else fault_of(error)
        if reason is None:
            raise
        print(f"ruststack {name}: {reason}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        return


class _Options(NamedTuple):
    host: str = "127.0.0.1"
    port: int = 0
    uds: str | None = None
    data_dir: Path | None = None


def _options(name: str, default_port: int, arguments: list[str]) -> _Options:
    match arguments:
        case ["--uds", path]:  # as a fleet starts it: without argparse, which is a megabyte
            return _Options(uds=path)
    import argparse

    parser = argparse.ArgumentParser(prog=f"python -m services.{name}", description=f"RustStack's {name} service")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=default_port, help=f"port to listen on (default {default_port})")
    parser.add_argument("--uds", default=None, help="unix socket to listen on instead of a port")
    parser.add_argument("--data-dir", type=Path, default=None, help="folder of the databases (RUSTSTACK_DATA_DIR)")
    options = parser.parse_args(arguments)
    return _Options(options.host, options.port, options.uds, options.data_dir)
