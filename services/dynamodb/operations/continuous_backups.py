"""UpdateContinuousBackups and DescribeContinuousBackups.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.operation import Input, Output, read_operation, write_operation
from services.dynamodb.catalog import table_address
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import history
from services.dynamodb.tables import Table

_DAY: Final = 86_400
_LONGEST_DAYS: Final = 35


class TableNotFoundException(AwsError):
    """What the operations on backups say of a table that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__("TableNotFoundException", f"Table not found: {name}")


@write_operation("UpdateContinuousBackups")
def update_continuous_backups(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Switch point-in-time recovery on or off."""
    table = backed_up_table(context, transaction, input["TableName"])
    specification = input["PointInTimeRecoverySpecification"]
    current = table.definition.get("PointInTimeRecovery", {})
    enabled = specification["PointInTimeRecoveryEnabled"]
    setting: dict[str, Any] = {"Enabled": enabled}
    if enabled:
        setting["Since"] = current["Since"] if current.get("Enabled") else context.now
        setting["RecoveryPeriodInDays"] = specification.get(
            "RecoveryPeriodInDays", current.get("RecoveryPeriodInDays", _LONGEST_DAYS)
        )
    else:
        history.trim(transaction, table.table_id, float("inf"))
    table = context.runtime.catalog.change(transaction, table, PointInTimeRecovery=setting)
    return {"ContinuousBackupsDescription": describe(table, context.now)}


@read_operation("DescribeContinuousBackups")
def describe_continuous_backups(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The state of a table's continuous backups."""
    table = backed_up_table(context, transaction, input["TableName"])
    return {"ContinuousBackupsDescription": describe(table, context.now)}


def backed_up_table(context: DynamoDbContext, transaction: Transaction, name_or_arn: str) -> Table:
    """The table; TableNotFoundException where there is none."""
    address = table_address(context, name_or_arn)
    table = context.runtime.catalog.find(transaction, address, context.now)
    if table is None:
        raise TableNotFoundException(address[2])
    return table


def describe(table: Table, now: float) -> dict[str, Any]:
    """`ContinuousBackupsDescription`."""
    setting = table.definition.get("PointInTimeRecovery", {})
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "ENABLED" if setting.get("Enabled") else "DISABLED"}
    if setting.get("Enabled"):
        earliest, latest = recovery_window(table, now)
        recovery["RecoveryPeriodInDays"] = setting["RecoveryPeriodInDays"]
        recovery["EarliestRestorableDateTime"] = earliest
        recovery["LatestRestorableDateTime"] = latest
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}


def recovery_window(table: Table, now: float) -> tuple[float, float]:
    """The earliest and the latest moment that the table can be restored to."""
    setting = table.definition["PointInTimeRecovery"]
    return max(setting["Since"], now - setting["RecoveryPeriodInDays"] * _DAY), now
