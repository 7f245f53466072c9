"""Deleting a table: its stream ends, a backup is made where it could be restored to a point in time.

Raised: `ValidationException`, `ResourceInUseException` where it may not be deleted.
"""

from __future__ import annotations

from awskit.database import Transaction
from services.dynamodb.backups import backups, point_in_time_recovery, table_copies
from services.dynamodb.errors import ResourceInUseException, ValidationException
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.streams import shards
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_statuses import check_not_busy


def check_deletable(table: Table, now: float) -> None:
    """The table may be deleted now."""
    check_not_busy(table, now)
    if table.definition.get("DeletionProtectionEnabled"):
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection "
            "first."
        )
    if table_copies.is_being_backed_up(table):
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being backed up: {table.name}"
        )


def delete(runtime: DynamoDbRuntime, transaction: Transaction, table: Table, now: float) -> None:
    """Delete a table that may be; DELETING at first."""
    if point_in_time_recovery.is_enabled(table):
        name = backups.system_backup_name(table)
        backups.make(runtime, transaction, table, name, "SYSTEM", now)
    shards.close_stream(transaction, table, now)
    until = now + runtime.settings.status_delay
    if runtime.settings.status_delay:
        runtime.catalog.change(transaction, table, Status="DELETING", StatusUntil=until)
    else:
        runtime.catalog.remove(transaction, table)
    transaction.after_commit(runtime.restless.set)
