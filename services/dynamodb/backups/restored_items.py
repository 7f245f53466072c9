"""Filling a table with many items at once: for restores and imports, into a table that nobody else writes to yet."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from awskit.database import Transaction
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import items as store
from services.dynamodb.store.items import ItemRow
from services.dynamodb.tables.statistics import Growth
from services.dynamodb.tables.table import TABLE_STATISTICS, Table
from services.dynamodb.values.sizes import item_size


def load_rows(runtime: DynamoDbRuntime, transaction: Transaction, table: Table, rows: Sequence[ItemRow]) -> None:
    """Add rows that are not in `table` yet, with their entries in its indexes."""
    store.put_many(transaction, table.table_id, rows)
    growth: Growth = {(table.table_id, TABLE_STATISTICS): (len(rows), sum(row.size for row in rows))}
    if table.indexes:
        for row in rows:
            _add_entries(transaction, table, row, growth)
    runtime.statistics.grow(transaction, growth)


def _add_entries(transaction: Transaction, table: Table, row: ItemRow, growth: Growth) -> None:
    item = orjson.loads(row.item)
    entries = table.entries(item)
    store.add_entries(transaction, table.table_id, list(entries.values()), row.hash, row.sort)
    for index in table.indexes:
        if index.number in entries:
            size = row.size if index.attributes is None else item_size(index.project(item))
            count, total = growth.get((table.table_id, index.number), (0, 0))
            growth[table.table_id, index.number] = (count + 1, total + size)
