"""The table that a restore makes: the source's schema and throughput, as far as the request does not override them.

In: the source's definition and the restore's parameters. Out: a definition. Raised: `ValidationException`.
Tags, streams, time to live, recovery, policies, auto scaling, the table class and deletion protection are not restored.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.dynamodb.backups.table_copies import FOREVER
from services.dynamodb.errors import ValidationException
from services.dynamodb.runtime import DynamoDbContext
from services.dynamodb.tables.schema_checks import check_new_table
from services.dynamodb.tables.table_creation import Definition, new_definition

_UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_INDEX_PARTS: Final = ("IndexName", "KeySchema", "Projection", "OnDemandThroughput")
_COMPARED: Final = ("KeySchema", "Projection", "VectorAttribute", "SearchSchema", "Dimensions", "DistanceFunction")
_LEAST: Final = 1

Input = Mapping[str, Any]


def restored_definition(context: DynamoDbContext, source: Mapping[str, Any], input: Input) -> Definition:
    """The definition of a table that is CREATING until its items are there."""
    mode = input.get("BillingModeOverride", source.get("BillingMode", "PROVISIONED"))
    on_demand = mode == "PAY_PER_REQUEST"
    parameters: dict[str, Any] = {
        "TableName": input["TargetTableName"],
        "KeySchema": source["KeySchema"],
        "BillingMode": mode,
    }
    if not on_demand:
        parameters["ProvisionedThroughput"] = input.get("ProvisionedThroughputOverride") or _units(source)
    elif "ProvisionedThroughputOverride" in input:
        parameters["ProvisionedThroughput"] = input["ProvisionedThroughputOverride"]
    _add_indexes(parameters, source, input, on_demand=on_demand)
    throughput = input.get("OnDemandThroughputOverride", source.get("OnDemandThroughput"))
    if throughput is not None and on_demand:
        parameters["OnDemandThroughput"] = throughput
    if "SSESpecificationOverride" in input:
        parameters["SSESpecification"] = input["SSESpecificationOverride"]
    parameters["AttributeDefinitions"] = _used_attributes(source, parameters)
    check_new_table(parameters)
    definition = new_definition(
        parameters, context.account_id, context.region, context.now, context.runtime.settings.status_delay
    )
    if "SSESpecificationOverride" not in input and "SSEDescription" in source:
        definition["SSEDescription"] = source["SSEDescription"]
    definition["StatusUntil"] = FOREVER
    return definition


def _units(holder: Mapping[str, Any]) -> dict[str, int]:
    """A table that was on demand has no units of its own."""
    return {name: holder["ProvisionedThroughput"][name] or _LEAST for name in _UNITS}


def _add_indexes(parameters: dict[str, Any], source: Mapping[str, Any], input: Input, *, on_demand: bool) -> None:
    local = _chosen(source, input, "LocalSecondaryIndex", "LocalSecondaryIndexes")
    if local:
        parameters["LocalSecondaryIndexes"] = [
            {name: index[name] for name in ("IndexName", "KeySchema", "Projection")} for index in local
        ]
    chosen = _chosen(source, input, "GlobalSecondaryIndex", "GlobalSecondaryIndexes")
    overridden = "GlobalSecondaryIndexOverride" in input
    vectors = _chosen(source, input, "VectorIndex", "VectorIndexes")
    if vectors:
        parameters["VectorIndexes"] = [dict(index) for index in vectors]
    indexes = []
    for index in chosen:
        kept = {name: index[name] for name in _INDEX_PARTS if name in index}
        if overridden and "ProvisionedThroughput" in index:
            kept["ProvisionedThroughput"] = index["ProvisionedThroughput"]
        elif not on_demand and "ProvisionedThroughput" in index:
            kept["ProvisionedThroughput"] = _units(index)
        indexes.append(kept)
    if indexes:
        parameters["GlobalSecondaryIndexes"] = indexes


def _chosen(source: Mapping[str, Any], input: Input, kind: str, member: str) -> Sequence[Mapping[str, Any]]:
    present = {index["IndexName"]: index for index in source.get(member, ())}
    override: Sequence[Mapping[str, Any]] | None = input.get(f"{kind}Override")
    if override is None:
        return list(present.values())
    for index in override:
        known = present.get(index["IndexName"])
        if known is None or any(known.get(part) != index.get(part) for part in _COMPARED):
            raise ValidationException(
                f"Invalid Request: Index {index['IndexName']} does not match a secondary index that existed in the "
                "source table and cannot be created during the restore operation"
            )
    return override


def _used_attributes(source: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[dict[str, str]]:
    used = {element["AttributeName"] for element in parameters["KeySchema"]}
    for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        for index in parameters.get(kind, ()):
            used |= {element["AttributeName"] for element in index["KeySchema"]}
    for index in parameters.get("VectorIndexes", ()):
        used |= {element["AttributeName"] for element in index.get("SearchSchema", ())}
    return [entry for entry in source["AttributeDefinitions"] if entry["AttributeName"] in used]
