"""Filling in what a table's items lack once an index or a time to live is added: a part at once, the rest bit by bit.

A table's rows are gone over in the order of their hash. Where it stands is kept in the table's definition, so that it
goes on after a restart; writes meanwhile keep their own rows right.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from awskit.database import Transaction
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import items as store
from services.dynamodb.tables import time_to_live
from services.dynamodb.tables.statistics import Growth
from services.dynamodb.tables.table import Index, Table
from services.dynamodb.values.attribute_values import item_size

_AT_ONCE: Final = 1000
_CHUNK: Final = 250
_START: Final = (b"", None)


def begin(runtime: DynamoDbRuntime, transaction: Transaction, table: Table, number: int) -> Table:
    """Begin to fill the index `number`; a small table's is full when this returns."""
    return advance(runtime, transaction, table, number, limit=_AT_ONCE)


def advance(
    runtime: DynamoDbRuntime, transaction: Transaction, table: Table, number: int, *, limit: int = _CHUNK
) -> Table:
    """Go on for `limit` items; the table as it then is."""
    index = next((index for index in table.indexes if index.number == number), None)
    if index is None or not index.backfilling:
        return table
    entry = next(entry for entry in table.definition["GlobalSecondaryIndexes"] if entry["Number"] == number)
    after = _place(entry.get("BackfilledTo"))
    rows = store.scan(transaction, table.table_id, _START, after=after, limit=limit)
    growth: Growth = {}
    count = size = 0
    for row in rows:
        item = orjson.loads(row.item)
        place = index.place(item)
        if place is None:
            continue
        entry_row = store.Entry(number, *place, table.tie(item))
        if store.add_entry_if_missing(transaction, table.table_id, entry_row, row.hash, row.sort):
            count += 1
            size += row.size if index.attributes is None else item_size(index.project(item))
    if count:
        growth[table.table_id, number] = (count, size)
        runtime.statistics.grow(transaction, growth)
    done = len(rows) < limit
    changed = {name: value for name, value in entry.items() if name not in ("Backfilling", "BackfilledTo")}
    if not done:
        changed |= {"Backfilling": True, "BackfilledTo": [rows[-1].hash.hex(), rows[-1].sort.hex()]}
    return _replace_index(runtime, transaction, table, index, changed)


def advance_time_to_live(
    runtime: DynamoDbRuntime, transaction: Transaction, table: Table, *, limit: int = _CHUNK
) -> Table:
    """Note the expirations of `limit` more items of a table whose time to live was switched on."""
    setting = dict(table.definition.get("TimeToLive", {}))
    if not setting.pop("Backfilling", False):
        return table
    after = _place(setting.pop("BackfilledTo", None))
    rows = store.scan(transaction, table.table_id, _START, after=after, limit=limit)
    for row in rows:
        time_to_live.follow(transaction, table, (row.hash, row.sort), None, orjson.loads(row.item))
    if len(rows) == limit:
        setting |= {"Backfilling": True, "BackfilledTo": [rows[-1].hash.hex(), rows[-1].sort.hex()]}
    return runtime.catalog.change(transaction, table, TimeToLive=setting)


def _place(text: list[str] | None) -> tuple[bytes, bytes] | None:
    return (bytes.fromhex(text[0]), bytes.fromhex(text[1])) if text is not None else None


def _replace_index(
    runtime: DynamoDbRuntime, transaction: Transaction, table: Table, index: Index, changed: dict[str, Any]
) -> Table:
    entries = [
        changed if entry["Number"] == index.number else entry for entry in table.definition["GlobalSecondaryIndexes"]
    ]
    return runtime.catalog.change(transaction, table, GlobalSecondaryIndexes=entries)
