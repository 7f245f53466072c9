"""The stream of a table's changes: its shards, and a record for each change.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import orjson

from awskit.database import Transaction
from services.dynamodb.store import streams as store
from services.dynamodb.streams.shards import sequence_number
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item
from services.dynamodb.values.comparison import equal
from services.dynamodb.values.sizes import item_size

TTL_IDENTITY: Final[Mapping[str, str]] = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}

_NEW_IMAGES: Final = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
_OLD_IMAGES: Final = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})


def record_change(
    transaction: Transaction,
    table: Table,
    old: Item | None,
    new: Item | None,
    now: float,
    identity: Mapping[str, str] | None = None,
) -> None:
    """Append a record for a change of an item, unless nothing has changed."""
    stream_id, view = table.stream_id, table.stream_view_type
    if stream_id is None or view is None or same_item(old, new):
        return
    place = store.next_sequence(transaction, stream_id)
    if place is None:
        return
    shard_number, sequence = place
    keys = table.key_of(new if new is not None else old or {})
    change: dict[str, Any] = {"ApproximateCreationDateTime": int(now), "Keys": keys}
    size = item_size(keys)
    if new is not None and view in _NEW_IMAGES:
        change["NewImage"] = new
        size += item_size(new)
    if old is not None and view in _OLD_IMAGES:
        change["OldImage"] = old
        size += item_size(old)
    change["SequenceNumber"] = sequence_number(sequence)
    change["SizeBytes"] = size
    change["StreamViewType"] = view
    record: dict[str, Any] = {
        "eventID": uuid.uuid4().hex,
        "eventName": "REMOVE" if new is None else "INSERT" if old is None else "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": table.region,
        "dynamodb": change,
    }
    if identity is not None:
        record["userIdentity"] = identity
    store.append(transaction, stream_id, shard_number, store.Record(sequence, now, orjson.dumps(record)))


def same_item(old: Item | None, new: Item | None) -> bool:
    """Whether a write has changed nothing."""
    if old is None or new is None:
        return old is new
    return old == new or equal({"M": old}, {"M": new})
