"""Rows of items and of their entries in secondary indexes.

In and out: keys as `values.key_encoding` makes them and items as JSON bytes. Pages come in key order, or against it
where `reverse`; `after` is the position of the last row that the caller has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import Row, Statement
from services.dynamodb.store.schema import index_entries, items
from services.dynamodb.values.key_encoding import KeyRange


class ItemRow(NamedTuple):
    """A stored item with its place in the table."""

    hash: bytes
    sort: bytes
    size: int
    page_size: int
    item: bytes


class IndexRow(NamedTuple):
    """An item as an index leads to it; the first three are the entry's place in the index."""

    hash: bytes
    sort: bytes
    tie: bytes
    size: int
    page_size: int
    item: bytes


class Entry(NamedTuple):
    """An item's entry in one index."""

    index_number: int
    hash: bytes
    sort: bytes
    tie: bytes


_I = items.c
_E = index_entries.c
_ITEM_ROW = (_I.hash, _I.sort, _I.size, _I.page_size, _I.item)
_INDEX_ROW = (_E.hash, _E.sort, _E.tie, _I.size, _I.page_size, _I.item)

_GET = Statement(
    sa.select(_I.size, _I.page_size, _I.item).where(
        _I.table_id == sa.bindparam("table_id"), _I.hash == sa.bindparam("hash"), _I.sort == sa.bindparam("sort")
    )
)
_inserted = insert(items)
_PUT = Statement(
    _inserted.on_conflict_do_update(
        index_elements=["table_id", "hash", "sort"],
        set_={
            "size": _inserted.excluded.size,
            "page_size": _inserted.excluded.page_size,
            "item": _inserted.excluded.item,
        },
    ),
)
_DELETE = Statement(
    sa.delete(items).where(
        _I.table_id == sa.bindparam("table_id"), _I.hash == sa.bindparam("hash"), _I.sort == sa.bindparam("sort")
    )
)
_COLLECTION_SIZE = Statement(
    sa.select(sa.func.coalesce(sa.func.sum(_I.size), 0)).where(
        _I.table_id == sa.bindparam("table_id"), _I.hash == sa.bindparam("hash")
    )
)
_ADD_ENTRY = Statement(insert(index_entries).on_conflict_do_nothing())
_REMOVE_ENTRY = Statement(
    sa.delete(index_entries).where(
        _E.table_id == sa.bindparam("table_id"),
        _E.index_number == sa.bindparam("index_number"),
        _E.hash == sa.bindparam("hash"),
        _E.sort == sa.bindparam("sort"),
        _E.tie == sa.bindparam("tie"),
    )
)


def _ordered(statement: sa.Select[Any], columns: Sequence[Any], reverse: bool) -> sa.Select[Any]:
    order = [column.desc() if reverse else column for column in columns]
    return statement.order_by(*order).limit(sa.bindparam("limit"))


def _beyond(columns: Sequence[Any], reverse: bool) -> Any:
    """The condition that a row lies after the one whose place is bound to `after_...`."""
    place = [sa.bindparam(f"after_{column.name}", type_=sa.LargeBinary) for column in columns]
    left: Any = sa.tuple_(*columns) if len(columns) > 1 else columns[0]
    right: Any = sa.tuple_(*place) if len(place) > 1 else place[0]
    return left < right if reverse else left > right


def _between(
    statement: sa.Select[Any], place: Sequence[Any], *, high: bool, reverse: bool, after: bool
) -> sa.Select[Any]:
    """Rows of a range of sort keys; what `after` rules out on its side of the range goes without saying."""
    sort = place[0]
    if not after or reverse:
        statement = statement.where(sort >= sa.bindparam("low"))
    if high and (not after or not reverse):
        statement = statement.where(sort < sa.bindparam("high"))
    if after:
        statement = statement.where(_beyond(place, reverse))
    return _ordered(statement, place, reverse)


def _query(*, high: bool, reverse: bool, after: bool) -> sa.Select[Any]:
    statement = sa.select(*_ITEM_ROW[1:]).where(
        _I.table_id == sa.bindparam("table_id"), _I.hash == sa.bindparam("hash")
    )
    return _between(statement, (_I.sort,), high=high, reverse=reverse, after=after)


def _scan(*, high: bool, after: bool) -> sa.Select[Any]:
    statement = sa.select(*_ITEM_ROW).where(_I.table_id == sa.bindparam("table_id"))
    if after:
        statement = statement.where(_beyond((_I.hash, _I.sort), False))
    else:
        statement = statement.where(_I.hash >= sa.bindparam("low"))
    if high:
        statement = statement.where(_I.hash < sa.bindparam("high"))
    return _ordered(statement, (_I.hash, _I.sort), False)


_LED_TO = sa.and_(_I.table_id == _E.table_id, _I.hash == _E.item_hash, _I.sort == _E.item_sort)


def _index_rows(columns: Sequence[Any]) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(index_entries.join(items, _LED_TO))
        .where(_E.table_id == sa.bindparam("table_id"), _E.index_number == sa.bindparam("index_number"))
    )


def _index_query(*, high: bool, reverse: bool, after: bool) -> sa.Select[Any]:
    statement = _index_rows(_INDEX_ROW[1:]).where(_E.hash == sa.bindparam("hash"))
    return _between(statement, (_E.sort, _E.tie), high=high, reverse=reverse, after=after)


def _index_scan(*, high: bool, after: bool) -> sa.Select[Any]:
    if after:
        statement = _index_rows(_INDEX_ROW).where(_beyond((_E.hash, _E.sort, _E.tie), False))
    else:
        statement = _index_rows(_INDEX_ROW).where(_E.hash >= sa.bindparam("low"))
    if high:
        statement = statement.where(_E.hash < sa.bindparam("high"))
    return _ordered(statement, (_E.hash, _E.sort, _E.tie), False)


_BOTH = (False, True)
_Statements = Mapping[tuple[bool, ...], Statement]
_QUERIES: _Statements = MappingProxyType(
    {(h, r, a): Statement(_query(high=h, reverse=r, after=a)) for h in _BOTH for r in _BOTH for a in _BOTH}
)
_INDEX_QUERIES: _Statements = MappingProxyType(
    {(h, r, a): Statement(_index_query(high=h, reverse=r, after=a)) for h in _BOTH for r in _BOTH for a in _BOTH}
)
_SCANS: _Statements = MappingProxyType({(h, a): Statement(_scan(high=h, after=a)) for h in _BOTH for a in _BOTH})
_INDEX_SCANS: _Statements = MappingProxyType(
    {(h, a): Statement(_index_scan(high=h, after=a)) for h in _BOTH for a in _BOTH}
)


def get(transaction: Transaction, table_id: int, hash_: bytes, sort: bytes) -> tuple[int, int, bytes] | None:
    """The item's size, its size in a page and its JSON, or None."""
    row = _GET.first(transaction, {"table_id": table_id, "hash": hash_, "sort": sort})
    return (row[0], row[1], row[2]) if row is not None else None


def put(transaction: Transaction, table_id: int, row: ItemRow) -> None:
    """Insert or replace."""
    parameters = {
        "table_id": table_id,
        "hash": row.hash,
        "sort": row.sort,
        "size": row.size,
        "page_size": row.page_size,
        "item": row.item,
    }
    _PUT.do(transaction, parameters)


def put_many(transaction: Transaction, table_id: int, rows: Sequence[ItemRow]) -> None:
    """`put`, for a back-fill or a restore."""
    _PUT.run_all(transaction, [{"table_id": table_id, **row._asdict()} for row in rows])


def delete(transaction: Transaction, table_id: int, hash_: bytes, sort: bytes) -> None:
    _DELETE.do(transaction, {"table_id": table_id, "hash": hash_, "sort": sort})


def collection_size(transaction: Transaction, table_id: int, hash_: bytes) -> int:
    """Bytes of all items with that partition key."""
    return int(_COLLECTION_SIZE.value(transaction, {"table_id": table_id, "hash": hash_}))


def add_entries(
    transaction: Transaction, table_id: int, entries: Sequence[Entry], item_hash: bytes, item_sort: bytes
) -> None:
    """Lead from indexes to the item at (`item_hash`, `item_sort`)."""
    place = {"table_id": table_id, "item_hash": item_hash, "item_sort": item_sort}
    _ADD_ENTRY.run_all(transaction, [{**place, **entry._asdict()} for entry in entries])


def add_entry_if_missing(
    transaction: Transaction, table_id: int, entry: Entry, item_hash: bytes, item_sort: bytes
) -> bool:
    """Add one entry; whether it was not there yet."""
    parameters = {"table_id": table_id, "item_hash": item_hash, "item_sort": item_sort, **entry._asdict()}
    return _ADD_ENTRY.run(transaction, parameters) > 0


def remove_entries(transaction: Transaction, table_id: int, entries: Sequence[Entry]) -> None:
    _REMOVE_ENTRY.run_all(transaction, [{"table_id": table_id, **entry._asdict()} for entry in entries])


def query(
    transaction: Transaction,
    table_id: int,
    hash_: bytes,
    sorts: KeyRange,
    *,
    reverse: bool,
    after: bytes | None,
    limit: int,
) -> list[Row]:
    """Items of one partition: the values of an `ItemRow` after its hash; `after` is a sort key."""
    parameters: dict[str, Any] = {"table_id": table_id, "hash": hash_, "low": sorts.low, "limit": limit}
    if sorts.high is not None:
        parameters["high"] = sorts.high
    if after is not None:
        parameters["after_sort"] = after
    statement = _QUERIES[sorts.high is not None, reverse, after is not None]
    return statement.rows(transaction, parameters)


def scan(
    transaction: Transaction,
    table_id: int,
    bounds: tuple[bytes, bytes | None],
    *,
    after: tuple[bytes, bytes] | None,
    limit: int,
) -> list[ItemRow]:
    """Items whose hash lies within `bounds`; `after` is a hash and a sort key."""
    parameters: dict[str, Any] = {"table_id": table_id, "limit": limit}
    if bounds[1] is not None:
        parameters["high"] = bounds[1]
    if after is not None:
        parameters["after_hash"], parameters["after_sort"] = after
    else:
        parameters["low"] = bounds[0]
    statement = _SCANS[bounds[1] is not None, after is not None]
    return [ItemRow._make(row) for row in statement.rows(transaction, parameters)]


def index_query(
    transaction: Transaction,
    table_id: int,
    index_number: int,
    hash_: bytes,
    sorts: KeyRange,
    *,
    reverse: bool,
    after: tuple[bytes, bytes] | None,
    limit: int,
) -> list[Row]:
    """Items of one partition of an index: the values of an `IndexRow` after its hash.

    `after` is a sort key and a tie.
    """
    parameters: dict[str, Any] = {
        "table_id": table_id,
        "index_number": index_number,
        "hash": hash_,
        "low": sorts.low,
        "limit": limit,
    }
    if sorts.high is not None:
        parameters["high"] = sorts.high
    if after is not None:
        parameters["after_sort"], parameters["after_tie"] = after
    statement = _INDEX_QUERIES[sorts.high is not None, reverse, after is not None]
    return statement.rows(transaction, parameters)


def index_scan(
    transaction: Transaction,
    table_id: int,
    index_number: int,
    bounds: tuple[bytes, bytes | None],
    *,
    after: tuple[bytes, bytes, bytes] | None,
    limit: int,
) -> list[IndexRow]:
    """Items of an index whose index hash lies within `bounds`; `after` is a place in the index."""
    parameters: dict[str, Any] = {"table_id": table_id, "index_number": index_number, "limit": limit}
    if bounds[1] is not None:
        parameters["high"] = bounds[1]
    if after is not None:
        parameters["after_hash"], parameters["after_sort"], parameters["after_tie"] = after
    else:
        parameters["low"] = bounds[0]
    statement = _INDEX_SCANS[bounds[1] is not None, after is not None]
    return [IndexRow._make(row) for row in statement.rows(transaction, parameters)]
