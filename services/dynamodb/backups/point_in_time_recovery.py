"""Point-in-time recovery: how far back a table can be restored, and the history that is kept for it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

from __future__ import annotations

from typing import Any, Final

from awskit.database import Transaction
from services.dynamodb.arns import table_address
from services.dynamodb.errors import TableNotFoundException, ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import history
from services.dynamodb.store import tables as store
from services.dynamodb.tables.table import Table, build_table

DAY: Final = 86_400
LONGEST_DAYS: Final = 35


def backed_up_table(context: DynamoDbContext, transaction: Transaction, name_or_arn: str) -> Table:
    """The table; TableNotFoundException where there is none."""
    address = table_address(context, name_or_arn)
    table = context.runtime.catalog.find(transaction, address, context.now)
    if table is None:
        raise TableNotFoundException(name_or_arn)
    return table


def is_enabled(table: Table) -> bool:
    """Whether the table can be restored to a point in time."""
    enabled: bool = table.definition.get("PointInTimeRecovery", {}).get("Enabled", False)
    return enabled


def new_setting(table: Table, specification: dict[str, Any], now: float) -> dict[str, Any]:
    """The table's setting after an UpdateContinuousBackups."""
    current = table.definition.get("PointInTimeRecovery", {})
    if not specification["PointInTimeRecoveryEnabled"]:
        if "RecoveryPeriodInDays" in specification:
            raise ValidationException(
                "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
            )
        return {"Enabled": False}
    days = specification.get("RecoveryPeriodInDays", current.get("RecoveryPeriodInDays", LONGEST_DAYS))
    # what a shorter period has let go of does not come back with a longer one
    since = recovery_window(table, now)[0] if current.get("Enabled") else now
    return {"Enabled": True, "Since": since, "RecoveryPeriodInDays": days}


def recovery_window(table: Table, now: float) -> tuple[float, float]:
    """The earliest and the latest moment that a table with recovery can be restored to."""
    setting = table.definition["PointInTimeRecovery"]
    return max(setting["Since"], now - setting["RecoveryPeriodInDays"] * DAY), now


def is_within(window: tuple[float, float], moment: float) -> bool:
    """Whether a moment lies in the window; clients may send whole seconds."""
    return int(window[0]) <= moment <= window[1]


def forget_what_is_too_old(transaction: Transaction, table_id: int, now: float) -> None:
    """Trim a table's history to what it can be restored to and what is being copied."""
    row = store.get(transaction, table_id)
    if row is None:
        return
    table = build_table(*row)
    horizons = [moment for _, moment in table.definition.get("Copies", ())]
    if is_enabled(table):
        horizons.append(recovery_window(table, now)[0])
    history.trim(transaction, table_id, min(horizons) if horizons else float("inf"))
