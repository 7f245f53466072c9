"""Looks a SQLite file over without changing it: for `ruststack doctor`, also while a service is at work on it.

In: its path. Out: what SQLite finds wrong, and the schema's version. Raised: `StorageFault` where it cannot be read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from awskit.process.storage_faults import StorageFault, fault_of

_MOST_FINDINGS = 5
_WAIT_SECONDS = 5.0


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads."""
    try:
        with closing(_connected(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise fault_of(error) or StorageFault(str(error)) from error


def _connected(path: Path) -> sqlite3.Connection:
    address = path.absolute().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=_WAIT_SECONDS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        # A write-ahead log cannot even be read in a folder that cannot be written to; without one there is no need to.
        if path.with_name(f"{path.name}-wal").exists():
            raise
        connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True, timeout=_WAIT_SECONDS)
    return connection


def findings(connection: sqlite3.Connection) -> list[str]:
    """What `PRAGMA quick_check` finds wrong; nothing where all is well."""
    try:
        rows = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({_MOST_FINDINGS})")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if rows == ["ok"] else rows


def schema_revision(connection: sqlite3.Connection) -> str | None:
    """The newest of its migrations; None where it has none."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in tables:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row is not None else None
