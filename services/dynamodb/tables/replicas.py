"""Replicas of global tables: kept with the table and described; nothing is replicated.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.dynamodb.errors import ValidationException

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
    strangers = []
    for update in updates:
        if not update:
            raise ValidationException("There are no actions specified in the Replica Update Action of the request.")
        kind, action = next(iter(update.items()))
        region = action["RegionName"]
        if kind == "Create":
            if region in replicas or region == own_region:
                raise ValidationException(
                    f"Failed to create a the new replica of table with name: \u2018{definition['TableName']}\u2019 "
                    "because one or more replicas already existed as tables."
                )
            replicas[region] = _replica(action)
        elif region not in replicas:
            strangers.append(region)
        elif kind == "Delete":
            del replicas[region]
        else:
            replicas[region].update(_replica(action))
    if strangers:
        raise ValidationException(
            "Update global table operation failed because one or more replicas were not part of the global table. "
            f"Please retry the request without these replicas: [{', '.join(strangers)}]."
        )
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
