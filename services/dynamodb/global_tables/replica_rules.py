"""What a request to change a global table's replicas may ask for.

In: UpdateTable's parameters and the table in whose region it is. Out: the changes by kind. Raised:
`ValidationException`, `ResourceNotFoundException`.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from awskit.database import Transaction
from awskit.resources.arns import partition_of
from services.dynamodb.errors import ResourceNotFoundException, ValidationException
from services.dynamodb.store import items as item_store
from services.dynamodb.tables.global_tables import CURRENT, EVENTUAL, STRONG, Group
from services.dynamodb.tables.schema_checks import INVALID
from services.dynamodb.tables.table import Table

REGION_SETS: Final = (
    frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
)
"""Regions among which a table can be strongly consistent."""

_STRONG_REGIONS: Final = 3
_IMAGES: Final = "NEW_AND_OLD_IMAGES"
_EVERYWHERE: Final = (b"", None)
_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
_LOCAL: Final = (
    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or "
    "UpdateTable as required."
)

Input = Mapping[str, Any]


@dataclass(slots=True)
class ReplicaChanges:
    """`ReplicaUpdates` and `GlobalTableWitnessUpdates` by kind; what is created and updated with its settings."""

    created: dict[str, Input] = field(default_factory=dict)
    updated: dict[str, Input] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    disassociates: bool = False
    new_witness: str | None = None
    old_witness: str | None = None


def read_changes(input: Input, table: Table) -> ReplicaChanges:
    """The changes, each of which is one action on another region."""
    changes = ReplicaChanges()
    updates: Sequence[Input] = input.get("ReplicaUpdates", ())
    for update in updates:
        if not update:
            raise ValidationException("There are no actions specified in the Replica Update Action of the request.")
        if len(update) > 1:
            raise ValidationException("Only one replica action is allowed per ReplicationGroupUpdate object")
        kind, action = next(iter(update.items()))
        region = action["RegionName"]
        if kind == "Disassociate":
            _check_disassociation(updates, region, table)
            changes.disassociates = True
            continue
        if not is_region_beside(region, table.region):
            raise ValidationException(f"{INVALID}Region {region} is not supported")
        if region == table.region:
            raise ValidationException(_LOCAL)
        if region in changes.created or region in changes.updated or region in changes.deleted:
            raise ValidationException(f"Only one replica action is allowed per region. Region: {region}")
        settings = {name: value for name, value in action.items() if name != "RegionName"}
        if kind == "Create":
            changes.created[region] = settings
        elif kind == "Update":
            changes.updated[region] = settings
        else:
            changes.deleted.append(region)
    _read_witness(input, table, changes)
    return changes


def _read_witness(input: Input, table: Table, changes: ReplicaChanges) -> None:
    for update in input.get("GlobalTableWitnessUpdates", ()):
        if len(update) != 1:
            raise ValidationException(f"{INVALID}A witness is either created or deleted by a GlobalTableWitnessUpdate")
        if "Create" in update:
            changes.new_witness = update["Create"]["RegionName"]
            if not is_region_beside(changes.new_witness, table.region):
                raise ValidationException(f"{INVALID}Region {changes.new_witness} is not supported")
        if "Delete" in update:
            changes.old_witness = update["Delete"]["RegionName"]


def is_region_beside(region: str, other: str) -> bool:
    """Whether a text has the form of a region's name, and is in the partition of another."""
    return _REGION.fullmatch(region) is not None and partition_of(region) == partition_of(other)


def _check_disassociation(updates: Sequence[Input], region: str, table: Table) -> None:
    if len(updates) > 1:
        raise ValidationException("Disassociate must be the only replica update in the request")
    if region != table.region:
        raise ValidationException("Only the local replica can be disassociated")
    if not table.replicas or table.is_strong:
        raise ValidationException("The table is no replica of a global table with multi-Region eventual consistency")
    if table.definition.get("DisassociationProtectionEnabled", True):
        raise ValidationException(
            "Replica cannot be disassociated as it is currently protected against disassociation. Disable "
            "disassociation protection first."
        )


def check_changes(
    transaction: Transaction, input: Input, table: Table, group: Group | None, changes: ReplicaChanges
) -> None:
    """The changes go with the global table as it is."""
    if group is not None and group["Version"] != CURRENT:
        raise ValidationException(
            f"{INVALID}Replicas of a global table of version 2017.11.29 are changed with UpdateGlobalTable"
        )
    others = [region for region in (group["Replicas"] if group is not None else ()) if region != table.region]
    strangers = [region for region in (*changes.updated, *changes.deleted) if region not in others]
    if strangers:
        raise ValidationException(
            "Update global table operation failed because one or more replicas were not part of the global table. "
            f"Please retry the request without these replicas: [{', '.join(strangers)}]."
        )
    for settings in (*changes.created.values(), *changes.updated.values()):
        for index in settings.get("GlobalSecondaryIndexes", ()):
            known_index = table.index(index["IndexName"])
            if known_index is None or not known_index.is_global:
                raise ResourceNotFoundException(
                    f"Requested resource not found: Index {index['IndexName']} for table {table.name}"
                )
    consistency = input.get("MultiRegionConsistency")
    if consistency is not None and (group is not None or not changes.created):
        raise ValidationException(
            f"{INVALID}MultiRegionConsistency can only be specified when a global table is created by adding replicas"
        )
    known = group["Consistency"] if group is not None else consistency or EVENTUAL
    if known == STRONG:
        _check_strong(transaction, table, group, changes, others)
    elif changes.new_witness is not None or changes.old_witness is not None:
        raise ValidationException(f"{INVALID}Witnesses are only supported with MultiRegionConsistency STRONG")
    elif changes.created and table.stream_view_type not in (None, _IMAGES):
        raise ValidationException(
            f"{INVALID}The stream of a table with replicas must have the StreamViewType {_IMAGES}"
        )


def _check_strong(
    transaction: Transaction, table: Table, group: Group | None, changes: ReplicaChanges, others: Sequence[str]
) -> None:
    if group is not None:
        if changes.created or changes.new_witness is not None:
            raise ValidationException(
                f"{INVALID}Replicas cannot be added to a global table with multi-Region strong consistency"
            )
        goes = set(changes.deleted) == set(others) and changes.old_witness == group.get("Witness")
        if (changes.deleted or changes.old_witness is not None) and not goes:
            raise ValidationException(
                f"{INVALID}A global table with multi-Region strong consistency loses all other replicas and its "
                "witness together"
            )
        return
    regions = [table.region, *changes.created, *((changes.new_witness,) if changes.new_witness is not None else ())]
    if len(regions) != _STRONG_REGIONS or len(set(regions)) != _STRONG_REGIONS:
        raise ValidationException(
            f"{INVALID}A global table with multi-Region strong consistency has three replicas, or two and a witness"
        )
    if not any(set(regions) <= known for known in REGION_SETS):
        raise ValidationException(
            f"{INVALID}Multi-Region strong consistency is not supported among the regions [{', '.join(regions)}]"
        )
    if item_store.scan(transaction, table.table_id, _EVERYWHERE, after=None, limit=1):
        raise ValidationException(
            f"{INVALID}The table must be empty to become a global table with multi-Region strong consistency"
        )
    if "LocalSecondaryIndexes" in table.definition:
        raise ValidationException(
            f"{INVALID}Local secondary indexes are not supported with multi-Region strong consistency"
        )
    if table.ttl_attribute is not None:
        raise ValidationException(f"{INVALID}Time to Live is not supported with multi-Region strong consistency")
