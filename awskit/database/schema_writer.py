"""`make schema`, or `python -m awskit.database.schema_writer [--check] FOLDER...`: `newest.sql` of migrations."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from awskit.database.migrations import newest_revision, upgrade
from awskit.database.newest_schema import FILE

_VERSIONS = "alembic_version"
# Alembic makes the indexes of a table in no order.
_ALL = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " ORDER BY type = 'index', iif(type = 'index', name, rowid)"
)


def schema_of(folder: Path) -> str:
    """What `newest.sql` is to hold: the schema that the versions make, and which one it is."""
    newest = newest_revision(folder)
    with tempfile.TemporaryDirectory() as place:
        upgrade(f"sqlite:///{place}/new.db", folder)
        with closing(sqlite3.connect(f"{place}/new.db")) as connection:
            statements = [sql for (sql,) in connection.execute(_ALL)]
    statements.append(f"INSERT INTO {_VERSIONS} (version_num) VALUES ('{newest}')")
    head = f"-- Revision {newest}: what versions/ make of an empty SQLite database, written by `make schema`."
    lines = [head, *(line.rstrip() for statement in statements for line in f"\n{statement};".split("\n"))]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    """Write the file of each folder; with `--check`, exit with 1 where one is not what its versions make."""
    check = "--check" in arguments
    for folder in (Path(argument) for argument in arguments if argument != "--check"):
        path, schema = folder / FILE, schema_of(folder)
        if not check:
            path.write_text(schema, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != schema:
            os.write(2, f"{path} is not what its versions make: `make schema`\n".encode())
            raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
