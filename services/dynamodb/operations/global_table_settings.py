"""UpdateGlobalTableSettings and DescribeGlobalTableSettings, of global tables of version 2017.11.29.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTableSettings.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.dynamodb.errors import ValidationException
from services.dynamodb.global_tables import legacy_tables
from services.dynamodb.global_tables.following_tables import write_update
from services.dynamodb.global_tables.legacy_tables import Document, LegacyGroup
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.auto_scaling import describe_settings
from services.dynamodb.tables.schema_checks import INVALID
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_updates import TableUpdate

_READ, _WRITE = "ReadCapacityUnits", "WriteCapacityUnits"
_WRITE_SCALING = "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate"
_INDEXES_WRITES = "GlobalTableGlobalSecondaryIndexSettingsUpdate"
_READ_SCALING = "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"


@write_operation("UpdateGlobalTableSettings")
def update_global_table_settings(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """Change the settings of a global table's tables: what they write is the same in all, what they read is not."""
    name = input["GlobalTableName"]
    document = legacy_tables.find(transaction, context.account_id, name)
    settings = document.setdefault("Settings", {})
    if _WRITE_SCALING in input:
        settings["WriteScaling"] = describe_settings(input[_WRITE_SCALING], settings.get("WriteScaling"))
    of_replicas = {update["RegionName"]: update for update in input.get("ReplicaSettingsUpdate", ())}
    for region, update in of_replicas.items():
        if region not in document["Regions"]:
            raise AwsError("ReplicaNotFoundException", f"Replica not found in region: '{region}'.")
        if _READ_SCALING in update:
            scaling = settings.setdefault("ReadScaling", {})
            scaling[region] = describe_settings(update[_READ_SCALING], scaling.get(region))
    legacy_tables.keep(transaction, context.account_id, document)
    group = LegacyGroup(context.runtime, transaction, context.account_id, name, context.now)
    for region in document["Regions"]:
        _update_table(context, transaction, group.table(region), input, of_replicas.get(region, {}))
    return {"GlobalTableName": name, "ReplicaSettings": _describe(context, transaction, document)}


def _update_table(
    context: DynamoDbContext, transaction: Transaction, table: Table, input: Input, own: Mapping[str, Any]
) -> None:
    wanted = _table_update(table, input, own)
    if wanted:
        until = context.now + context.runtime.settings.status_delay
        update = TableUpdate(table, wanted, context.now, until)
        update.apply()
        write_update(context.runtime, transaction, table, update)


def _table_update(table: Table, input: Input, own: Mapping[str, Any]) -> dict[str, Any]:
    """What UpdateTable would be asked for."""
    of_writes = {update["IndexName"]: update for update in input.get(_INDEXES_WRITES, ())}
    of_reads = {update["IndexName"]: update for update in own.get("ReplicaGlobalSecondaryIndexSettingsUpdate", ())}
    entries = {entry["IndexName"]: entry for entry in table.definition.get("GlobalSecondaryIndexes", ())}
    for name in (*of_writes, *of_reads):
        if name not in entries:
            raise AwsError("IndexNotFoundException", f"Index not found: {name}")
    wanted: dict[str, Any] = {}
    mode = table.definition.get("BillingMode", "PROVISIONED")
    if input.get("GlobalTableBillingMode", mode) != mode:
        mode = wanted["BillingMode"] = input["GlobalTableBillingMode"]
    if "ReplicaTableClass" in own:
        wanted["TableClass"] = own["ReplicaTableClass"]
    if mode == "PAY_PER_REQUEST":
        return wanted
    writes = input.get("GlobalTableProvisionedWriteCapacityUnits")
    units = _units(table.definition, own.get("ReplicaProvisionedReadCapacityUnits"), writes)
    _check_units(table, table.definition, units)
    if units is not None:
        wanted["ProvisionedThroughput"] = units
    changed = []
    for name in dict.fromkeys((*of_writes, *of_reads, *(entries if "BillingMode" in wanted else ()))):
        reads = of_reads.get(name, {}).get("ProvisionedReadCapacityUnits")
        units = _units(entries[name], reads, of_writes.get(name, {}).get("ProvisionedWriteCapacityUnits"))
        _check_units(table, entries[name], units)
        if units is not None:
            changed.append({"Update": {"IndexName": name, "ProvisionedThroughput": units}})
    if changed:
        wanted["GlobalSecondaryIndexUpdates"] = changed
    return wanted


def _units(holder: Mapping[str, Any], reads: int | None, writes: int | None) -> dict[str, int] | None:
    """`ProvisionedThroughput` after a change; None where there is none."""
    known = {name: holder["ProvisionedThroughput"][name] for name in (_READ, _WRITE)}
    wanted = {_READ: known[_READ] if reads is None else reads, _WRITE: known[_WRITE] if writes is None else writes}
    return wanted if wanted != known else None


def _check_units(table: Table, holder: Mapping[str, Any], units: Mapping[str, int] | None) -> None:
    """A table, and each index, that is provisioned has both: one that was on demand has none to keep."""
    has = holder["ProvisionedThroughput"] if units is None else units
    if not (has[_READ] and has[_WRITE]):
        named = f"index {holder['IndexName']} of " if "IndexName" in holder else ""
        raise ValidationException(
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
            f"PROVISIONED, for {named}the replica in {table.region}"
        )


@read_operation("DescribeGlobalTableSettings")
def describe_global_table_settings(context: DynamoDbContext, input: Input, transaction: Transaction) -> Output:
    """The settings by region."""
    document = legacy_tables.find(transaction, context.account_id, input["GlobalTableName"])
    return {"GlobalTableName": document["Name"], "ReplicaSettings": _describe(context, transaction, document)}


def _describe(context: DynamoDbContext, transaction: Transaction, document: Document) -> list[dict[str, Any]]:
    group = LegacyGroup(context.runtime, transaction, context.account_id, document["Name"], context.now)
    settings = document.get("Settings", {})
    return [_describe_replica(group.table(region), settings, context.now) for region in document["Regions"]]


def _describe_replica(table: Table, settings: Mapping[str, Any], now: float) -> dict[str, Any]:
    definition = table.definition
    throughput = definition["ProvisionedThroughput"]
    described: dict[str, Any] = {
        "RegionName": table.region,
        "ReplicaStatus": table.status_at(now),
        "ReplicaProvisionedReadCapacityUnits": throughput[_READ],
        "ReplicaProvisionedWriteCapacityUnits": throughput[_WRITE],
        "ReplicaBillingModeSummary": {"BillingMode": definition.get("BillingMode", "PROVISIONED")},
    }
    if "TableClassSummary" in definition:
        described["ReplicaTableClassSummary"] = definition["TableClassSummary"]
    indexes = [
        {
            "IndexName": entry["IndexName"],
            "IndexStatus": "ACTIVE",
            "ProvisionedReadCapacityUnits": entry["ProvisionedThroughput"][_READ],
            "ProvisionedWriteCapacityUnits": entry["ProvisionedThroughput"][_WRITE],
        }
        for entry in definition.get("GlobalSecondaryIndexes", ())
    ]
    if indexes:
        described["ReplicaGlobalSecondaryIndexSettings"] = indexes
    read = settings.get("ReadScaling", {}).get(table.region)
    if read is not None:
        described["ReplicaProvisionedReadCapacityAutoScalingSettings"] = read
    if "WriteScaling" in settings:
        described["ReplicaProvisionedWriteCapacityAutoScalingSettings"] = settings["WriteScaling"]
    return described
