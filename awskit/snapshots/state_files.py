"""`state.db` of a snapshot: looked into, cut down to what belongs there, loaded into a database.

A file that somebody else has made is not trusted: it may be damaged, or made to harm. Its rows are copied into a file
of our own schema (`copy_into`), by plain reads of plain tables; nothing that such a file could have run is run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import EngineCapabilities, quoted
from awskit.database.transactions import VERSIONS
from awskit.snapshots.contents import Contents, Numbers
from awskit.snapshots.refusals import Unusable

_SQLITE = EngineCapabilities()


@contextmanager
def opened(path: Path, *, writable: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection for any thread, one at a time. Raises `Unusable` where the file is no such database."""
    mode = "rw" if writable else "ro&immutable=1"
    try:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)) as connection:
            for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            yield connection
    except sqlite3.DatabaseError as error:
        raise Unusable(f"the snapshot's {path.name} cannot be read: {error}") from error


def revision_of(state: sqlite3.Connection) -> str:
    """The schema's version. Raises `Unusable`."""
    if VERSIONS not in _tables(state):
        raise Unusable("the snapshot's state.db is no service's database")
    row = state.execute(f"SELECT version_num FROM {VERSIONS}").fetchone()
    if row is None or not isinstance(row[0], str) or not row[0].isdecimal() or len(row[0]) > 8:
        raise Unusable("the snapshot's state.db names no version of its schema")
    return row[0]


def counts(state: sqlite3.Connection, tables: Sequence[str]) -> dict[str, int]:
    """How many rows these tables have."""
    return {name: state.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def cut_down(state: sqlite3.Connection, contents: Contents, account_id: str | None) -> None:
    """Take out the rows that do not belong into a snapshot, or not to the account; what is left of them in the file."""
    kept, there = {table.name for table in contents.tables}, _tables(state)
    state.execute("BEGIN")
    for name in there - kept - {VERSIONS}:
        state.execute(f'DELETE FROM "{name}"')
    for name, assignments in contents.released.items():
        if name in there:  # an earlier schema may not have it yet
            state.execute(f'UPDATE "{name}" SET {assignments}')
    if account_id is not None:
        # children first: which of them are the account's, their parents' rows say
        for table in reversed(contents.tables):
            condition = contents.owned.get(table.name, "0")
            state.execute(f'DELETE FROM "{table.name}" WHERE NOT coalesce(({condition}), 0)', {"account": account_id})
    state.execute("COMMIT")
    state.execute("VACUUM")


def copy_into(state: sqlite3.Connection, fresh: sqlite3.Connection, contents: Contents) -> None:
    """Copy the rows of what somebody gave into `fresh`, which has the schema of its version. Raises `Unusable`."""
    found = state.execute("PRAGMA quick_check(1)").fetchone()
    if found is None or found[0] != "ok":
        raise Unusable(f"the snapshot's state.db is damaged: {found[0] if found else 'it cannot be checked'}")
    plain = _plain_tables(state)
    known = _tables(fresh)
    fresh.execute("BEGIN")
    for table in contents.tables:
        if table.name not in known:
            continue  # a later version's
        columns = [row[1] for row in fresh.execute(f'PRAGMA table_info("{table.name}")')]
        if not set(columns) <= plain.get(table.name, set()):
            raise Unusable(f"the snapshot's state.db lacks the table {table.name}, or some of its columns")
        fresh.execute(f'DELETE FROM "{table.name}"')
        rows = state.execute(f'SELECT {quoted(columns)} FROM "{table.name}"')
        try:
            _SQLITE.insert_rows(fresh, table, columns, rows)
        except sqlite3.IntegrityError as error:
            raise Unusable(f"the snapshot's rows of {table.name} do not fit: {error}") from error
    fresh.execute("COMMIT")


def load(
    transaction: Transaction,
    state: sqlite3.Connection,
    contents: Contents,
    account_id: str | None,
    files: Mapping[str, str],
) -> None:
    """Put the snapshot's rows in place of those there are: of one account, or of all.

    `files` are the new names of what `Files.bring` has brought.
    """
    engine = transaction.engine
    added: Numbers = {}
    if account_id is None:
        contents.empty(transaction)
    else:
        driver = transaction.own_driver
        added = {name: engine.highest_number(driver, *columns[0]) for name, columns in contents.series.items()}
        contents.empty_account(transaction, account_id)
    driver = transaction.own_driver
    for table in contents.tables:
        condition = "1" if account_id is None else contents.owned.get(table.name)
        if condition is not None:
            columns = [column.name for column in table.columns]
            rows = _rows(state, table, contents, added, condition, account_id)
            engine.insert_rows(driver, table, columns, _changed(rows, table, contents, added, files))
    for columns_of in contents.series.values():
        engine.number_on(driver, *columns_of[0])


def _rows(
    state: sqlite3.Connection,
    table: sa.Table,
    contents: Contents,
    added: Numbers,
    condition: str,
    account_id: str | None,
) -> Iterator[Sequence[Any]]:
    series = {column: name for name, columns in contents.series.items() for column in columns}
    terms = []
    for column in table.columns:
        more = added.get(series.get((table.name, column.name), ""), 0)
        terms.append(f'"{column.name}" + {more}' if more else f'"{column.name}"')
    yield from state.execute(
        f'SELECT {", ".join(terms)} FROM "{table.name}" WHERE {condition}', {"account": account_id}
    )


def _changed(
    rows: Iterator[Sequence[Any]], table: sa.Table, contents: Contents, added: Numbers, files: Mapping[str, str]
) -> Iterator[Sequence[Any]]:
    names = [column.name for column in table.columns]
    documents = {
        place: contents.renumbered[table.name, name]
        for place, name in enumerate(names)
        if added and (table.name, name) in contents.renumbered
    }
    renamed = [place for place, name in enumerate(names) if files and (table.name, name) in contents.file_columns]
    if not documents and not renamed:
        yield from rows
        return
    for row in rows:
        changed = list(row)
        for place, renumber in documents.items():
            if changed[place] is not None:
                changed[place] = renumber(changed[place], added)
        for place in renamed:
            changed[place] = files.get(changed[place], changed[place])
        yield changed


def _tables(state: sqlite3.Connection) -> set[str]:
    rows = state.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {str(row[0]) for row in rows}


def _plain_tables(state: sqlite3.Connection) -> dict[str, set[str]]:
    """Tables that are nothing but rows, with their plain columns."""
    found: dict[str, set[str]] = {}
    for name, statement in state.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        if '"' not in name and isinstance(statement, str) and statement.lstrip().upper().startswith("CREATE TABLE"):
            columns = state.execute(f'PRAGMA table_xinfo("{name}")').fetchall()
            found[name] = {str(row[1]) for row in columns if row[6] == 0}
    return found
