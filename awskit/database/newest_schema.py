"""A service's newest schema as SQL, by which an empty SQLite database gets it at once.

A service's folder of migrations may hold `newest.sql`, made from its versions by `make schema` (`schema_writer`), and
`first_rows.py`, whose `first_rows()` has, by table, the rows that its versions insert. Alembic would do the same in
seven steps and after 0.2 s of imports: it is for databases that have something in them, and for servers.
"""

from __future__ import annotations

import re
import runpy
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

FILE = "newest.sql"
_FIRST_ROWS = "first_rows.py"
_FIRST_LINE = re.compile(r"-- Revision (\d{4})\b")

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def has_schema(folder: Path, revision: str) -> bool:
    """Whether the folder of migrations holds the schema of this revision."""
    try:
        with (folder / FILE).open(encoding="utf-8") as file:
            first = _FIRST_LINE.match(file.readline())
    except FileNotFoundError:
        return False
    return first is not None and first[1] == revision


def create(database: str, folder: Path) -> bool:
    """Make what the folder holds in a database file, which may not be there yet; False where it is not empty.

    All of it in one transaction. Raises `sqlite3.Error`.
    """
    schema = (folder / FILE).read_text(encoding="utf-8")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")  # another replica may be about to do the same
        if connection.execute("SELECT EXISTS (SELECT * FROM sqlite_master)").fetchone()[0]:
            return False
        for statement in _statements(schema):
            connection.execute(statement)
        for table, rows in first_rows(folder).items():
            for row in rows:
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
        connection.execute("COMMIT")
    return True


def has_first_rows(folder: Path) -> bool:
    """Whether a database begins with rows, which may take imports to make that a server has no use for."""
    return (folder / _FIRST_ROWS).exists()


def first_rows(folder: Path) -> Rows:
    """The rows that a database begins with."""
    rows: Rows = runpy.run_path(str(folder / _FIRST_ROWS))["first_rows"]() if has_first_rows(folder) else {}
    return rows


def _statements(schema: str) -> list[str]:
    return [statement for part in schema.split(";\n") if (statement := part.strip())]
