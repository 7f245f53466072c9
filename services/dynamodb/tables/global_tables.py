"""The global table that a table is a replica of, as the definition of each of its replicas keeps it.

    {"Id": "...", "Version": "2019.11.21", "Consistency": "EVENTUAL", "Witness": "us-west-2",
     "Replicas": {"us-east-1": {"Status": "ACTIVE", "StatusUntil": 0.0, "Settings": {...}, "SourceUntil": 0.0}}}

`Replicas` holds the table's own region too; the first of them is the oldest. `Settings` are what a replica has of its
own, with the names of ReplicationGroupUpdate.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.arns import table_arn

CURRENT: Final = "2019.11.21"
LEGACY: Final = "2017.11.29"
EVENTUAL: Final = "EVENTUAL"
STRONG: Final = "STRONG"

MEMBER: Final = "GlobalTable"
"""The definition's member that holds the group."""

_OWN_SETTINGS: Final = (
    "KMSMasterKeyId",
    "ProvisionedThroughputOverride",
    "OnDemandThroughputOverride",
    "GlobalSecondaryIndexes",
)
_FOLLOWING: Final = "ENABLED_WITH_OVERRIDES"
_DISABLED: Final = "DISABLED"

Group = dict[str, Any]
Definition = Mapping[str, Any]


def new_group(version: str, consistency: str = EVENTUAL) -> Group:
    """A global table without replicas."""
    return {"Id": str(uuid.uuid4()), "Version": version, "Consistency": consistency, "Replicas": {}}


def group_of(definition: Definition) -> Group | None:
    """The global table that a table belongs to: a copy that may be changed."""
    group = definition.get(MEMBER)
    if group is None:
        return None
    return {**group, "Replicas": {region: dict(entry) for region, entry in group["Replicas"].items()}}


def members(group: Mapping[str, Any]) -> list[str]:
    """The regions of the replicas, but for those that are leaving."""
    return [region for region, entry in group["Replicas"].items() if entry["Status"] != "DELETING"]


def member_status(entry: Mapping[str, Any], now: float) -> str:
    """`ReplicaStatus`; "" where the replica is gone."""
    status: str = entry["Status"]
    if status in ("ACTIVE", "CREATION_FAILED") or now < entry["StatusUntil"]:
        return status
    return "" if status == "DELETING" else "ACTIVE"


def without_gone(group: Group, now: float) -> Group:
    """The global table without the replicas whose deletion is over."""
    kept = {region: entry for region, entry in group["Replicas"].items() if member_status(entry, now)}
    return {**group, "Replicas": kept}


def describe_membership(definition: Definition, account_id: str, region: str, now: float) -> dict[str, Any]:
    """What DescribeTable says of a replica's global table, or of one that is none."""
    group = definition.get(MEMBER)
    mode = definition.get("GlobalTableSettingsReplicationMode", _DISABLED)
    of_none = {} if mode == _DISABLED else {"GlobalTableSettingsReplicationMode": mode}
    if group is None:
        return of_none
    if group["Version"] == LEGACY:
        return {"GlobalTableVersion": LEGACY}
    replicas = [
        _describe_replica(entry, other, status, table_arn(other, account_id, definition["TableName"]))
        for other, entry in group["Replicas"].items()
        if other != region and (status := member_status(entry, now))
    ]
    if not replicas:
        return of_none
    described: dict[str, Any] = {
        "GlobalTableVersion": CURRENT,
        "Replicas": replicas,
        "GlobalTableSettingsReplicationMode": _FOLLOWING,
        "MultiRegionConsistency": group["Consistency"],
    }
    if "Witness" in group:
        described["GlobalTableWitnesses"] = [{"RegionName": group["Witness"], "WitnessStatus": "ACTIVE"}]
    if group["Consistency"] == EVENTUAL:
        described["DisassociationProtectionEnabled"] = definition.get("DisassociationProtectionEnabled", True)
    return described


def _describe_replica(entry: Mapping[str, Any], region: str, status: str, arn: str) -> dict[str, Any]:
    settings = entry.get("Settings", {})
    described: dict[str, Any] = {"RegionName": region, "ReplicaStatus": status, "ReplicaArn": arn}
    described.update({name: settings[name] for name in _OWN_SETTINGS if name in settings})
    if "TableClassOverride" in settings:
        described["ReplicaTableClassSummary"] = {"TableClass": settings["TableClassOverride"]}
    return described
