"""What differs between the databases a store runs on, in one place.

A store builds its statements once, at module level, with `insert` of this module where it needs an upsert, and asks its
transaction's `engine` for the rest instead of asking which database it is on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert as _SqliteInsert
from sqlalchemy.dialects.sqlite import dml
from sqlalchemy.ext.compiler import compiles


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


class DriverStatement:
    """An INSERT, UPDATE or DELETE that is compiled once and then handed to the database's driver as it is.

    For what a service does with nearly every request: SQLAlchemy's own work at each call takes as long as such a
    statement itself. `names` are the parameters that a row gives; all of its values are of types that the driver takes.
    """

    def __init__(self, statement: sa.Insert | sa.Update | sa.Delete, names: tuple[str, ...]) -> None:
        self._statement = statement
        self._names = names
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}

    def execute(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
        """Run it once for each of `rows`, of which there is at least one."""
        compiled = self._compiled.get(connection.dialect.name)
        if compiled is None:
            compiled = self._compiled[connection.dialect.name] = self._compile(connection.dialect)
        text, positions, constants = compiled
        given: list[Any] = [{**constants, **row} for row in rows] if constants else rows
        if positions is not None:
            given = [tuple(map(row.__getitem__, positions)) for row in given]
        connection.exec_driver_sql(text, given[0] if len(given) == 1 else given)

    def _compile(self, dialect: sa.Dialect) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        insert_names = list(self._names) if isinstance(self._statement, sa.Insert) else None
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=insert_names)
        constants = {name: value for name, value in compiled.params.items() if name not in self._names}
        positions = tuple(compiled.positiontup) if compiled.positional else None
        return str(compiled), positions, constants


class EngineCapabilities:
    """SQLite's. Its writers exclude each other, so that no row is ever locked or in conflict."""

    name = "sqlite"
    several_processes = False
    """Whether other processes write to the same database: a cache of it in memory must then be checked."""

    def skip_locked(self, select: sa.Select[Any]) -> sa.Select[Any]:
        """Make `select` lock its rows for this transaction, passing over those that another one holds."""
        return select

    def for_update(self, select: sa.Select[Any]) -> sa.Select[Any]:
        """Make `select` lock its rows for this transaction, waiting for those that another one holds."""
        return select

    def is_transient(self, error: sa.exc.DBAPIError) -> bool:
        """Whether the same work may succeed when it is run again."""
        return False


class PostgresqlCapabilities(EngineCapabilities):
    """PostgreSQL's: several replicas of a service write at the same time."""

    name = "postgresql"
    several_processes = True

    # serialization_failure, deadlock_detected; a unique key taken by a concurrent transaction is seen on the next run
    _TRANSIENT = frozenset({"40001", "40P01", "23505"})

    def skip_locked(self, select: sa.Select[Any]) -> sa.Select[Any]:
        return select.with_for_update(skip_locked=True)

    def for_update(self, select: sa.Select[Any]) -> sa.Select[Any]:
        return select.with_for_update()

    def is_transient(self, error: sa.exc.DBAPIError) -> bool:
        return getattr(error.orig, "sqlstate", None) in self._TRANSIENT


def capabilities_of(engine: sa.Engine) -> EngineCapabilities:
    """The capabilities of the database that `engine` speaks to. ValueError where it is neither of the two."""
    match engine.dialect.name:
        case "sqlite":
            return EngineCapabilities()
        case "postgresql":
            return PostgresqlCapabilities()
        case other:
            raise ValueError(f"RustStack runs on sqlite or postgresql, not on {other}")
