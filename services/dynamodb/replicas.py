"""Replicas of global tables: kept with the table and described; nothing is replicated.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.dynamodb.values import ValidationException

GLOBAL_TABLE_VERSION: Final = "2019.11.21"
_KEPT: Final = (
    "KMSMasterKeyId",
    "GlobalSecondaryIndexes",
    "ProvisionedThroughputOverride",
    "OnDemandThroughputOverride",
)


def change_replicas(definition: dict[str, Any], updates: Sequence[Mapping[str, Any]], own_region: str) -> None:
    """Work `ReplicaUpdates` into a table's definition."""
    replicas = {replica["RegionName"]: dict(replica) for replica in definition.get("Replicas", ())}
    for update in updates:
        kind, action = next(iter(update.items()))
        region = action["RegionName"]
        if kind == "Create":
            if region in replicas or region == own_region:
                raise ValidationException(
                    f"One or more parameter values were invalid: Replica already exists in region: {region}"
                )
            replicas[region] = _replica(action)
        elif region not in replicas:
            raise ValidationException(
                f"One or more parameter values were invalid: Replica does not exist in region: {region}"
            )
        elif kind == "Delete":
            del replicas[region]
        else:
            replicas[region].update(_replica(action))
    if replicas:
        definition["Replicas"] = list(replicas.values())
    else:
        definition.pop("Replicas", None)


def _replica(action: Mapping[str, Any]) -> dict[str, Any]:
    replica = {"RegionName": action["RegionName"], "ReplicaStatus": "ACTIVE"}
    replica.update({name: action[name] for name in _KEPT if name in action})
    if "TableClassOverride" in action:
        replica["ReplicaTableClassSummary"] = {"TableClass": action["TableClassOverride"]}
    return replica
