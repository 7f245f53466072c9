"""Statements of the hot paths, which cost SQLAlchemy 15 to 25 microseconds each to run on top of SQLite's own 5.

On SQLite a prepared statement is compiled once, and its SQL goes to the driver from then on. On other databases it is
run as any other. The statement may not hold parameters that change its text (`IN` lists).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.engines import EngineCapabilities, PostgresqlCapabilities

Parameters = Mapping[str, Any]


class Prepared:
    """One statement, or one for each engine (by its name) where they differ.

    `columns` are those an INSERT is given. Parameters that the statement has values for need not be given.
    """

    def __init__(
        self, statement: sa.Executable | Mapping[str, sa.Executable], columns: Sequence[str] | None = None
    ) -> None:
        engines = (EngineCapabilities.name, PostgresqlCapabilities.name)
        self._statements = statement if isinstance(statement, Mapping) else dict.fromkeys(engines, statement)
        self._columns = columns
        self._sql = ""
        self._names: tuple[str, ...] = ()
        self._constants: dict[str, Any] = {}

    def rows(self, transaction: Transaction, given: Parameters) -> Sequence[Any]:
        """The rows it answers."""
        if transaction.engine.several_processes:
            return transaction.connection.execute(self._statements[transaction.engine.name], given).all()
        rows: list[Any] = self._execute(transaction, given).fetchall()
        return rows

    def first(self, transaction: Transaction, given: Parameters) -> Any | None:
        """The first row it answers, if any."""
        rows = self.rows(transaction, given)
        return rows[0] if rows else None

    def run(self, transaction: Transaction, given: Parameters) -> int:
        """How many rows it changed."""
        if transaction.engine.several_processes:
            return transaction.connection.execute(self._statements[transaction.engine.name], given).rowcount
        count: int = self._execute(transaction, given).rowcount
        return count

    def run_all(self, transaction: Transaction, given: Sequence[Parameters]) -> None:
        """Run it once for each."""
        if transaction.engine.several_processes:
            transaction.connection.execute(self._statements[transaction.engine.name], given)
            return
        connection = transaction.connection
        if not self._sql:
            self._compile(connection)
        driver: Any = connection.connection.driver_connection
        driver.executemany(self._sql, map(self._arguments, given))

    def add(self, transaction: Transaction, given: Parameters) -> int:
        """The key of the row it inserted."""
        if transaction.engine.several_processes:
            result = transaction.connection.execute(self._statements[transaction.engine.name], given)
            assert result.inserted_primary_key is not None
            inserted: int = result.inserted_primary_key[0]
            return inserted
        key: int = self._execute(transaction, given).lastrowid
        return key

    def _execute(self, transaction: Transaction, given: Parameters) -> Any:
        connection = transaction.connection
        if not self._sql:
            self._compile(connection)
        driver: Any = connection.connection.driver_connection
        return driver.execute(self._sql, self._arguments(given))

    def _arguments(self, given: Parameters) -> list[Any]:
        constants = self._constants
        return [given[name] if name in given else constants[name] for name in self._names]

    def sqlite_sql(self, dialect: sa.Dialect) -> tuple[str, tuple[str, ...]]:
        """Its text for SQLite and the names of its parameters in their order."""
        compiled = self._compiled(dialect)
        return str(compiled), tuple(compiled.positiontup)

    def _compile(self, connection: sa.Connection) -> None:
        compiled = self._compiled(connection.dialect)
        self._names = tuple(compiled.positiontup)
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._sql = str(compiled)

    def _compiled(self, dialect: sa.Dialect) -> Any:
        statement: Any = self._statements[EngineCapabilities.name]
        return statement.compile(dialect=dialect, column_keys=self._columns)


def for_each_engine(build: Any) -> Mapping[str, Any]:
    """`build(engine)` for the capabilities of each engine, by the engine's name."""
    return {engine.name: build(engine) for engine in (EngineCapabilities(), PostgresqlCapabilities())}
