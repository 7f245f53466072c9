"""Copies of a database as SQLite files, for snapshots: as it was at one moment, while it is written to.

In: an SQLite database or its file, or a server's connection. Out: a file without a log beside it. Raised: the drivers'
own errors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from awskit.database.engines import EngineCapabilities

_SQLITE = EngineCapabilities()


def copy(source: sqlite3.Connection, path: Path) -> None:
    """Copy the whole database behind `source`, which is in no transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")


def copy_file(file: Path, path: Path) -> None:
    """Copy the database in `file`, which others may be at work on; in any thread."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source:
        copy(source, path)


def copy_schema(source: sqlite3.Connection, path: Path, versions: str) -> None:
    """Make a file of the schema of the database behind `source`, with the rows of the table `versions` alone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("BEGIN")
        for name, statement in source.execute("SELECT name, sql FROM sqlite_master ORDER BY type = 'index'").fetchall():
            if statement is not None and not name.startswith("sqlite_"):
                target.execute(statement)
        rows = source.execute(f'SELECT version_num FROM "{versions}"').fetchall()
        target.executemany(f'INSERT INTO "{versions}" (version_num) VALUES (?)', rows)
        target.execute("COMMIT")


def copy_rows(driver: Any, engine: EngineCapabilities, tables: Iterable[sa.Table], path: Path) -> None:
    """Copy the rows of a server's tables into the file, which has them all, and whatever rows of an earlier try."""
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("BEGIN")
        for table in tables:
            columns: Sequence[str] = [column.name for column in table.columns]
            target.execute(f'DELETE FROM "{table.name}"')
            _SQLITE.insert_rows(target, table, columns, engine.rows(driver, table, columns))
        target.execute("COMMIT")
