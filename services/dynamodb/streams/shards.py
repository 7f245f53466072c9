"""A table's stream and its shards: begun, closed, and followed by their children.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Final

from awskit.database.transactions import Transaction
from services.dynamodb.store import streams as store
from services.dynamodb.tables.catalog import TableCatalog
from services.dynamodb.tables.table import Table

SEQUENCE_BASE: Final = 10**20
"""What makes a record's number a sequence number of AWS's length."""

RETENTION_SECONDS: Final = 24 * 3600
SHARD_SECONDS: Final = 4 * 3600


def sequence_number(sequence: int) -> str:
    """A sequence number as callers see it."""
    return str(SEQUENCE_BASE + sequence)


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


def streamed(catalog: TableCatalog, transaction: Transaction, table: Table, view_type: str, now: float) -> Table:
    """The table with a new stream."""
    stream_id, label = open_stream(transaction, table, view_type, now)
    return catalog.change(
        transaction,
        table,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type},
        StreamId=stream_id,
        LatestStreamLabel=label,
    )


def open_shard(transaction: Transaction, stream_id: int, now: float, parent: store.Shard | None) -> None:
    """Begin a shard, the child of `parent` where there is one. Its starting sequence number is no record's."""
    first = parent.next_sequence if parent is not None else 1
    shard_id = f"shardId-{int(now * 1000):020d}-{uuid.uuid4().hex[:8]}"
    number = parent.shard_number + 1 if parent is not None else 0
    parent_id = parent.shard_id if parent is not None else None
    store.add_shard(transaction, store.Shard(stream_id, number, shard_id, parent_id, now, None, first, first + 1))


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


def turn(transaction: Transaction, now: float) -> None:
    """Close shards that are old enough and open their children; drop shards and streams that have been trimmed."""
    for shard in store.written_shards_open_since(transaction, now - SHARD_SECONDS):
        store.close_shard(transaction, shard, now)
        open_shard(transaction, shard.stream_id, now, shard)
    store.remove_shards_closed_by(transaction, now - RETENTION_SECONDS)
    for stream in store.streams_without_shards(transaction):
        if stream.definition["Status"] == "DISABLED":
            store.remove(transaction, stream.stream_id)
