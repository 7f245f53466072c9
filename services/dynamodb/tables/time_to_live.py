"""Time to live: which items expire when, and their deletion.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from __future__ import annotations

from typing import Final

from awskit.database import Transaction
from services.dynamodb.store import expirations
from services.dynamodb.store.expirations import Expiration
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item

_LONGEST: Final = 2**62


def expiry(item: Item | None, attribute: str) -> int | None:
    """The second at which the item expires; None where it has no such number."""
    if item is None:
        return None
    text = item.get(attribute, {}).get("N")
    if text is None:
        return None
    seconds = int(text.partition(".")[0] or 0)
    return seconds if 0 < seconds < _LONGEST else None


def follow(
    transaction: Transaction,
    table: Table,
    place: tuple[bytes, bytes],
    old: Item | None,
    new: Item | None,
    *,
    is_arrival: bool = False,
) -> None:
    """Keep the table's expirations in step with a change of an item.

    Of a global table's replicas one lets an item expire: that of the region where it was written. In the others its
    deletion arrives, as any other does.
    """
    attribute = table.ttl_attribute
    if attribute is None:
        return
    before, after = expiry(old, attribute), None if is_arrival else expiry(new, attribute)
    if before == after and not table.replicas:
        return
    if before is not None and before != after:
        expirations.remove(transaction, Expiration(before, table.table_id, *place))
    if after is not None:
        expirations.add(transaction, Expiration(after, table.table_id, *place))
