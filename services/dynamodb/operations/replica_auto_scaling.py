"""UpdateTableReplicaAutoScaling and DescribeTableReplicaAutoScaling: settings are kept, nothing is scaled.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTableReplicaAutoScaling.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.errors import ResourceNotFoundException, ValidationException
from services.dynamodb.global_tables.following_tables import other_replicas
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.auto_scaling import describe_settings
from services.dynamodb.tables.table import Table

Settings = dict[str, Any]


@write_operation("UpdateTableReplicaAutoScaling")
def update_table_replica_auto_scaling(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Change the settings of a table and of its replicas."""
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    if table.definition.get("BillingMode") == "PAY_PER_REQUEST":
        raise ValidationException("Auto scaling settings cannot be changed for a table that is on demand")
    settings: Settings = dict(table.definition.get("AutoScaling", {}))
    write = input.get("ProvisionedWriteCapacityAutoScalingUpdate")
    if write is not None:
        settings["Write"] = describe_settings(write, settings.get("Write"))
    for update in input.get("GlobalSecondaryIndexUpdates", ()):
        _change_index(table, settings, update, "ProvisionedWriteCapacityAutoScalingUpdate", "IndexWrite", "")
    for replica in input.get("ReplicaUpdates", ()):
        region = replica["RegionName"]
        if region not in _regions(table):
            raise ValidationException(f"Replica does not exist in region: {region}")
        read = replica.get("ReplicaProvisionedReadCapacityAutoScalingUpdate")
        if read is not None:
            reads = settings.setdefault("Read", {})
            reads[region] = describe_settings(read, reads.get(region))
        for update in replica.get("ReplicaGlobalSecondaryIndexUpdates", ()):
            _change_index(table, settings, update, "ProvisionedReadCapacityAutoScalingUpdate", "IndexRead", region)
    table = context.runtime.catalog.change(transaction, table, AutoScaling=settings)
    for replica in other_replicas(context.runtime, transaction, table, context.now):
        context.runtime.catalog.change(transaction, replica, AutoScaling=settings)
    return {"TableAutoScalingDescription": _describe(table, context.now)}


@read_operation("DescribeTableReplicaAutoScaling")
def describe_table_replica_auto_scaling(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The settings by replica."""
    table = context.runtime.catalog.table(transaction, context, input["TableName"])
    return {"TableAutoScalingDescription": _describe(table, context.now)}


def _change_index(table: Table, settings: Settings, update: Input, parameter: str, kind: str, region: str) -> None:
    name = update["IndexName"]
    if table.index(name) is None:
        raise ResourceNotFoundException(f"Requested resource not found: Index: {name} not found")
    if parameter in update:
        by_index = settings.setdefault(kind, {}).setdefault(region, {})
        by_index[name] = describe_settings(update[parameter], by_index.get(name))


def _regions(table: Table) -> list[str]:
    return [table.region, *table.replicas]


def _describe(table: Table, now: float) -> dict[str, Any]:
    settings = table.definition.get("AutoScaling", {})
    replicas = []
    for region in _regions(table):
        indexes = []
        for index in table.indexes:
            if index.is_global:
                described: dict[str, Any] = {"IndexName": index.name, "IndexStatus": index.status_at(now)}
                read = settings.get("IndexRead", {}).get(region, {}).get(index.name)
                write = settings.get("IndexWrite", {}).get("", {}).get(index.name)
                described["ProvisionedReadCapacityAutoScalingSettings"] = read or {"AutoScalingDisabled": True}
                described["ProvisionedWriteCapacityAutoScalingSettings"] = write or {"AutoScalingDisabled": True}
                indexes.append(described)
        disabled = {"AutoScalingDisabled": True}
        replicas.append(
            {
                "RegionName": region,
                "GlobalSecondaryIndexes": indexes,
                "ReplicaProvisionedReadCapacityAutoScalingSettings": settings.get("Read", {}).get(region, disabled),
                "ReplicaProvisionedWriteCapacityAutoScalingSettings": settings.get("Write", disabled),
                "ReplicaStatus": "ACTIVE",
            }
        )
    return {"TableName": table.name, "TableStatus": table.status_at(now), "Replicas": replicas}
