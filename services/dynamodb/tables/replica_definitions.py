"""A replica's definition, made of that of a replica which is there, and the settings in which it follows the others.

Of its own a replica has deletion protection, recovery, tags, policies, Kinesis destinations and insights; it may have
read capacity, a table class and a key of its own. Everything else is the same in all.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.tables.encryption import describe_encryption
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_creation import Definition
from services.dynamodb.tables.throughput_checks import maximum_after

_COPIED: Final = (
    *("TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "PayPerRequestSince", "ProvisionedThroughput"),
    *("LocalSecondaryIndexes", "GlobalSecondaryIndexes", "NextIndexNumber", "VectorIndexes", "OnDemandThroughput"),
    *("WarmThroughput", "TableClassSummary", "TimeToLive"),
)
_FOLLOWING: Final = ("BillingMode", "AttributeDefinitions", "WarmThroughput", "VectorIndexUpdates")
_READ, _WRITE, _MOST_READ = "ReadCapacityUnits", "WriteCapacityUnits", "MaxReadRequestUnits"

Settings = Mapping[str, Any]


def replica_definition(source: Table, settings: Settings, region: str, now: float, until: float) -> Definition:
    """The definition of a replica in `region` that begins `now`, without its stream."""
    given = source.definition
    definition: Definition = {name: given[name] for name in _COPIED if name in given}
    definition |= {
        "TableId": str(uuid.uuid4()),
        "CreationDateTime": now,
        "Status": "CREATING",
        "StatusUntil": until,
        "DeletionProtectionEnabled": False,
    }
    indexes = [_new_index(entry, until) for entry in given.get("GlobalSecondaryIndexes", ()) if not _is_going(entry)]
    if indexes:
        definition["GlobalSecondaryIndexes"] = indexes
    else:
        definition.pop("GlobalSecondaryIndexes", None)
    if "SSEDescription" in given:
        key = settings.get("KMSMasterKeyId")
        definition["SSEDescription"] = _encryption(source.account_id, region, key)
    if "TimeToLive" in given:
        definition["TimeToLive"] = {name: given["TimeToLive"][name] for name in ("Enabled", "AttributeName")}
        definition["TimeToLive"]["StatusUntil"] = until
    return with_settings(definition, settings, source.account_id, region, now)


def _is_going(index: Mapping[str, Any]) -> bool:
    return index.get("Status") == "DELETING"


def _new_index(index: Mapping[str, Any], until: float) -> Definition:
    kept = {name: value for name, value in index.items() if name not in ("Backfilling", "BackfilledTo", "AddedLater")}
    return {**kept, "Status": "CREATING", "StatusUntil": until}


def with_settings(definition: Definition, settings: Settings, account_id: str, region: str, now: float) -> Definition:
    """The definition of a replica with what it has of its own."""
    changed = _with_capacity(definition, settings)
    if "TableClassOverride" in settings:
        known = changed.get("TableClassSummary", {}).get("TableClass", "STANDARD")
        if settings["TableClassOverride"] != known:
            summary = {"TableClass": settings["TableClassOverride"], "LastUpdateDateTime": now}
            changed["TableClassSummary"] = summary
    if "KMSMasterKeyId" in settings:
        changed["SSEDescription"] = _encryption(account_id, region, settings["KMSMasterKeyId"])
    of_indexes = {entry["IndexName"]: entry for entry in settings.get("GlobalSecondaryIndexes", ())}
    if of_indexes and "GlobalSecondaryIndexes" in changed:
        changed["GlobalSecondaryIndexes"] = [
            _with_capacity(entry, of_indexes.get(entry["IndexName"], {})) for entry in changed["GlobalSecondaryIndexes"]
        ]
    return changed


def _encryption(account_id: str, region: str, key: str | None) -> Mapping[str, Any] | None:
    specification = {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key is not None else {})}
    return describe_encryption(specification, account_id, region)


def _with_capacity(holder: Definition, settings: Settings) -> Definition:
    changed = dict(holder)
    units = settings.get("ProvisionedThroughputOverride", {}).get(_READ)
    if units is not None and changed["ProvisionedThroughput"][_READ]:
        changed["ProvisionedThroughput"] = {**changed["ProvisionedThroughput"], _READ: units}
    most = settings.get("OnDemandThroughputOverride", {}).get(_MOST_READ)
    if most is not None:
        maximum = maximum_after(changed.pop("OnDemandThroughput", {}), {_MOST_READ: most})
        if maximum:
            changed["OnDemandThroughput"] = maximum
    return changed


def following(input: Mapping[str, Any], replica: Table, settings: Settings) -> dict[str, Any]:
    """What of an UpdateTable request in one region changes a replica in another, whose own settings are `settings`."""
    followed: dict[str, Any] = {name: input[name] for name in _FOLLOWING if name in input}
    throughput = _followed_units(input, replica.definition, settings)
    if throughput is not None:
        followed["ProvisionedThroughput"] = throughput
    if "OnDemandThroughput" in input:
        followed["OnDemandThroughput"] = _followed_most(input["OnDemandThroughput"], settings)
    if "TableClass" in input and "TableClassOverride" not in settings:
        followed["TableClass"] = input["TableClass"]
    if "GlobalSecondaryIndexUpdates" in input:
        updates = [_followed_update(update, replica, settings) for update in input["GlobalSecondaryIndexUpdates"]]
        followed["GlobalSecondaryIndexUpdates"] = [update for update in updates if update is not None]
    return followed


def followed_encryption(input: Mapping[str, Any], replica: Table, settings: Settings) -> Mapping[str, Any] | None:
    """`SSEDescription` of a replica after the type of encryption was changed in another; its key is its own."""
    specification = input["SSESpecification"]
    if describe_encryption(specification, replica.account_id, replica.region) is None:
        return None
    known: Mapping[str, Any] | None = replica.definition.get("SSEDescription")
    return known or _encryption(replica.account_id, replica.region, settings.get("KMSMasterKeyId"))


def _followed_update(update: Mapping[str, Any], replica: Table, settings: Settings) -> Mapping[str, Any] | None:
    kind, action = next(iter(update.items()))
    if kind == "Delete":
        return update
    of_index: Settings = next(
        (entry for entry in settings.get("GlobalSecondaryIndexes", ()) if entry["IndexName"] == action["IndexName"]), {}
    )
    entries = replica.definition.get("GlobalSecondaryIndexes", ())
    holder = next((entry for entry in entries if entry["IndexName"] == action["IndexName"]), None)
    changed = {name: value for name, value in action.items() if name != "ProvisionedThroughput"}
    units = _followed_units(action, holder, of_index)
    if units is not None:
        changed["ProvisionedThroughput"] = units
    if "OnDemandThroughput" in action:
        changed["OnDemandThroughput"] = _followed_most(action["OnDemandThroughput"], of_index)
    return {kind: changed} if kind == "Create" or len(changed) > 1 else None


def _followed_units(
    given: Mapping[str, Any], holder: Mapping[str, Any] | None, settings: Settings
) -> dict[str, int] | None:
    """`ProvisionedThroughput` of a request for another replica; None where that has it already."""
    if "ProvisionedThroughput" not in given:
        return None
    units = {name: given["ProvisionedThroughput"][name] for name in (_READ, _WRITE)}
    units[_READ] = settings.get("ProvisionedThroughputOverride", {}).get(_READ, units[_READ])
    known = holder["ProvisionedThroughput"] if holder is not None else {}
    return units if any(known.get(name) != value for name, value in units.items()) else None


def _followed_most(given: Mapping[str, int], settings: Settings) -> dict[str, int]:
    own = settings.get("OnDemandThroughputOverride", {})
    return {**given, **{name: own[name] for name in (_MOST_READ,) if name in own}}
