"""What can be told of an UpdateTable request without the table: that it changes something, and one thing at a time.

In: parameters that satisfy the model's constraints. Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.errors import ValidationException
from services.dynamodb.tables.schema_checks import INVALID, check_throughput

Input = Mapping[str, Any]

_CHANGES: Final = frozenset(
    {
        "ProvisionedThroughput",
        "BillingMode",
        "StreamSpecification",
        "GlobalSecondaryIndexUpdates",
        "SSESpecification",
        "ReplicaUpdates",
        "TableClass",
        "DeletionProtectionEnabled",
        "OnDemandThroughput",
        "WarmThroughput",
        "MultiRegionConsistency",
        "GlobalTableWitnessUpdates",
        "GlobalTableSettingsReplicationMode",
        "DisassociationProtectionEnabled",
        "VectorIndexUpdates",
    }
)
_NOTHING_GIVEN: Final = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
    "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
    "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
)
# In the order in which DynamoDB looks at them.
_ALONE: Final[Mapping[str, str]] = {
    "SSESpecification": "Server-Side Encryption modification must be the only operation in the request",
    "TableClass": "TableClass modification must be the only operation in the request",
    "DeletionProtectionEnabled": "DeletionProtection modification must be the only operation in the request",
    "DisassociationProtectionEnabled": (
        "DisassociationProtection modification must be the only operation in the request"
    ),
    "WarmThroughput": "WarmThroughput must be the only operation in the request",
    "ReplicaUpdates": "Requests that modify replicas or witnesses must not also modify other fields",
}
_GOES_WITH: Final[Mapping[str, frozenset[str]]] = {
    "ReplicaUpdates": frozenset(
        {"MultiRegionConsistency", "GlobalTableWitnessUpdates", "GlobalTableSettingsReplicationMode"}
    )
}
_CHANGED_WHILE_ACTIVE: Final = frozenset(
    {
        "DeletionProtectionEnabled",
        "DisassociationProtectionEnabled",
        "SSESpecification",
        "WarmThroughput",
        "OnDemandThroughput",
    }
)
_ACTIONS: Final = ("Update", "Create", "Delete")


def check_update(input: Input) -> None:
    """The request as a whole, then each change of an index."""
    given = {name for name in _CHANGES if input.get(name) not in (None, [])}
    if not given:
        raise ValidationException(_NOTHING_GIVEN)
    _check_combination(input, given)
    if "ProvisionedThroughput" in input:
        check_throughput(input["ProvisionedThroughput"])
    updates = input.get("GlobalSecondaryIndexUpdates")
    if updates is not None:
        _check_index_updates(updates)


def stays_active(input: Input) -> bool:
    """Whether the table is ACTIVE all through the change."""
    given = [name for name in _CHANGES if name in input]
    return all(name in _CHANGED_WHILE_ACTIVE for name in given)


def _check_combination(input: Input, given: set[str]) -> None:
    for name, text in _ALONE.items():
        if name in given and given - {name} - _GOES_WITH.get(name, frozenset()):
            raise ValidationException(INVALID + text)
    if "OnDemandThroughput" in given and given - {"OnDemandThroughput", "BillingMode"}:
        raise ValidationException(
            INVALID + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
        )
    changes_units = "ProvisionedThroughput" in given or input.get("BillingMode") == "PROVISIONED"
    if "StreamSpecification" in given and changes_units:
        raise ValidationException(INVALID + "You cannot modify stream status while updating table IOPS")
    if any("Create" in update or "Delete" in update for update in input.get("GlobalSecondaryIndexUpdates", ())):
        if "ProvisionedThroughput" in given:
            raise ValidationException(INVALID + "You cannot create or delete index while updating table IOPS")
        if "StreamSpecification" in given:
            raise ValidationException(INVALID + "You cannot create or delete index while changing stream status")


def _check_index_updates(updates: list[Input]) -> None:
    if not updates:
        raise ValidationException(INVALID + "List of GlobalSecondaryIndexUpdates is empty")
    names = set()
    for update in updates:
        actions = [update[kind] for kind in _ACTIONS if kind in update]
        if not actions:
            raise ValidationException(
                f"{INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        if len(actions) > 1:
            raise ValidationException(
                INVALID + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
            )
        name = actions[0]["IndexName"]
        if name in names:
            raise ValidationException(
                f"{INVALID}Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
        names.add(name)
