"""Tables as DescribeTable and its like show them."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

from services.dynamodb.arns import stream_arn
from services.dynamodb.tables.global_tables import describe_membership
from services.dynamodb.tables.table import TABLE_STATISTICS, Table
from services.dynamodb.tables.throughput_checks import ON_DEMAND_WARM
from services.dynamodb.tables.vector_indexes import describe_vector_indexes

Numbers = Mapping[int, tuple[int, int]]

_KEPT: Final = ("SSEDescription", "OnDemandThroughput", "TableClassSummary", "ArchivalSummary")


def describe_table(
    table: Table, numbers: Numbers, now: float, *, status: str | None = None, brief: bool = False
) -> dict[str, Any]:
    """`TableDescription`. `status` shows another status than the table's own; `brief` leaves out what
    DescribeTable adds.

    `numbers` are item counts and sizes by index number.
    """
    definition = table.definition
    shown = status or table.status_at(now)
    count, size = numbers.get(TABLE_STATISTICS, (0, 0))
    description: dict[str, Any] = {
        "AttributeDefinitions": definition["AttributeDefinitions"],
        "TableName": table.name,
        "KeySchema": definition["KeySchema"],
        "TableStatus": shown,
        "CreationDateTime": definition["CreationDateTime"],
        "ProvisionedThroughput": throughput_at(definition, now),
        "TableSizeBytes": size,
        "ItemCount": count,
        "TableArn": table.arn,
        "TableId": definition["TableId"],
    }
    if not brief:
        description["AttributeDefinitions"] = sorted(
            definition["AttributeDefinitions"], key=itemgetter("AttributeName")
        )
    for name in _KEPT:
        if name in definition:
            description[name] = definition[name]
    if "RestoreSummary" in definition and shown == "CREATING":
        description["RestoreSummary"] = definition["RestoreSummary"]
    _add_billing(description, definition, now, brief=brief)
    _add_indexes(description, table, numbers, now, shown)
    vectors = describe_vector_indexes(table, shown)
    if vectors:
        description["VectorIndexes"] = vectors
    _add_stream(description, table)
    description.update(describe_membership(definition, table.account_id, table.region, now))
    description["DeletionProtectionEnabled"] = definition.get("DeletionProtectionEnabled", False)
    if "WarmThroughput" in definition or not brief:
        description["WarmThroughput"] = {**warm_throughput(definition), "Status": "ACTIVE"}
    return description


def describe_deleted(table: Table, numbers: Numbers, now: float) -> dict[str, Any]:
    """`TableDescription` of a table on its way out."""
    whole = describe_table(table, numbers, now, status="DELETING")
    kept = ("TableName", "TableStatus", "ProvisionedThroughput", "TableSizeBytes", "ItemCount", "TableArn", "TableId")
    description = {name: whole[name] for name in (*kept, "DeletionProtectionEnabled")}
    if "BillingModeSummary" in whole:
        description["BillingModeSummary"] = whole["BillingModeSummary"]
    return description


def throughput_at(holder: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The throughput of a table or index: until a change has been carried out, that from before it."""
    before = holder.get("ThroughputBefore")
    if before is not None and now < holder.get("StatusUntil", 0.0):
        return dict(before)
    return dict(holder["ProvisionedThroughput"])


def warm_throughput(holder: Mapping[str, Any]) -> dict[str, int]:
    """`WarmThroughput` of a table's definition or an index's entry, without its status."""
    throughput = holder["ProvisionedThroughput"]
    least = (
        {
            "ReadUnitsPerSecond": throughput["ReadCapacityUnits"],
            "WriteUnitsPerSecond": throughput["WriteCapacityUnits"],
        }
        if throughput["ReadCapacityUnits"]
        else ON_DEMAND_WARM
    )
    return {**least, **holder.get("WarmThroughput", {})}


def _add_billing(description: dict[str, Any], definition: Mapping[str, Any], now: float, *, brief: bool) -> None:
    mode = definition.get("BillingMode")
    since = definition.get("PayPerRequestSince")
    if mode != "PAY_PER_REQUEST" and since is None:
        return
    summary: dict[str, Any] = {"BillingMode": mode or "PROVISIONED"}
    if since is not None and not (brief and now <= since):
        summary["LastUpdateToPayPerRequestDateTime"] = since
    description["BillingModeSummary"] = summary


def _add_indexes(description: dict[str, Any], table: Table, numbers: Numbers, now: float, status: str) -> None:
    for entry in table.definition.get("LocalSecondaryIndexes", ()):
        count, size = numbers.get(entry["Number"], (0, 0))
        description.setdefault("LocalSecondaryIndexes", []).append(
            {
                **_index_basics(table, entry),
                "IndexSizeBytes": size,
                "ItemCount": count,
            }
        )
    for entry in table.definition.get("GlobalSecondaryIndexes", ()):
        index_status = index_status_at(entry, now, table_status=status)
        if not index_status:
            continue
        count, size = numbers.get(entry["Number"], (0, 0))
        described = {
            **_index_basics(table, entry),
            "IndexStatus": index_status,
            "ProvisionedThroughput": throughput_at(entry, now),
            "IndexSizeBytes": size,
            "ItemCount": count,
        }
        if "OnDemandThroughput" in entry:
            described["OnDemandThroughput"] = entry["OnDemandThroughput"]
        if "WarmThroughput" in entry or status not in ("CREATING",):
            described["WarmThroughput"] = {**warm_throughput(entry), "Status": index_status}
        if index_status == "CREATING" and entry.get("AddedLater"):
            described["Backfilling"] = True
        description.setdefault("GlobalSecondaryIndexes", []).append(described)


def _index_basics(table: Table, entry: Mapping[str, Any]) -> dict[str, Any]:
    projection = dict(entry["Projection"])
    if "NonKeyAttributes" in projection:
        projection["NonKeyAttributes"] = sorted(projection["NonKeyAttributes"])
    return {
        "IndexName": entry["IndexName"],
        "KeySchema": entry["KeySchema"],
        "Projection": projection,
        "IndexArn": f"{table.arn}/index/{entry['IndexName']}",
    }


def index_status_at(entry: Mapping[str, Any], now: float, *, table_status: str = "ACTIVE") -> str:
    """A global index's status; "" where it is gone. An index being back-filled is CREATING however long it takes."""
    status: str = entry.get("Status", "ACTIVE")
    if status == "ACTIVE":
        return "CREATING" if table_status == "CREATING" else "ACTIVE"
    if entry.get("Backfilling") or now < entry.get("StatusUntil", 0.0) or table_status == "CREATING":
        return status
    return "" if status == "DELETING" else "ACTIVE"


def _add_stream(description: dict[str, Any], table: Table) -> None:
    definition = table.definition
    specification = definition.get("StreamSpecification")
    if specification is not None and specification.get("StreamEnabled"):
        description["StreamSpecification"] = specification
    label = definition.get("LatestStreamLabel")
    if label is not None:
        description["LatestStreamLabel"] = label
        description["LatestStreamArn"] = stream_arn(table.arn, label)
