"""Filling a new replica with what the others have: a job, of steps that are each committed, while writes go on.

Each of the other replicas is gone over, since a write may not have reached all of them; the last writer wins. What was
deleted is copied too, so that a write which is still on its way cannot bring it back. Copied items are in no stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from awskit.database import Transaction
from services.dynamodb.jobs import background_jobs
from services.dynamodb.jobs.background_jobs import Document, Progress
from services.dynamodb.replication.replicated_writes import Arrival
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import tables as table_store
from services.dynamodb.store import versions
from services.dynamodb.tables.global_tables import MEMBER, group_of
from services.dynamodb.tables.table import Table, build_table

COPY: Final = "replica"

_FOREVER: Final = 253_402_300_799.0


def begin(
    runtime: DynamoDbRuntime, transaction: Transaction, replica: Table, sources: Sequence[Table], ready_at: float
) -> None:
    """Begin to fill a replica; that of a small table is whole when this returns."""
    document = {
        "TargetId": replica.table_id,
        "Sources": [{"TableId": source.table_id} for source in sources],
        "ReadyAt": ready_at,
    }
    # Each item is a write to the replica, with its indexes: the first step is no longer than the others.
    at_once = background_jobs.CHUNK
    background_jobs.begin(runtime, transaction, COPY, advance, replica.account_id, document, at_once=at_once)


def advance(runtime: DynamoDbRuntime, transaction: Transaction, document: Document, limit: int) -> Document | None:
    """The next step."""
    row = table_store.get(transaction, document["TargetId"])
    if row is None:
        return None
    replica = build_table(*row)
    left, count = _advance(runtime, transaction, replica, document, limit)
    while left is not None and "After" not in left:
        limit -= count
        left, count = _advance(runtime, transaction, replica, left, limit)
    if left is None:
        set_status(runtime, transaction, replica, "CREATING", max(document["ReadyAt"], runtime.clock.now()))
    return left


def _advance(
    runtime: DynamoDbRuntime, transaction: Transaction, replica: Table, document: Document, limit: int
) -> tuple[Document | None, int]:
    """Copy from the first source that is left: its items, then what was deleted there. What is left, and how many."""
    sources = document["Sources"]
    if not sources:
        return None, 0
    source_id = sources[0]["TableId"]
    deleted = document.get("Deleted", False)
    after = document.get("After")
    place = (bytes.fromhex(after[0]), bytes.fromhex(after[1])) if after is not None else None
    read = versions.deleted_of if deleted else versions.items_of
    rows, goes_on = read(transaction, source_id, place, limit)
    silent = replace(replica, stream_id=None, kinesis_destinations=())
    for row in rows:
        content = orjson.loads(row.item)
        item = None if deleted else content
        arrival = Arrival("", row.version, content if deleted else replica.key_of(content), item)
        runtime.writer.arrive(transaction, silent, arrival, runtime.clock.now())
    if goes_on:
        return {**document, "After": [rows[-1].hash.hex(), rows[-1].sort.hex()]}, len(rows)
    rest: dict[str, Any] = {name: value for name, value in document.items() if name not in ("After", "Deleted")}
    if not deleted:
        return {**rest, "Deleted": True}, len(rows)
    return {**rest, "Sources": sources[1:]}, len(rows)


async def end_failed(progress: Progress) -> None:
    """A replica with a part of the items would be taken for the whole: it stays unusable, and says that it failed."""

    def work(transaction: Transaction, document: Document) -> None:
        row = table_store.get(transaction, document["TargetId"])
        if row is not None:
            set_status(progress.runtime, transaction, build_table(*row), "CREATION_FAILED", _FOREVER)

    await progress.step(work)


def set_status(runtime: DynamoDbRuntime, transaction: Transaction, replica: Table, status: str, until: float) -> None:
    """Note in every replica of a global table that one of them is in a status until then, and in itself."""
    group = group_of(replica.definition)
    if group is None:
        return
    group["Replicas"][replica.region] |= {"Status": status, "StatusUntil": until}
    for region in group["Replicas"]:
        row = table_store.find(transaction, replica.account_id, region, replica.name)
        if row is not None and row.definition.get(MEMBER, {}).get("Id") == group["Id"]:
            changes: dict[str, Any] = {MEMBER: group}
            if region == replica.region:
                changes["StatusUntil"] = until
                indexes = row.definition.get("GlobalSecondaryIndexes", ())
                if indexes:
                    changes["GlobalSecondaryIndexes"] = [
                        {**entry, "StatusUntil": min(entry["StatusUntil"], until)} for entry in indexes
                    ]
            runtime.catalog.change(transaction, build_table(*row), **changes)
