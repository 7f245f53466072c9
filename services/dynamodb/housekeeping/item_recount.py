"""Counting items anew after the process ended without writing down its last second's counts.

Only where one process has the database to itself; elsewhere a replica that dies loses its last second's counts, and AWS
calls these numbers approximate as well.
"""

from __future__ import annotations

from typing import Final

import orjson

from awskit.database import Transaction
from services.dynamodb.store import documents
from services.dynamodb.store import items as item_store
from services.dynamodb.store import tables as store
from services.dynamodb.tables.table import Index, Table, build_table
from services.dynamodb.values.sizes import item_size

_OWNER: Final = ("process", "", "")
_STOPPED: Final = "stopped"
_SAMPLE: Final = 500
_EVERYTHING: Final = (b"", None)


def note_start(transaction: Transaction) -> None:
    """Count anew unless the last process noted that it stopped in order."""
    if documents.find(transaction, _OWNER, _STOPPED) is not None:
        documents.remove(transaction, _OWNER, _STOPPED)
        return
    numbers = store.count_anew(transaction)
    for row in store.all_tables(transaction):
        table = build_table(*row)
        for index in table.indexes:
            place = (table.table_id, index.number)
            if index.attributes is not None and place in numbers:
                count, size = numbers[place]
                numbers[place] = (count, round(size * _projected_part(transaction, table, index)))
    store.write_statistics(transaction, numbers)


def note_stop(transaction: Transaction) -> None:
    """Everything is written down."""
    documents.put(transaction, _OWNER, _STOPPED, {})


def _projected_part(transaction: Transaction, table: Table, index: Index) -> float:
    """How much of its items' bytes an index holds, by a sample of them."""
    rows = item_store.index_scan(transaction, table.table_id, index.number, _EVERYTHING, after=None, limit=_SAMPLE)
    whole = sum(row.size for row in rows)
    held = sum(item_size(index.project(orjson.loads(row.item))) for row in rows)
    return held / whole if whole else 0.0
