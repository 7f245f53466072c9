"""UpdateContinuousBackups and DescribeContinuousBackups.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.backups.point_in_time_recovery import (
    backed_up_table,
    forget_what_is_too_old,
    is_enabled,
    new_setting,
    recovery_window,
)
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.table import Table


class ContinuousBackupsUnavailableException(AwsError):
    """The table is not ready for backups yet."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "ContinuousBackupsUnavailableException",
            f"Backups are being enabled for the table: {name}. Please retry later",
        )


@write_operation("UpdateContinuousBackups")
def update_continuous_backups(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Switch point-in-time recovery on or off."""
    table = backed_up_table(context, transaction, input["TableName"])
    if table.status_at(context.now) == "CREATING":
        raise ContinuousBackupsUnavailableException(table.name)
    setting = new_setting(table, input["PointInTimeRecoverySpecification"], context.now)
    table = context.runtime.catalog.change(transaction, table, PointInTimeRecovery=setting)
    forget_what_is_too_old(transaction, table.table_id, context.now)
    return {"ContinuousBackupsDescription": describe(table, context.now)}


@read_operation("DescribeContinuousBackups")
def describe_continuous_backups(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The state of a table's continuous backups."""
    table = backed_up_table(context, transaction, input["TableName"])
    return {"ContinuousBackupsDescription": describe(table, context.now)}


def describe(table: Table, now: float) -> dict[str, Any]:
    """`ContinuousBackupsDescription`."""
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "ENABLED" if is_enabled(table) else "DISABLED"}
    if is_enabled(table):
        earliest, latest = recovery_window(table, now)
        recovery["RecoveryPeriodInDays"] = table.definition["PointInTimeRecovery"]["RecoveryPeriodInDays"]
        recovery["EarliestRestorableDateTime"] = earliest
        recovery["LatestRestorableDateTime"] = latest
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
