"""Filling in what a table's items lack once an index or a time to live is added: a part at once, the rest bit by bit.

A table's rows are gone over in the order of their hash. Where it stands is kept in the table's definition, so that it
goes on after a restart; writes meanwhile keep their own rows right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from awskit.database import Transaction
from services.dynamodb.store import items as store
from services.dynamodb.store import versions
from services.dynamodb.store.items import ItemRow
from services.dynamodb.tables import time_to_live
from services.dynamodb.tables.catalog import TableCatalog
from services.dynamodb.tables.statistics import Statistics
from services.dynamodb.tables.table import Index, Table
from services.dynamodb.values.sizes import item_size

_AT_ONCE: Final = 1000
_CHUNK: Final = 250
_START: Final = (b"", None)


class Backfill:
    """What fills in; each call is a part of the work, in the caller's transaction."""

    def __init__(self, catalog: TableCatalog, statistics: Statistics) -> None:
        self._catalog = catalog
        self._statistics = statistics

    def begin_index(self, transaction: Transaction, table: Table, number: int) -> Table:
        """Begin to fill the index `number`; a small table's is full when this returns."""
        return self.advance_index(transaction, table, number, limit=_AT_ONCE)

    def advance_index(self, transaction: Transaction, table: Table, number: int, *, limit: int = _CHUNK) -> Table:
        """Go on for `limit` items; the table as it then is."""
        index = next((index for index in table.indexes if index.number == number), None)
        if index is None or not index.backfilling:
            return table
        entry = next(entry for entry in table.definition["GlobalSecondaryIndexes"] if entry["Number"] == number)
        rows = store.scan(transaction, table.table_id, _START, after=_place(entry.get("BackfilledTo")), limit=limit)
        self._add_entries(transaction, table, index, rows)
        changed = {name: value for name, value in entry.items() if name not in ("Backfilling", "BackfilledTo")}
        if len(rows) == limit:
            changed |= {"Backfilling": True, "BackfilledTo": _text(rows[-1])}
        entries = [
            changed if entry["Number"] == number else entry for entry in table.definition["GlobalSecondaryIndexes"]
        ]
        return self._catalog.change(transaction, table, GlobalSecondaryIndexes=entries)

    def _add_entries(self, transaction: Transaction, table: Table, index: Index, rows: Sequence[ItemRow]) -> None:
        count = size = 0
        for row in rows:
            item = orjson.loads(row.item)
            place = index.place(item)
            if place is None:
                continue
            entry = store.Entry(index.number, *place, table.tie(item))
            if store.add_entry_if_missing(transaction, table.table_id, entry, row.hash, row.sort):
                count += 1
                size += row.size if index.attributes is None else item_size(index.project(item))
        if count:
            self._statistics.grow(transaction, {(table.table_id, index.number): (count, size)})

    def advance_time_to_live(self, transaction: Transaction, table: Table, *, limit: int = _CHUNK) -> Table:
        """Note the expirations of `limit` more items of a table whose time to live was switched on."""
        setting = dict(table.definition.get("TimeToLive", {}))
        if not setting.pop("Backfilling", False):
            return table
        after = _place(setting.pop("BackfilledTo", None))
        rows = store.scan(transaction, table.table_id, _START, after=after, limit=limit)
        for row in rows:
            place = (row.hash, row.sort)
            is_arrival = not _is_at_home(transaction, table, place)
            time_to_live.follow(transaction, table, place, None, orjson.loads(row.item), is_arrival=is_arrival)
        if len(rows) == limit:
            setting |= {"Backfilling": True, "BackfilledTo": _text(rows[-1])}
        return self._catalog.change(transaction, table, TimeToLive=setting)


def _is_at_home(transaction: Transaction, table: Table, place: tuple[bytes, bytes]) -> bool:
    """Whether an item expires in this replica: the one that wrote it last, or the oldest, where that is gone."""
    if not table.replicas:
        return True
    region = versions.find(transaction, table.table_id, place).region
    return table.region == (region if region in table.replicas or region == table.region else table.oldest_region)


def _place(text: list[str] | None) -> tuple[bytes, bytes] | None:
    return (bytes.fromhex(text[0]), bytes.fromhex(text[1])) if text is not None else None


def _text(row: ItemRow) -> list[str]:
    return [row.hash.hex(), row.sort.hex()]
