"""UpdateTimeToLive and DescribeTimeToLive.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.errors import ResourceInUseException, ValidationException
from services.dynamodb.global_tables.following_tables import other_replicas
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.store import expirations
from services.dynamodb.tables.table import Table


@write_operation("UpdateTimeToLive")
def update_time_to_live(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Switch a table's time to live on or off, in all regions that have it."""
    runtime, now = context.runtime, context.now
    table = runtime.catalog.table(transaction, context, input["TableName"])
    if table.status_at(now) in ("CREATING", "DELETING"):
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {table.status_at(now).lower()}"
        )
    specification = input["TimeToLiveSpecification"]
    _check_change(table, specification, now)
    if table.is_strong:
        raise ValidationException("Time to Live is not supported on global tables with multi-Region strong consistency")
    enabled, attribute = specification["Enabled"], specification["AttributeName"]
    setting: dict[str, Any] = {
        "Enabled": enabled,
        "AttributeName": attribute,
        "StatusUntil": now + runtime.settings.status_delay,
        "Backfilling": enabled,
    }
    for each in (table, *other_replicas(runtime, transaction, table, now)):
        if not enabled:
            expirations.forget(transaction, each.table_id)
        changed = runtime.catalog.change(transaction, each, TimeToLive=setting)
        runtime.backfill.advance_time_to_live(transaction, changed)
    transaction.after_commit(runtime.restless.set)
    return {"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute}}


def _check_change(table: Table, specification: Input, now: float) -> None:
    setting = table.definition.get("TimeToLive", {})
    enabled = setting.get("Enabled", False)
    if now < setting.get("StatusUntil", 0.0):
        raise ValidationException("Time to live has been modified multiple times within a fixed interval")
    if specification["Enabled"] == enabled:
        raise ValidationException(f"TimeToLive is already {'enabled' if enabled else 'disabled'}")
    if enabled and specification["AttributeName"] != setting["AttributeName"]:
        raise ValidationException(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {setting['AttributeName']}"
        )


@read_operation("DescribeTimeToLive")
def describe_time_to_live(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Whether items of a table expire, and by which attribute."""
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    table_status = table.status_at(context.now)
    if table_status in ("CREATING", "DELETING"):
        raise ValidationException(
            f"Cannot describe time to live while table is in {table_status} state: "
            f"Current table state is {table_status}"
        )
    setting = table.definition.get("TimeToLive", {})
    enabled = setting.get("Enabled", False)
    changing = context.now < setting.get("StatusUntil", 0.0)
    status = ("ENABLING" if changing else "ENABLED") if enabled else ("DISABLING" if changing else "DISABLED")
    description: dict[str, Any] = {"TimeToLiveStatus": status}
    if status != "DISABLED":
        description["AttributeName"] = setting["AttributeName"]
    return {"TimeToLiveDescription": description}
