"""A table's definition from CreateTable's parameters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.tables.encryption import describe_encryption
from services.dynamodb.tables.schema_checks import INVALID
from services.dynamodb.tables.tags import check_tags
from services.dynamodb.tables.throughput_checks import maximum_after
from services.dynamodb.tables.vector_indexes import new_vector_indexes

Definition = dict[str, Any]

_UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_VIEW_WANTED_NEW: Final = "Table is being created with a stream enabled, UpdateViewType is required"
_VIEW_UNWANTED_NEW: Final = "Table is being created with a stream disabled, UpdateViewType should not be specified"
_VIEW_WANTED: Final = "If stream is being enabled then UpdateViewType is required"
_VIEW_UNWANTED: Final = "If stream is being disabled, then UpdateViewType must not be specified"
_NOTHING: Final[Mapping[str, int]] = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}


def new_definition(
    input: Mapping[str, Any], account_id: str, region: str, now: float, status_delay: float
) -> Definition:
    """The definition of a table that begins `now`, without its stream."""
    until = now + status_delay
    on_demand = input.get("BillingMode") == "PAY_PER_REQUEST"
    definition: Definition = {
        "TableName": input["TableName"],
        "TableId": str(uuid.uuid4()),
        "CreationDateTime": now,
        "Status": "CREATING",
        "StatusUntil": until,
        "AttributeDefinitions": input["AttributeDefinitions"],
        "KeySchema": input["KeySchema"],
        "ProvisionedThroughput": new_throughput(input.get("ProvisionedThroughput")),
        "DeletionProtectionEnabled": input.get("DeletionProtectionEnabled", False),
    }
    if on_demand:
        definition["BillingMode"] = "PAY_PER_REQUEST"
        definition["PayPerRequestSince"] = now
    number = 1
    local = []
    for index in input.get("LocalSecondaryIndexes", ()):
        local.append({**index, "Number": number})
        number += 1
    if local:
        definition["LocalSecondaryIndexes"] = local
    indexes = []
    for index in input.get("GlobalSecondaryIndexes", ()):
        indexes.append(new_index(index, number, "CREATING", until))
        number += 1
    if indexes:
        definition["GlobalSecondaryIndexes"] = indexes
    definition["NextIndexNumber"] = number
    if input.get("VectorIndexes"):
        names = [index["IndexName"] for index in (*local, *indexes)]
        definition["VectorIndexes"] = new_vector_indexes(input["VectorIndexes"], names, definition)
    _keep_throughput(definition, input)
    if "TableClass" in input:
        definition["TableClassSummary"] = {"TableClass": input["TableClass"]}
    if "SSESpecification" in input:
        encryption = describe_encryption(input["SSESpecification"], account_id, region)
        if encryption is not None:
            definition["SSEDescription"] = encryption
    if input.get("Tags"):
        definition["Tags"] = check_tags(input["Tags"])
    return definition


def new_throughput(throughput: Mapping[str, int] | None) -> dict[str, Any]:
    """`ProvisionedThroughputDescription` of a new table or index; 0 units where it is on demand."""
    units = throughput if throughput is not None else _NOTHING
    return {"NumberOfDecreasesToday": 0, **{name: units[name] for name in _UNITS}}


def new_index(index: Mapping[str, Any], number: int, status: str, until: float) -> Definition:
    """A global secondary index's entry in its table's definition."""
    entry: Definition = {
        "IndexName": index["IndexName"],
        "KeySchema": index["KeySchema"],
        "Projection": index["Projection"],
        "ProvisionedThroughput": new_throughput(index.get("ProvisionedThroughput")),
        "Number": number,
        "Status": status,
        "StatusUntil": until,
    }
    _keep_throughput(entry, index)
    return entry


def _keep_throughput(holder: Definition, given: Mapping[str, Any]) -> None:
    """Keep `OnDemandThroughput` and `WarmThroughput` of a new table or index."""
    maximum = maximum_after({}, given.get("OnDemandThroughput", {}))
    if maximum:
        holder["OnDemandThroughput"] = maximum
    if "WarmThroughput" in given:
        holder["WarmThroughput"] = given["WarmThroughput"]


def check_stream(specification: Mapping[str, Any] | None, *, new: bool) -> bool:
    """Whether a stream is wanted, for a `new` table or another; its view type then has to be given, and only then."""
    if specification is None:
        return False
    enabled: bool = specification.get("StreamEnabled", False)
    if enabled and "StreamViewType" not in specification:
        raise ValidationException(INVALID + (_VIEW_WANTED_NEW if new else _VIEW_WANTED))
    if not enabled and "StreamViewType" in specification:
        raise ValidationException(INVALID + (_VIEW_UNWANTED_NEW if new else _VIEW_UNWANTED))
    return enabled
