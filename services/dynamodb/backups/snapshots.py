"""A table's items as they were at a moment, page by page, while it goes on being written to.

In: a table whose history goes back to that moment. Out: rows in the order of their places. An item is what it was
before the first change after the moment; where there was none since, it is what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import orjson

from awskit.database import Transaction
from services.dynamodb.items.capacity import page_size
from services.dynamodb.store import history
from services.dynamodb.store import items as store
from services.dynamodb.store.items import ItemRow
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item
from services.dynamodb.values.sizes import item_size

Place = tuple[bytes, bytes]

_START: Final = (b"", None)
_PAGE_BYTES: Final = 8 * 1024 * 1024


class Page(NamedTuple):
    """Some rows of a snapshot; `last` is what to go on after, None where this is the end."""

    rows: Sequence[ItemRow]
    last: Place | None


class ChangedItem(NamedTuple):
    """An item that was changed within a period: what it was before it, at its end, and when it was changed last."""

    key: Item
    old: Item | None
    new: Item | None
    changed_at: float


def read_page(transaction: Transaction, table: Table, moment: float, after: Place | None, limit: int) -> Page:
    """Up to `limit` rows of the snapshot at `moment` whose places come after `after`; they may be fewer."""
    present = store.scan(transaction, table.table_id, _START, after=after, limit=limit)
    last = (bytes(present[-1].hash), bytes(present[-1].sort)) if len(present) == limit else None
    changes = history.first_since(transaction, table.table_id, moment, (after, last), limit)
    if len(changes) == limit:
        last = (bytes(changes[-1].hash), bytes(changes[-1].sort))
    rows = {(bytes(row.hash), bytes(row.sort)): row for row in present}
    for change in changes:
        place = (bytes(change.hash), bytes(change.sort))
        if change.item is None:
            rows.pop(place, None)
        else:
            rows[place] = item_row(table, place, orjson.loads(change.item), change.item)
    wanted = sorted(place for place in rows if last is None or place <= last)
    return Page([rows[place] for place in wanted], last)


def page_limit(limit: int, item_count: int, size_bytes: int) -> int:
    """How many of a table's items to take at a time: at most `limit`, and not much memory."""
    average = size_bytes // item_count if item_count > 0 else 0
    return max(1, min(limit, _PAGE_BYTES // average)) if average > 0 else limit


def item_row(table: Table, place: Place, item: Item, json: bytes) -> ItemRow:
    """The row of an item of `table`."""
    sort_name = table.sort_key.name if table.sort_key is not None else None
    return ItemRow(*place, item_size(item), page_size(item, sort_name), json)


def read_changes(
    transaction: Transaction, table: Table, period: tuple[float, float], after: Place | None, limit: int
) -> tuple[list[ChangedItem], Place | None]:
    """Items that were changed from the period's first moment on and before its second; and what to go on after."""
    places = history.changed_within(transaction, table.table_id, period, after, limit)
    changed = []
    for place in places:
        found = _change_within(transaction, table, place, period)
        if found is not None:
            changed.append(found)
    return changed, (bytes(places[-1][0]), bytes(places[-1][1])) if len(places) == limit else None


def _change_within(
    transaction: Transaction, table: Table, place: Place, period: tuple[float, float]
) -> ChangedItem | None:
    """None where the item came and went within the period."""
    since = history.of_item(transaction, table.table_id, place, period[0])
    within = [change for change in since if change.changed_at < period[1]]
    later = next((change for change in since if change.changed_at >= period[1]), None)
    old = _load(within[0].item)
    if later is not None:
        new = _load(later.item)
    else:
        present = store.get(transaction, table.table_id, *place)
        new = _load(present[2] if present is not None else None)
    item = new if new is not None else old
    return ChangedItem(table.key_of(item), old, new, within[-1].changed_at) if item is not None else None


def _load(json: bytes | None) -> Item | None:
    item: Item | None = orjson.loads(json) if json is not None else None
    return item
