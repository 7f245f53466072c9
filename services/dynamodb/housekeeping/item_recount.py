"""Counting items anew after the process ended without writing down its last second's counts.

Only where one process has the database to itself; elsewhere a replica that dies loses its last second's counts, and AWS
calls these numbers approximate as well. Many items are counted beside all else, as of one moment; what changes from
then on comes on top of what was counted (`Statistics.hold`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

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
_AT_ONCE: Final = 20_000  # items, a few hundredths of a second
_EVERYTHING: Final = (b"", None)


class Recount(NamedTuple):
    """What was counted, and the id of the last table that there was then."""

    numbers: dict[tuple[int, int], tuple[int, int]]
    last_table: int


def note_start(transaction: Transaction) -> bool:
    """Whether everything is yet to be counted anew: it is much, and the last process did not stop in order.

    What is little is counted here and now.
    """
    if documents.find(transaction, _OWNER, _STOPPED) is not None:
        documents.remove(transaction, _OWNER, _STOPPED)
        return False
    if store.are_more_items_than(transaction, _AT_ONCE):
        return True
    write(transaction, count(transaction))
    return False


def count(transaction: Transaction) -> Recount:
    """Count every table's and index's items and bytes."""
    numbers = store.count_anew(transaction)
    for row in store.all_tables(transaction):
        table = build_table(*row)
        for index in table.indexes:
            place = (table.table_id, index.number)
            if index.attributes is not None and place in numbers:
                count, size = numbers[place]
                numbers[place] = (count, round(size * _projected_part(transaction, table, index)))
    return Recount(numbers, store.last_id(transaction))


def write(transaction: Transaction, recount: Recount) -> None:
    """Write down what was counted, of tables that are there yet."""
    store.write_statistics(transaction, recount.numbers, recount.last_table)


def note_stop(transaction: Transaction) -> None:
    """Everything is written down."""
    documents.put(transaction, _OWNER, _STOPPED, {})


def _projected_part(transaction: Transaction, table: Table, index: Index) -> float:
    """How much of its items' bytes an index holds, by a sample of them."""
    rows = item_store.index_scan(transaction, table.table_id, index.number, _EVERYTHING, after=None, limit=_SAMPLE)
    whole = sum(row.size for row in rows)
    held = sum(item_size(index.project(orjson.loads(row.item))) for row in rows)
    return held / whole if whole else 0.0
