"""Statements of hot paths: compiled once by SQLAlchemy, then handed to the database's driver as they are.

    _FIND = Statement(sa.select(things.c.name, things.c.size).where(things.c.id == sa.bindparam("key")))
    _ADD = Statement(insert(things), columns=("id", "name", "size"))
    _TAKE = Statement(for_each_engine(lambda engine: engine.skip_locked(sa.select(...))))

    row = _FIND.first(transaction, {"key": 7})
    _ADD.run_all(transaction, [{"id": 8, "name": "a", "size": 1}, {"id": 9, "name": "b", "size": 2}])

For what a service does with nearly every request: SQLAlchemy's own work at each call (15 to 25 microseconds) takes
longer than such a statement itself (5, on SQLite). Anything else is run by `transaction.connection`, whose statements
and these may be mixed at will in one transaction.

In: values by the names of their `bindparam`s, or of an INSERT's `columns`; what the statement itself gives a value for
may be left out, names that it does not hold are passed over. Out: rows as plain tuples, with the values that SQLAlchemy
would answer. Raised: the driver's own errors (`sqlite3.Error`, `psycopg.Error`), which SQLAlchemy does not wrap here;
`awskit.database` repeats a transaction for them as for any other. A missing value: one of them, or KeyError.

A statement's text is fixed: an `IN` may hold constants, but no list that is given only when the statement is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import EngineCapabilities, PostgresqlCapabilities

_TOGETHER = 10
"""Rows that one INSERT takes."""
_NAMED = re.compile(r"%\((\w+)\)s|%%")
_VALUES = re.compile(r" VALUES \(((?:[^()]|\([^()]*\))*)\)")
_NUMBER = re.compile(r"\$(\d+)")

Parameters = Mapping[str, Any]
Row = tuple[Any, ...]
_Converter = Callable[[Any], Any]
_Types = Mapping[str, sa.types.TypeEngine[Any]]


def for_each_engine(build: Callable[[EngineCapabilities], Any]) -> Mapping[str, Any]:
    """`build(engine)` for the capabilities of each engine, by the engine's name."""
    return {engine.name: build(engine) for engine in (EngineCapabilities(), PostgresqlCapabilities())}


class Statement:
    """One statement, or one for each engine (by its name) where they differ.

    `columns` are those an INSERT is given; without them, all of the table's. Made once, it may be shared by threads.
    """

    def __init__(
        self, statement: sa.Executable | Mapping[str, sa.Executable], columns: Sequence[str] | None = None
    ) -> None:
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, transaction: Transaction, given: Parameters) -> list[Row]:
        """The rows it answers."""
        compiled = self._compiled.get(transaction.engine.name) or self._compile(transaction)
        return compiled.rows(transaction.driver.execute(compiled.text, compiled.arguments(given)))

    def last_rows(self, transaction: Transaction, given: Parameters) -> list[Row]:
        """`rows`, of a statement that its work ends with: a server commits with it (`Transaction.execute_last`)."""
        compiled = self._compiled.get(transaction.engine.name) or self._compile(transaction)
        return compiled.rows(transaction.execute_last(compiled.text, compiled.arguments(given)))

    def first(self, transaction: Transaction, given: Parameters) -> Row | None:
        """The first row it answers, if any."""
        rows = self.rows(transaction, given)
        return rows[0] if rows else None

    def value(self, transaction: Transaction, given: Parameters) -> Any:
        """The first column of the first row; None where there is no row."""
        rows = self.rows(transaction, given)
        return rows[0][0] if rows else None

    def run(self, transaction: Transaction, given: Parameters) -> int:
        """Run it for what it does; how many rows it changed."""
        compiled = self._compiled.get(transaction.engine.name) or self._compile(transaction)
        changed: int = transaction.driver.execute(compiled.text, compiled.arguments(given)).rowcount
        return changed

    def do(self, transaction: Transaction, given: Parameters) -> None:
        """Run it for what it does. Where it is sent to a server, it goes with what comes next, and fails with that."""
        compiled = self._compiled.get(transaction.engine.name) or self._compile(transaction)
        if transaction.engine.in_process:
            transaction.driver.execute(compiled.text, compiled.arguments(given))
        else:
            transaction.driver.later(compiled.text, compiled.arguments(given))

    def expect(self, transaction: Transaction, given: Parameters, otherwise: Callable[[], None]) -> None:
        """`do`, of a SELECT that divides by zero where something is not as the work expects it.

        Only where several processes write (`engine.several_processes`). Nobody waits for the answer: what the work does
        meanwhile is undone where it has expected wrongly; then `otherwise` is called, and the work is run again.
        """
        transaction.expected(otherwise)
        self.do(transaction, given)

    def run_all(self, transaction: Transaction, given: Sequence[Parameters]) -> None:
        """`do`, once for each."""
        if len(given) == 1:
            self.do(transaction, given[0])
        elif given:
            compiled = self._compiled.get(transaction.engine.name) or self._compile(transaction)
            arguments = [compiled.arguments(one) for one in given]
            if compiled.inserts_several:
                for start in range(0, len(arguments), _TOGETHER):
                    part = arguments[start : start + _TOGETHER]
                    transaction.driver.executemany(compiled.inserting(len(part)), [[*chain.from_iterable(part)]])
            else:
                transaction.driver.executemany(compiled.text, arguments)

    def add(self, transaction: Transaction, given: Parameters) -> int:
        """Run an INSERT of one row into a table that numbers its rows; the row's number."""
        compiled = self._compiled.get(transaction.engine.name) or self._compile(transaction)
        cursor = transaction.driver.execute(compiled.text, compiled.arguments(given))
        number: int = cursor.fetchone()[0] if compiled.answers_number else cursor.lastrowid
        return number

    def is_for(self, engine: str) -> bool:
        """Whether there is one for the engine of this name."""
        return not isinstance(self._statement, Mapping) or engine in self._statement

    def sql(self, dialect: sa.Dialect) -> tuple[str, tuple[str, ...]]:
        """Its text for a database, and the names of its parameters, in their order where the text has none."""
        compiled = _Compiled(self._for(dialect.name), self._columns, dialect)
        return compiled.text, compiled.names

    def _compile(self, transaction: Transaction) -> _Compiled:
        dialect = transaction.dialect
        compiled = _Compiled(self._for(dialect.name), self._columns, dialect)
        self._compiled[dialect.name] = compiled
        return compiled

    def _for(self, engine: str) -> Any:
        return self._statement[engine] if isinstance(self._statement, Mapping) else self._statement


class _Compiled:
    """A statement for one database: its text, and what makes arguments of parameters and values of a row's columns."""

    __slots__ = (
        "_converters",
        "_dialect",
        "_inserting",
        "_types",
        "_values",
        "answers_number",
        "arguments",
        "inserts_several",
        "names",
        "text",
    )

    def __init__(self, statement: Any, columns: Sequence[str] | None, dialect: sa.Dialect) -> None:
        keys = list(columns) if columns is not None else None
        compiled: Any = statement.compile(
            dialect=dialect, column_keys=keys, compile_kwargs={"render_postcompile": True}
        )
        self.text, self.names = str(compiled), tuple(compiled.positiontup or ())
        self._values: str = compiled.insert_single_values_expr or ""
        # Rows of one statement cost either database little more than half as much.
        self.inserts_several = 0 < self._values.count("?") == len(self.names)
        if not compiled.positional:
            self.text, self.names = _numbered(self.text)
            found = _VALUES.search(self.text)
            self._values = found[1] if found is not None else ""
            # PostgreSQL changes no row twice in one statement.
            one_each = len(_NUMBER.findall(self._values)) == len(_NUMBER.findall(self.text)) == len(self.names)
            self.inserts_several = found is not None and one_each and "DO UPDATE" not in self.text
        self._inserting: dict[int, str] = {}
        self.answers_number = bool(compiled.effective_returning)
        binds = {name: bind for name, bind in compiled.binds.items() if name in compiled.params}
        converters = _bind_converters({name: bind.type for name, bind in binds.items()}, dialect)
        required = {name for name, bind in binds.items() if bind.required}
        constants = {name: value for name, value in compiled.params.items() if name not in required}
        self.arguments = _arguments(self.names, constants, converters)
        self._dialect = dialect
        self._types = [column.type for column in statement.exported_columns]
        self._converters: list[tuple[int, _Converter]] | None = None

    def inserting(self, rows: int) -> str:
        """The text that inserts so many rows, their arguments one after the other."""
        text = self._inserting.get(rows)
        if text is None:
            one = f"({self._values})"
            several = [_NUMBER.sub(partial(_counted_on, row * len(self.names)), one) for row in range(rows)]
            text = self._inserting[rows] = self.text.replace(one, ", ".join(several), 1)
        return text

    def rows(self, cursor: Any) -> list[Row]:
        rows: list[Row] = cursor.fetchall()
        if self._converters is None:
            self._converters = self._result_converters(cursor.description)
        return [self._converted(row) for row in rows] if self._converters else rows

    def _converted(self, row: Row) -> Row:
        values = list(row)
        for position, converter in self._converters or ():
            values[position] = converter(values[position])
        return tuple(values)

    def _result_converters(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, _Converter]]:
        """Of the columns that need one; it may depend on the type that the database answers with (`description`)."""
        found: list[tuple[int, _Converter]] = []
        for position, (type_, described) in enumerate(zip(self._types, description, strict=True)):
            if isinstance(type_, sa.LargeBinary):
                continue  # both drivers answer `bytes`
            converter = type_.dialect_impl(self._dialect).result_processor(self._dialect, described[1])
            if converter is not None:
                found.append((position, converter))
        return found


def _bind_converters(types: _Types, dialect: sa.Dialect) -> dict[str, _Converter]:
    """Of the parameters whose values the driver does not take as they are; both drivers take `bytes`."""
    found: dict[str, _Converter] = {}
    for name, type_ in types.items():
        converter = type_.dialect_impl(dialect).bind_processor(dialect)
        if converter is not None and not isinstance(type_, sa.LargeBinary):
            found[name] = converter
    return found


def _numbered(text: str) -> tuple[str, tuple[str, ...]]:
    """A statement with `$1`, `$2` in place of named parameters, and the parameters' names by their numbers."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${numbers.setdefault(found[1], len(numbers) + 1)}" if found[1] else "%"

    numbered = _NAMED.sub(number, text)
    return numbered, tuple(numbers)


def _counted_on(more: int, found: re.Match[str]) -> str:
    return f"${int(found[1]) + more}"


def _arguments(
    names: Sequence[str], constants: Parameters, converters: Mapping[str, _Converter]
) -> Callable[[Parameters], Any]:
    """The function that makes what the driver takes of the parameters that are given."""
    pick: Callable[[Parameters], Any] = (
        itemgetter(*names) if len(names) > 1 else lambda given: [given[name] for name in names]
    )
    if not constants and not converters:
        return pick

    def arguments(given: Parameters) -> Any:
        values = {**constants, **given}
        for name, convert in converters.items():
            values[name] = convert(values[name])
        return pick(values)

    return arguments
