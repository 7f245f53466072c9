"""Copies of a whole table as it was at a moment: backups, and the tables that are restored.

A copy is a job (`jobs`): its document says what is copied to where and how far it has come. While it is being made, the
table that it is made of keeps its history, and its rows stay even if the table is deleted.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from awskit.database import Transaction
from services.dynamodb.backups import point_in_time_recovery
from services.dynamodb.backups.restored_items import load_rows
from services.dynamodb.backups.snapshots import Page, Place, page_limit, read_page
from services.dynamodb.jobs import background_jobs
from services.dynamodb.jobs.background_jobs import Document, Progress
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import backups as backup_store
from services.dynamodb.store import tables as table_store
from services.dynamodb.tables.table import TABLE_STATISTICS, Table, build_table

BACKUP: Final = "backup"
RESTORE: Final = "restore"
SWEEP: Final = "sweep"

FOREVER: Final = 253_402_300_799.0
"""The end of a status that only the end of a job ends (and the last second that AWS's timestamps know)."""


def table_source(
    runtime: DynamoDbRuntime, transaction: Transaction, table: Table, moment: float, kind: str
) -> Document:
    """A document that copies a table as it was at `moment`; `kind` is the job's."""
    numbers = runtime.statistics.read(transaction, table.table_id)
    return {
        "Numbers": numbers.get(TABLE_STATISTICS, (0, 0)),
        "Copy": f"{kind}-{uuid.uuid4().hex}",
        "TableId": table.table_id,
        "AccountId": table.account_id,
        "Region": table.region,
        "Definition": dict(table.definition),
        "Moment": moment,
    }


def hold(runtime: DynamoDbRuntime, transaction: Transaction, document: Mapping[str, Any]) -> None:
    """Have the source keep its history for a copy that goes on."""
    _mark(runtime, transaction, document, going_on=True)


def release(runtime: DynamoDbRuntime, transaction: Transaction, document: Mapping[str, Any]) -> None:
    """The copy is over: the source need not keep its history for it."""
    _mark(runtime, transaction, document, going_on=False)
    point_in_time_recovery.forget_what_is_too_old(transaction, document["TableId"], runtime.clock.now())


def _mark(runtime: DynamoDbRuntime, transaction: Transaction, document: Mapping[str, Any], *, going_on: bool) -> None:
    row = table_store.get(transaction, document["TableId"])
    if row is None:
        return
    table = build_table(*row)
    others = [copy for copy in table.definition.get("Copies", ()) if copy[0] != document["Copy"]]
    if going_on:
        others.append([document["Copy"], document["Moment"]])
    runtime.catalog.change(transaction, table, Copies=others or None)


def is_being_backed_up(table: Table) -> bool:
    """Whether a backup of the table is being made."""
    return any(copy.startswith(BACKUP) for copy, _ in table.definition.get("Copies", ()))


def source_table(document: Mapping[str, Any]) -> Table:
    """The table that is copied, as it was described when the copy began."""
    return build_table(document["TableId"], document["AccountId"], document["Region"], document["Definition"])


def place_of(document: Mapping[str, Any]) -> Place | None:
    """Where the copy goes on after."""
    after = document.get("After")
    return (bytes.fromhex(after[0]), bytes.fromhex(after[1])) if after is not None else None


def text_of(place: Place) -> list[str]:
    """A place as a document keeps it."""
    return [place[0].hex(), place[1].hex()]


def begin(
    runtime: DynamoDbRuntime,
    transaction: Transaction,
    kind: str,
    step: background_jobs.Step,
    account_id: str,
    document: Document,
) -> None:
    """Begin a copy; a small one is whole when this returns."""
    finished = background_jobs.begin(runtime, transaction, kind, step, account_id, document, document.get("TableId"))
    if not finished and "TableId" in document:
        hold(runtime, transaction, document)


# How a copy that has failed too often ends


async def end_backup(progress: Progress) -> None:
    """It is no backup: it goes, and what it has copied with it."""

    def work(transaction: Transaction, document: Document) -> None:
        backup_store.remove(transaction, document["BackupId"])
        release(progress.runtime, transaction, document)
        sweep = {"BackupId": document["BackupId"]}
        background_jobs.leave(progress.runtime, transaction, SWEEP, progress.job.account_id, sweep)

    await progress.step(work)


async def end_restore(progress: Progress) -> None:
    """A table with a part of its items would be taken for the whole: it goes."""

    def work(transaction: Transaction, document: Document) -> None:
        row = table_store.get(transaction, document["TargetId"])
        if row is not None:
            progress.runtime.catalog.remove(transaction, build_table(*row))
        if "TableId" in document:
            release(progress.runtime, transaction, document)

    await progress.step(work)


# What a step copies


def advance_backup(
    runtime: DynamoDbRuntime, transaction: Transaction, document: Document, limit: int
) -> Document | None:
    """The next step of filling a backup."""
    backup = backup_store.get(transaction, document["BackupId"])
    if backup is None:
        release(runtime, transaction, document)
        return None
    count = page_limit(limit, *document["Numbers"])
    page = read_page(transaction, source_table(document), document["Moment"], place_of(document), count)
    backup_store.add_items(transaction, backup.backup_id, page.rows)
    definition = dict(backup.definition)
    definition["ItemCount"] += len(page.rows)
    definition["SizeBytes"] += sum(row.size for row in page.rows)
    if page.last is not None:
        backup_store.change(transaction, backup.backup_id, definition)
        return {**document, "After": text_of(page.last)}
    definition["AvailableAt"] = max(definition["ReadyAt"], runtime.clock.now())
    backup_store.change(transaction, backup.backup_id, definition)
    release(runtime, transaction, document)
    return None


def advance_restore(
    runtime: DynamoDbRuntime, transaction: Transaction, document: Document, limit: int
) -> Document | None:
    """The next step of filling a restored table, from a backup or from another table."""
    row = table_store.get(transaction, document["TargetId"])
    if row is None:
        page = Page((), None)
    else:
        page = _restored_page(transaction, document, limit)
        target = build_table(*row)
        load_rows(runtime, transaction, target, page.rows)
    if page.last is not None:
        return {**document, "After": text_of(page.last)}
    if row is not None:
        until = max(document["ReadyAt"], runtime.clock.now())
        definition = {**target.definition, "StatusUntil": until}
        runtime.catalog.replace(transaction, target, _ready(definition, until))
    if "TableId" in document:
        release(runtime, transaction, document)
    return None


def _ready(definition: dict[str, Any], until: float) -> dict[str, Any]:
    """The definition with its indexes ready at the same time as the table."""
    indexes = definition.get("GlobalSecondaryIndexes")
    if indexes:
        definition["GlobalSecondaryIndexes"] = [{**entry, "StatusUntil": until} for entry in indexes]
    return definition


def _restored_page(transaction: Transaction, document: Document, limit: int) -> Page:
    after = place_of(document)
    limit = page_limit(limit, *document["Numbers"])
    if "TableId" in document:
        return read_page(transaction, source_table(document), document["Moment"], after, limit)
    rows = backup_store.page(transaction, document["BackupId"], after, limit)
    return Page(rows, (rows[-1].hash, rows[-1].sort) if len(rows) == limit else None)


def advance_sweep(
    runtime: DynamoDbRuntime, transaction: Transaction, document: Document, limit: int
) -> Document | None:
    """The next step of deleting the items of a backup that was deleted."""
    return None if backup_store.sweep(transaction, document["BackupId"], limit) else document
