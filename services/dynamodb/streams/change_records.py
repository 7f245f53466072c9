"""The stream of a table's changes: its shards, and a record for each change.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from awskit.database import Transaction
from services.dynamodb.store import streams as store
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item, equal, item_size

SEQUENCE_BASE: Final = 10**20
"""What makes a record's number a sequence number of AWS's length."""

RETENTION_SECONDS: Final = 24 * 3600
SHARD_SECONDS: Final = 4 * 3600
TTL_IDENTITY: Final[Mapping[str, str]] = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}

_NEW_IMAGES: Final = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
_OLD_IMAGES: Final = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})


def sequence_number(sequence: int) -> str:
    """A sequence number as callers see it."""
    return str(SEQUENCE_BASE + sequence)


def stream_arn(table_arn: str, label: str) -> str:
    return f"{table_arn}/stream/{label}"


def new_label(now: float) -> str:
    """The label of a stream that begins `now`: the time, to the millisecond."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(now * 1000) % 1000:03d}"


def open_stream(transaction: Transaction, table: Table, view_type: str, now: float) -> tuple[int, str]:
    """Begin a stream for `table`: its id and label."""
    label = new_label(now)
    while store.find(transaction, table.account_id, table.region, table.name, label) is not None:
        now += 0.001
        label = new_label(now)
    definition = {
        "StreamViewType": view_type,
        "CreationRequestDateTime": now,
        "KeySchema": table.definition["KeySchema"],
        "Status": "ENABLED",
    }
    stream_id = store.add(transaction, table.account_id, table.region, table.name, label, definition)
    open_shard(transaction, stream_id, now, None)
    return stream_id, label


def open_shard(transaction: Transaction, stream_id: int, now: float, parent: store.Shard | None) -> None:
    """Begin a shard, the child of `parent` where there is one."""
    first = parent.next_sequence if parent is not None else 1
    shard_id = f"shardId-{int(now * 1000):020d}-{uuid.uuid4().hex[:8]}"
    number = parent.shard_number + 1 if parent is not None else 0
    parent_id = parent.shard_id if parent is not None else None
    store.add_shard(transaction, store.Shard(stream_id, number, shard_id, parent_id, now, None, first, first))


def close_stream(transaction: Transaction, table: Table, now: float) -> None:
    """End the table's stream: its records can be read until they are trimmed."""
    if table.stream_id is None:
        return
    for shard in store.list_shards(transaction, table.stream_id):
        if shard.closed_at is None:
            store.close_shard(transaction, shard, now)
    label = table.definition["LatestStreamLabel"]
    row = store.find(transaction, table.account_id, table.region, table.name, label)
    if row is not None:
        store.change(transaction, row.stream_id, {**row.definition, "Status": "DISABLED", "ClosedAt": now})


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
