"""What differs between the databases a store runs on, in one place.

A store builds its statements once, at module level, with `insert` of this module where it needs an upsert, and asks its
transaction's `engine` for the rest instead of asking which database it is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert as _SqliteInsert
from sqlalchemy.dialects.sqlite import dml
from sqlalchemy.ext.compiler import compiles

_ROWS_AT_ONCE = 2000


class _OnConflictDoUpdate(dml.OnConflictDoUpdate):
    inherit_cache = True
    constraint_target = None  # what PostgreSQL's compiler asks for besides


class _OnConflictDoNothing(dml.OnConflictDoNothing):
    inherit_cache = True
    constraint_target = None


class Insert(_SqliteInsert):
    """An INSERT with `on_conflict_do_update` and `on_conflict_do_nothing` that compiles for both databases.

    PostgreSQL's own construct would do so too, but importing it costs every process 2 MB.
    """

    inherit_cache = True

    def on_conflict_do_update(
        self, index_elements: Any = None, index_where: Any = None, set_: Any = None, where: Any = None
    ) -> Insert:
        return self.ext(_OnConflictDoUpdate(index_elements, index_where, set_, where))

    def on_conflict_do_nothing(self, index_elements: Any = None, index_where: Any = None) -> Insert:
        return self.ext(_OnConflictDoNothing(index_elements, index_where))


def insert(table: sa.Table) -> Insert:
    """`INSERT INTO table`, to be given values and, where rows may be there already, an `on_conflict_do_...`."""
    return Insert(table)


class byte_position(sa.sql.functions.GenericFunction[int]):  # noqa: N801 - called like `sa.func`'s
    """Where, from 1, the second of two byte strings begins in the first; 0 where it does not."""

    type = sa.Integer()
    inherit_cache = True


@compiles(byte_position, "sqlite")
def _instr(element: byte_position, compiler: Any, **given: Any) -> str:
    return f"instr({compiler.process(element.clauses, **given)})"


@compiles(byte_position, "postgresql")
def _position(element: byte_position, compiler: Any, **given: Any) -> str:
    whole, part = element.clauses
    return f"position({compiler.process(part, **given)} in {compiler.process(whole, **given)})"


class EngineCapabilities:
    """SQLite's. Its writers exclude each other, so that no row is ever locked or in conflict."""

    name = "sqlite"
    several_processes = False
    """Whether others may write to the database without this process being told (`Database.changed_elsewhere`)."""
    in_process = True
    """Whether a statement takes no round trip, so that two that do little are as good as one that does much."""

    def skip_locked(self, select: sa.Select[Any]) -> sa.Select[Any]:
        """Make `select` lock its rows for this transaction, passing over those that another one holds."""
        return select

    def for_update(self, select: sa.Select[Any]) -> sa.Select[Any]:
        """Make `select` lock its rows for this transaction, waiting for those that another one holds."""
        return select

    def is_transient(self, error: Exception) -> bool:
        """Whether the same work may succeed when it is run again. In: the driver's error, or SQLAlchemy's of it."""
        return False

    def insert_rows(self, driver: Any, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert any number of rows, by the driver alone, as they come."""
        marks = ", ".join("?" * len(columns))
        driver.executemany(f'INSERT INTO "{table.name}" ({quoted(columns)}) VALUES ({marks})', rows)

    def rows(self, driver: Any, table: sa.Table, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Every row of the table, by the driver alone, a few at a time."""
        yield from driver.execute(f'SELECT {quoted(columns)} FROM "{table.name}"')

    def highest_number(self, driver: Any, table: str, column: str) -> int:
        """The highest number that a row of the table has, or has had where it numbers its rows itself."""
        highest = driver.execute(f'SELECT max("{column}") FROM "{table}"').fetchone()[0] or 0
        if driver.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone() is None:
            return int(highest)
        row = driver.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return max(int(highest), int(row[0]) if row is not None else 0)

    def number_on(self, driver: Any, table: str, column: str) -> None:
        """Have a table that numbers its rows go on after the ones that were inserted with numbers. SQLite does so."""


class PostgresqlCapabilities(EngineCapabilities):
    """PostgreSQL's: several replicas of a service write at the same time."""

    name = "postgresql"
    several_processes = True
    in_process = False

    # serialization_failure, deadlock_detected; a unique key taken by a concurrent transaction is seen on the next run
    _TRANSIENT = frozenset({"40001", "40P01", "23505"})

    def skip_locked(self, select: sa.Select[Any]) -> sa.Select[Any]:
        return select.with_for_update(skip_locked=True)

    def for_update(self, select: sa.Select[Any]) -> sa.Select[Any]:
        return select.with_for_update()

    def is_transient(self, error: Exception) -> bool:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        return getattr(cause, "sqlstate", None) in self._TRANSIENT

    def insert_rows(self, driver: Any, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({quoted(columns)}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)

    def rows(self, driver: Any, table: sa.Table, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        with driver.cursor(name="rows") as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            cursor.execute(f'SELECT {quoted(columns)} FROM "{table.name}"')
            yield from cursor

    def highest_number(self, driver: Any, table: str, column: str) -> int:
        highest = driver.execute(f'SELECT max("{column}") FROM "{table}"').fetchone()[0] or 0
        sequence = self._sequence(driver, table, column)
        if sequence is None:
            return int(highest)
        return max(int(highest), int(driver.execute(f"SELECT last_value FROM {sequence}").fetchone()[0]))

    def number_on(self, driver: Any, table: str, column: str) -> None:
        sequence = self._sequence(driver, table, column)
        highest = self.highest_number(driver, table, column)
        if sequence is not None and highest > 0:
            driver.execute("SELECT setval(%s, %s)", (sequence, highest))

    @staticmethod
    def _sequence(driver: Any, table: str, column: str) -> str | None:
        found: str | None = driver.execute("SELECT pg_get_serial_sequence(%s, %s)", (table, column)).fetchone()[0]
        return found


def quoted(columns: Iterable[str]) -> str:
    """Column names for a statement."""
    return ", ".join(f'"{column}"' for column in columns)


def capabilities_of(engine: sa.Engine) -> EngineCapabilities:
    """The capabilities of the database that `engine` speaks to. ValueError where it is neither of the two."""
    match engine.dialect.name:
        case "sqlite":
            return EngineCapabilities()
        case "postgresql":
            return PostgresqlCapabilities()
        case other:
            raise ValueError(f"RustStack runs on sqlite or postgresql, not on {other}")
