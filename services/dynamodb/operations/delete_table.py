"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.dynamodb.backups import backups, point_in_time_recovery, table_copies
from services.dynamodb.errors import ResourceInUseException, ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.streams import shards
from services.dynamodb.tables.descriptions import describe_deleted
from services.dynamodb.tables.table import Table

_BUSY = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}


@write_operation("DeleteTable")
def delete_table(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Delete a table with its items; DELETING at first."""
    runtime = context.runtime
    table = runtime.catalog.table(transaction, context, input["TableName"])
    check_not_busy(table, context.now)
    if table.definition.get("DeletionProtectionEnabled"):
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection "
            "first."
        )
    if table_copies.is_being_backed_up(table):
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being backed up: {table.name}"
        )
    if point_in_time_recovery.is_enabled(table):
        name = backups.system_backup_name(table)
        backups.make(runtime, transaction, table, name, "SYSTEM", context.now)
    numbers = runtime.statistics.read(transaction, table.table_id)
    shards.close_stream(transaction, table, context.now)
    until = context.now + runtime.settings.status_delay
    if runtime.settings.status_delay:
        table = runtime.catalog.change(transaction, table, Status="DELETING", StatusUntil=until)
    else:
        runtime.catalog.remove(transaction, table)
    transaction.after_commit(runtime.restless.set)
    return {"TableDescription": describe_deleted(table, numbers, context.now)}


def check_not_busy(table: Table, now: float) -> None:
    """The table's status allows a change."""
    status = table.status_at(now)
    if status != "ACTIVE":
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {_BUSY[status]}: {table.name}"
        )
