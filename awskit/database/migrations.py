"""Bring a service's database to the schema its code expects, before its server starts.

`python -m awskit.database.migrations URL FOLDER [REVISION]` upgrades in a process of its own.

A service's versions are Alembic revisions `services/<name>/migrations/versions/NNNN_what.py`, with `revision = "NNNN"`.
Whether the database is at the newest is asked with one plain query; an empty SQLite database gets `newest_schema`.
Only where neither will do is Alembic imported, and then in a forked child, since it costs 10 MB of memory that the
server has no use for.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from awskit.database import newest_schema
from awskit.process.storage_faults import fault_of

_VERSION_FILE = re.compile(r"^(\d{4})_\w+\.py$")
_LOCK_KEY = 7_215_904_466
_EXIT_REFUSED = 3


class MigrationError(Exception):
    """The database cannot be brought to this code's schema; the text is one line for the person who runs it."""


def newest_revision(folder: Path) -> str:
    """The newest revision among a service's migrations in `folder` (that holds `versions/`)."""
    numbers = [match[1] for entry in (folder / "versions").iterdir() if (match := _VERSION_FILE.match(entry.name))]
    if not numbers:
        raise MigrationError(f"{folder} holds no migrations")
    return max(numbers)


def migrate(url: str, folder: Path, *, in_child: bool = True) -> None:
    """Upgrade the database at `url` to the newest revision in `folder`; nothing happens where it is there already.

    `in_child=False` is for a process that ends soon, and has several to upgrade. Raises `MigrationError` where the
    database comes from a newer version; it is left untouched.
    """
    newest = newest_revision(folder)
    current = _current_revision(url)
    if current == newest:
        return
    if current is not None and current > newest:
        name = sa.make_url(url).database
        raise MigrationError(
            f"the database {name} is at schema {current}, written by a newer RustStack; this one knows up to {newest}"
        )
    if current is None and newest_schema.has_schema(folder, newest) and sa.make_url(url).get_backend_name() == "sqlite":
        _make(url, folder, in_child=in_child)
    else:
        _run(url, lambda: upgrade(url, folder), in_child=in_child)


def _make(url: str, folder: Path, *, in_child: bool) -> None:
    def make() -> None:
        if not newest_schema.create(str(sa.make_url(url).database), folder):
            upgrade(url, folder)  # a replica has been faster; be it of an older version

    _run(url, make, in_child=in_child and newest_schema.has_first_rows(folder))


def upgrade(url: str, folder: Path, revision: str = "head") -> None:
    """Run the missing revisions in this process (`migrate` asks whether any are missing, and spares the memory)."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    engine = _transactional_engine(url)
    environment = EnvironmentContext(config, script, fn=lambda rev, _: script._upgrade_revs(revision, rev))
    with engine.begin() as connection, environment:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        environment.configure(connection=connection, transactional_ddl=True)
        with environment.begin_transaction():
            environment.run_migrations()
    engine.dispose()


async def upgrade_elsewhere(url: str, folder: Path, revision: str = "head") -> None:
    """`upgrade` in a fresh process, while this one goes on. Raises `MigrationError`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", __name__, url, str(folder), revision),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode != 0:
        reason = (said.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise MigrationError(f"a database could not be brought to schema {revision}: {reason}")


def _transactional_engine(url: str) -> sa.Engine:
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, poolclass=sa.pool.NullPool)
    # Python's sqlite3 begins no transaction before a CREATE TABLE, and then a failing migration would stay half done.
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"isolation_level": None})
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _current_revision(url: str) -> str | None:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite" and not (parsed.database and Path(parsed.database).exists()):
        return None
    engine = _engine(parsed)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    except sa.exc.DBAPIError as error:
        reason = fault_of(error) or error.orig
        raise MigrationError(f"cannot open the database {parsed.render_as_string()}: {reason}") from error
    finally:
        engine.dispose()


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        # not the text itself, which may hold a password
        raise MigrationError("a database URL is not one such as postgresql+psycopg://user@host/database") from error


def _engine(parsed: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(parsed, poolclass=sa.pool.NullPool)
    except (ModuleNotFoundError, sa.exc.NoSuchModuleError) as error:
        raise MigrationError(
            f"the database {parsed.render_as_string()} needs a driver that is not here ({error}); for PostgreSQL it is"
            " psycopg, with postgresql+psycopg://...: pip install 'ruststack[postgresql]'"
        ) from error


def _run(url: str, work: Callable[[], None], *, in_child: bool) -> None:
    if not in_child:
        work()
        return
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except Exception as error:
            os.write(2, f"migration of {sa.make_url(url).database} failed: {error!r}\n".encode())
            status = _EXIT_REFUSED
        finally:
            os._exit(status)
    _, wait_status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(wait_status) != 0:
        raise MigrationError(f"the database {sa.make_url(url).database} could not be migrated")


if __name__ == "__main__":
    upgrade(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:4])
