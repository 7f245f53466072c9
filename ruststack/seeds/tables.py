"""Tables: made, or their indexes and settings brought to what is said. A table's key cannot be changed, as on AWS."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ruststack.refusal import Refused
from ruststack.seeds import items
from ruststack.seeds.changes import Change, Resource, Wanted, tag_changes, texts, unless_missing

_MISSING = ("ResourceNotFoundException",)
_POLL_SECONDS = 0.05
_ACTIVE_SECONDS = 120.0

Definition = dict[str, Any]


def check(table: Resource) -> None:
    """Raises `SeedError` where there can be no such table, or not with these items."""
    items.check(table, _keys(_definition(table)))


def changes(table: Wanted) -> Iterator[Change]:
    """What is to be done until the table is as it is said to be, with the items that it is to hold."""
    what, definition = f"table {table.name}", _definition(table)
    found = unless_missing(lambda: _call(table, "DescribeTable"), *_MISSING)
    if found is None:
        yield Change(what, "create", lambda: _create(table, definition))
    else:
        yield from _differences(table, definition, found["Table"])
    yield from _further(table, is_there=found is not None)
    yield from items.changes(table, _keys(definition), is_there=found is not None)


def _keys(definition: Definition) -> items.Keys:
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in definition["AttributeDefinitions"]}
    return items.Keys([entry["AttributeName"] for entry in definition["KeySchema"]], types)


def _definition(table: Resource) -> Definition:
    """CreateTable's input."""
    said = table.said
    types: dict[str, str] = {}
    partition = said["partition_key"]
    definition: Definition = {"KeySchema": _key_schema(table, partition, said.get("sort_key"), types)}
    for name, kind in (("global_indexes", "GlobalSecondaryIndexes"), ("local_indexes", "LocalSecondaryIndexes")):
        found = [_index(table, index, name, number, types) for number, index in enumerate(said.get(name, ()))]
        if found:
            definition[kind] = found
    definition["AttributeDefinitions"] = [
        {"AttributeName": name, "AttributeType": attribute_type} for name, attribute_type in types.items()
    ]
    definition.update(_billing(said.get("capacity")))
    if "stream" in said:
        definition["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": said["stream"]}
    if "deletion_protection" in said:
        definition["DeletionProtectionEnabled"] = said["deletion_protection"]
    return definition


def _index(table: Resource, index: Mapping[str, Any], kind: str, number: int, types: dict[str, str]) -> Definition:
    partition = index.get("partition_key", table.said["partition_key"])
    if kind == "local_indexes" and "sort_key" not in index:
        raise table.mistake("lacks sort_key", kind, number)
    projection = index.get("projection", "ALL")
    made: Definition = {
        "IndexName": index["name"],
        "KeySchema": _key_schema(table, partition, index.get("sort_key"), types),
        "Projection": {"ProjectionType": projection}
        if isinstance(projection, str)
        else {"ProjectionType": "INCLUDE", "NonKeyAttributes": projection},
    }
    capacity = index.get("capacity", table.said.get("capacity"))
    if kind == "global_indexes" and capacity is not None:
        made["ProvisionedThroughput"] = _billing(capacity)["ProvisionedThroughput"]
    return made


def _key_schema(table: Resource, partition: Any, sort: Any, types: dict[str, str]) -> list[dict[str, str]]:
    schema = []
    for entry, kind in ((partition, "HASH"), (sort, "RANGE")):
        if entry is not None:
            name, attribute_type = (entry, None) if isinstance(entry, str) else (entry["name"], entry.get("type"))
            known = types.setdefault(name, attribute_type or "S")
            if attribute_type not in (None, known):
                raise table.mistake(f"has the key attribute {name} once as {known} and once as {attribute_type}")
            schema.append({"AttributeName": name, "KeyType": kind})
    return schema


def _billing(capacity: Mapping[str, int] | None) -> Definition:
    if capacity is None:
        return {"BillingMode": "PAY_PER_REQUEST"}
    throughput = {"ReadCapacityUnits": capacity["read"], "WriteCapacityUnits": capacity["write"]}
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput}


def _create(table: Wanted, definition: Definition) -> None:
    tags = [{"Key": name, "Value": value} for name, value in texts(table.said.get("tags", {})).items()]
    _call(table, "CreateTable", **definition, **({"Tags": tags} if tags else {}))
    _wait(table)


def _differences(table: Wanted, definition: Definition, current: Definition) -> Iterator[Change]:
    what = f"table {table.name}"
    _check_fixed(table, definition, current)
    for update in (_billing_update(definition, current), _stream_update(definition, current)):
        if update:
            yield Change(what, f"set {', '.join(update)}", partial(_update, table, update))
    protection = definition.get("DeletionProtectionEnabled")
    if protection is not None and protection != current.get("DeletionProtectionEnabled", False):
        update = {"DeletionProtectionEnabled": protection}
        yield Change(what, "set DeletionProtectionEnabled", partial(_update, table, update))
    there = {index["IndexName"]: index for index in current.get("GlobalSecondaryIndexes", ())}
    for number, index in enumerate(definition.get("GlobalSecondaryIndexes", ())):
        name = index["IndexName"]
        if name not in there:
            update = {
                "AttributeDefinitions": definition["AttributeDefinitions"],
                "GlobalSecondaryIndexUpdates": [{"Create": index}],
            }
            yield Change(what, f"add the index {name}", partial(_update, table, update))
        elif there[name]["KeySchema"] != index["KeySchema"]:
            raise table.mistake("is there with another key: delete it", "global_indexes", number)


def _check_fixed(table: Wanted, definition: Definition, current: Definition) -> None:
    """What AWS lets nobody change."""
    if current["KeySchema"] != definition["KeySchema"]:
        raise table.mistake("is there with another key: delete it", "name")
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in current["AttributeDefinitions"]}
    for entry in definition["AttributeDefinitions"]:
        known = types.get(entry["AttributeName"], entry["AttributeType"])
        if known != entry["AttributeType"]:
            raise table.mistake(f"is there with {entry['AttributeName']} of the type {known}: delete it", "name")
    local = {index["IndexName"]: index["KeySchema"] for index in current.get("LocalSecondaryIndexes", ())}
    for number, index in enumerate(definition.get("LocalSecondaryIndexes", ())):
        if local.get(index["IndexName"]) != index["KeySchema"]:
            text = "cannot be given to a table that is there: delete the table"
            raise table.mistake(text, "local_indexes", number)


def _billing_update(definition: Definition, current: Definition) -> Definition:
    mode = current.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    wanted = definition.get("ProvisionedThroughput", {})
    throughput = current.get("ProvisionedThroughput", {})
    if mode == definition["BillingMode"] and all(throughput.get(name) == value for name, value in wanted.items()):
        return {}
    update: Definition = {
        name: definition[name] for name in ("BillingMode", "ProvisionedThroughput") if name in definition
    }
    there = {index["IndexName"] for index in current.get("GlobalSecondaryIndexes", ())}
    if wanted and there and mode == "PAY_PER_REQUEST":
        update["GlobalSecondaryIndexUpdates"] = [
            {
                "Update": {
                    "IndexName": index["IndexName"],
                    "ProvisionedThroughput": index.get("ProvisionedThroughput", wanted),
                }
            }
            for index in definition.get("GlobalSecondaryIndexes", ())
            if index["IndexName"] in there
        ]
    return update


def _stream_update(definition: Definition, current: Definition) -> Definition:
    wanted = definition.get("StreamSpecification")
    if wanted is None or current.get("StreamSpecification") == wanted:
        return {}
    return {"StreamSpecification": wanted}


def _further(table: Wanted, *, is_there: bool) -> Iterator[Change]:
    """What CreateTable does not take."""
    what, said = f"table {table.name}", table.said
    if "time_to_live" in said:
        attribute = said["time_to_live"]
        found = _call(table, "DescribeTimeToLive")["TimeToLiveDescription"] if is_there else {}
        if (found.get("TimeToLiveStatus"), found.get("AttributeName")) != ("ENABLED", attribute):
            given = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": attribute}}
            yield Change(what, "set TimeToLive", partial(_call, table, "UpdateTimeToLive", **given))
    if "point_in_time_recovery" in said:
        wanted = said["point_in_time_recovery"]
        if _recovery(table, is_there=is_there) != wanted:
            given = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": wanted}}
            yield Change(what, "set PointInTimeRecovery", partial(_call, table, "UpdateContinuousBackups", **given))
    if is_there and said.get("tags"):
        arn = _call(table, "DescribeTable")["Table"]["TableArn"]
        listed = table.client.json(table.place, "dynamodb", "ListTagsOfResource", {"ResourceArn": arn})["Tags"]
        tagged = tag_changes({tag["Key"]: tag["Value"] for tag in listed}, said["tags"])
        if tagged:
            tags = [{"Key": name, "Value": value} for name, value in tagged.items()]
            asked: Definition = {"ResourceArn": arn, "Tags": tags}
            how = f"tag with {', '.join(tagged)}"
            yield Change(what, how, partial(table.client.json, table.place, "dynamodb", "TagResource", asked))


def _recovery(table: Wanted, *, is_there: bool) -> bool:
    if not is_there:
        return False
    found = _call(table, "DescribeContinuousBackups")["ContinuousBackupsDescription"]
    status = found.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    return bool(status == "ENABLED")


def _update(table: Wanted, update: Definition) -> None:
    _call(table, "UpdateTable", **update)
    _wait(table)


def _wait(table: Wanted) -> None:
    """Until the table and its indexes can be used."""
    until = time.monotonic() + _ACTIVE_SECONDS
    while time.monotonic() < until:
        found = _call(table, "DescribeTable")["Table"]
        indexes = found.get("GlobalSecondaryIndexes", ())
        if found["TableStatus"] == "ACTIVE" and all(index["IndexStatus"] == "ACTIVE" for index in indexes):
            return
        time.sleep(_POLL_SECONDS)
    raise Refused(f"the table {table.name} has not become active within {_ACTIVE_SECONDS:g} s")


def _call(table: Wanted, operation: str, **given: Any) -> dict[str, Any]:
    return table.client.json(table.place, "dynamodb", operation, {"TableName": table.name, **given})
