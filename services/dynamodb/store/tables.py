"""Rows of tables, their statistics, and what is still to be swept of deleted ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import EngineCapabilities, insert
from awskit.database.statements import Statement, for_each_engine
from services.dynamodb.store.schema import (
    expirations,
    history,
    index_entries,
    item_versions,
    items,
    purges,
    statistics,
    tables,
)
from services.dynamodb.store.sweeping import Sweep

WHOLE_TABLE = -1
"""The index number of a purge that takes everything of a table."""


class TableRow(NamedTuple):
    """A table's row, its definition read."""

    table_id: int
    account_id: str
    region: str
    definition: dict[str, Any]


class Purge(NamedTuple):
    """Rows to be swept: of one index, or of a whole table."""

    table_id: int
    index_number: int


_T = tables.c
_S = statistics.c
_ROW = (_T.table_id, _T.account_id, _T.region, _T.definition)
_FIND = Statement(
    sa.select(*_ROW).where(
        _T.account_id == sa.bindparam("account_id"),
        _T.region == sa.bindparam("region"),
        _T.name == sa.bindparam("name"),
    )
)
_AS_IT_WAS = Statement(
    sa.select(sa.literal_column("1", sa.Integer) // sa.func.count()).where(
        _T.table_id == sa.bindparam("table_id"), _T.definition == sa.bindparam("definition")
    )
)
_GET = sa.select(*_ROW).where(_T.table_id == sa.bindparam("table_id"))
_ALL = sa.select(*_ROW).order_by(_T.table_id)


def _some(engine: EngineCapabilities) -> sa.Select[Any]:
    place = sa.func.instr if engine.in_process else sa.func.pg_catalog.position
    texts = (sa.bindparam(name, type_=sa.LargeBinary) for name in ("text", "or_text"))
    return (
        sa.select(*_ROW)
        .where(
            _T.table_id > sa.bindparam("after"),
            _T.table_id <= sa.bindparam("last"),
            sa.or_(*(place(_T.definition, text, type_=sa.Integer) > 0 for text in texts)),
        )
        .order_by(_T.table_id)
    )


_SOME = Statement(for_each_engine(_some))
_LAST = sa.select(sa.func.max(_T.table_id))
_NAMES = (
    sa.select(_T.name, _T.definition)
    .where(
        _T.account_id == sa.bindparam("account_id"),
        _T.region == sa.bindparam("region"),
        _T.name > sa.bindparam("after"),
    )
    .order_by(_T.name)
    .limit(sa.bindparam("limit"))
)
_COUNT = sa.select(sa.func.count()).where(
    _T.account_id == sa.bindparam("account_id"), _T.region == sa.bindparam("region")
)
_ADD = sa.insert(tables).returning(_T.table_id)
_CHANGE = sa.update(tables).where(_T.table_id == sa.bindparam("b_table_id"))
_REMOVE = sa.delete(tables).where(_T.table_id == sa.bindparam("b_table_id"))
_STATISTICS = sa.select(_S.index_number, _S.item_count, _S.size_bytes).where(_S.table_id == sa.bindparam("table_id"))
_grown = insert(statistics)
_GROW = _grown.on_conflict_do_update(
    index_elements=["table_id", "index_number"],
    set_={
        "item_count": _S.item_count + _grown.excluded.item_count,
        "size_bytes": _S.size_bytes + _grown.excluded.size_bytes,
    },
)
_COUNT_ITEMS = sa.select(items.c.table_id, sa.literal(0), sa.func.count(), sa.func.sum(items.c.size)).group_by(
    items.c.table_id
)
_COUNT_ENTRIES = (
    sa.select(index_entries.c.table_id, index_entries.c.index_number, sa.func.count(), sa.func.sum(items.c.size))
    .select_from(
        index_entries.join(
            items,
            sa.and_(
                items.c.table_id == index_entries.c.table_id,
                items.c.hash == index_entries.c.item_hash,
                items.c.sort == index_entries.c.item_sort,
            ),
        )
    )
    .group_by(index_entries.c.table_id, index_entries.c.index_number)
)
_ADD_PURGE = insert(purges).on_conflict_do_nothing()
_PURGES = sa.select(purges.c.table_id, purges.c.index_number).order_by(purges.c.table_id)
_PURGED = sa.delete(purges).where(
    purges.c.table_id == sa.bindparam("b_table_id"), purges.c.index_number == sa.bindparam("b_index_number")
)


def _read(row: Any) -> TableRow:
    return TableRow(row[0], row[1], row[2], orjson.loads(row[3]))


def expect_as_it_was(transaction: Transaction, table_id: int, written: bytes, otherwise: Callable[[], None]) -> None:
    """Rely on a table's row that was read earlier. See `Statement.expect`."""
    _AS_IT_WAS.expect(transaction, {"table_id": table_id, "definition": written}, otherwise)


def find(transaction: Transaction, account_id: str, region: str, name: str) -> TableRow | None:
    """The table of that name, in whatever status."""
    found = find_written(transaction, account_id, region, name)
    return found[0] if found is not None else None


def find_written(transaction: Transaction, account_id: str, region: str, name: str) -> tuple[TableRow, bytes] | None:
    """The same, with its definition as it stands in the row."""
    parameters = {"account_id": account_id, "region": region, "name": name}
    row = _FIND.first(transaction, parameters)
    return (_read(row), row[3]) if row is not None else None


def get(transaction: Transaction, table_id: int) -> TableRow | None:
    row = transaction.connection.execute(_GET, {"table_id": table_id}).first()
    return _read(row) if row is not None else None


def all_tables(transaction: Transaction) -> list[TableRow]:
    """Every account's tables."""
    return [_read(row) for row in transaction.connection.execute(_ALL)]


def tables_with(transaction: Transaction, text: bytes, or_text: bytes, *, after: int, last: int) -> list[TableRow]:
    """The tables with these ids whose definitions hold one of the two: for who asks for few among many.

    What is read is no more than what is looked for; whether it is meant the definition itself has to say.
    """
    given = {"after": after, "last": last, "text": text, "or_text": or_text}
    return [_read(row) for row in _SOME.rows(transaction, given)]


def last_id(transaction: Transaction) -> int:
    """The greatest id of a table; 0 where there is none."""
    return transaction.connection.execute(_LAST).scalar_one() or 0


def names(
    transaction: Transaction, account_id: str, region: str, after: str, limit: int
) -> list[tuple[str, dict[str, Any]]]:
    """Up to `limit` tables (name and definition) whose names come after `after`, in order."""
    parameters = {"account_id": account_id, "region": region, "after": after, "limit": limit}
    return [(row[0], orjson.loads(row[1])) for row in transaction.connection.execute(_NAMES, parameters)]


def count(transaction: Transaction, account_id: str, region: str) -> int:
    number: int = transaction.connection.execute(_COUNT, {"account_id": account_id, "region": region}).scalar_one()
    return number


def add(transaction: Transaction, account_id: str, region: str, definition: Mapping[str, Any]) -> int:
    """Insert a table; its id."""
    parameters = {
        "account_id": account_id,
        "region": region,
        "name": definition["TableName"],
        "definition": orjson.dumps(definition),
    }
    table_id: int = transaction.connection.execute(_ADD, parameters).scalar_one()
    return table_id


def change(transaction: Transaction, table_id: int, definition: Mapping[str, Any]) -> None:
    parameters = {"b_table_id": table_id, "definition": orjson.dumps(definition)}
    transaction.connection.execute(_CHANGE, parameters)


def remove(transaction: Transaction, table_id: int) -> None:
    """Free the name; the rows are left to be purged."""
    transaction.connection.execute(_REMOVE, {"b_table_id": table_id})
    purge_later(transaction, Purge(table_id, WHOLE_TABLE))


def purge_later(transaction: Transaction, purge: Purge) -> None:
    """Have rows of a deleted table or index swept in the background."""
    transaction.connection.execute(_ADD_PURGE, purge._asdict())


def pending_purges(transaction: Transaction) -> list[Purge]:
    """What is still to be swept."""
    return [Purge(*row) for row in transaction.connection.execute(_PURGES)]


def read_statistics(transaction: Transaction, table_id: int) -> dict[int, tuple[int, int]]:
    """Item count and bytes by index number; 0 is the table itself."""
    rows = transaction.connection.execute(_STATISTICS, {"table_id": table_id})
    return {row[0]: (row[1], row[2]) for row in rows}


def grow_statistics(transaction: Transaction, changes: Mapping[tuple[int, int], tuple[int, int]]) -> None:
    """Add to item counts and bytes, by table id and index number."""
    for (table_id, index_number), (item_count, size_bytes) in changes.items():
        parameters = {
            "table_id": table_id,
            "index_number": index_number,
            "item_count": item_count,
            "size_bytes": size_bytes,
        }
        transaction.connection.execute(_GROW, parameters)


def count_anew(transaction: Transaction) -> dict[tuple[int, int], tuple[int, int]]:
    """Item counts and bytes by table id and index number, counted; an index's bytes are those of the whole items."""
    rows = [*transaction.connection.execute(_COUNT_ITEMS), *transaction.connection.execute(_COUNT_ENTRIES)]
    return {(row[0], row[1]): (row[2], int(row[3])) for row in rows}


def are_more_items_than(transaction: Transaction, number: int) -> bool:
    """Whether there are, of all tables together; no more of them are read."""
    some = sa.select(sa.literal_column("1")).select_from(items).limit(number + 1).subquery()
    found: int = transaction.connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return found > number


def write_statistics(
    transaction: Transaction, numbers: Mapping[tuple[int, int], tuple[int, int]], last_table: int
) -> None:
    """Replace the statistics of the tables up to the one with the id `last_table`; of those that are there yet."""
    transaction.connection.execute(sa.delete(statistics).where(_S.table_id <= last_table))
    kept = set(transaction.connection.execute(sa.select(_T.table_id)).scalars())
    grow_statistics(transaction, {place: change for place, change in numbers.items() if place[0] in kept})


def purge_some(transaction: Transaction, purge: Purge, limit: int) -> bool:
    """Delete up to `limit` rows of the next kind that `purge` names; whether it is done with."""
    connection = transaction.connection
    parameters = {"b_table_id": purge.table_id}
    if purge.index_number == WHOLE_TABLE:
        done = all(sweep.some(transaction, parameters, limit) for sweep in (_TABLE_ENTRIES, *_OF_TABLE))
        # By no index of a table's own: not looked for again and again
        done = done and connection.execute(_EXPIRATIONS, {**parameters, "b_limit": limit}).rowcount < limit
    else:
        done = _ENTRIES.some(transaction, {**parameters, "b_index_number": purge.index_number}, limit)
    if done:
        connection.execute(_PURGED, {"b_table_id": purge.table_id, "b_index_number": purge.index_number})
        condition = _S.table_id == purge.table_id
        if purge.index_number != WHOLE_TABLE:
            condition = sa.and_(condition, _S.index_number == purge.index_number)
        connection.execute(sa.delete(statistics).where(condition))
    return done


_ENTRIES = Sweep(index_entries, "table_id", "index_number")
_TABLE_ENTRIES = Sweep(index_entries, "table_id")
_OF_TABLE = tuple(Sweep(table, "table_id") for table in (items, history, item_versions))
_expiration = list(expirations.primary_key.columns)
_EXPIRATIONS = sa.delete(expirations).where(
    sa.tuple_(*_expiration).in_(
        sa.select(*_expiration)
        .where(expirations.c.table_id == sa.bindparam("b_table_id"))
        .limit(sa.bindparam("b_limit"))
    )
)
