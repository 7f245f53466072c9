"""Secondary indexes: what is in them, in which order, and their coming and going."""

from __future__ import annotations

from typing import Any

import pytest

from services.dynamodb.tables import backfilling
from tests.services.dynamodb.conftest import DynamoDb, plain, wire

ALL = {"ProjectionType": "ALL"}


def schema(*parts: str) -> list[dict[str, str]]:
    """ "a" is a partition attribute, "+b" a sort attribute."""
    return [
        {"AttributeName": part.removeprefix("+"), "KeyType": "RANGE" if part.startswith("+") else "HASH"}
        for part in parts
    ]


def defined(**types: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def index(name: str, *parts: str, **given: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": schema(*parts), "Projection": given.get("projection", ALL)}


async def queried(dynamodb: DynamoDb, table: str, name: str, condition: str, **values: Any) -> list[dict[str, Any]]:
    answer = await dynamodb.query(
        TableName=table,
        IndexName=name,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=wire({f":{key}": value for key, value in values.items()}),
    )
    return [plain(item) for item in answer["Items"]]


async def test_items_enter_move_and_leave_a_sparse_index(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table(
        "sparse",
        AttributeDefinitions=defined(g="S", s="N"),
        GlobalSecondaryIndexes=[index("by-g", "g", "+s")],
    )
    await dynamodb.put(table, {"a": "1", "g": "x", "s": 2}, {"a": "2", "g": "x"}, {"a": "3", "g": "x", "s": -1})
    found = await queried(dynamodb, table, "by-g", "g = :g", g="x")
    assert [item["a"] for item in found] == ["3", "1"]
    await dynamodb.put(table, {"a": "1", "g": "y", "s": 2})
    await dynamodb.update_item(TableName=table, Key=wire({"a": "3"}), UpdateExpression="REMOVE s")
    assert await queried(dynamodb, table, "by-g", "g = :g", g="x") == []
    assert await queried(dynamodb, table, "by-g", "g = :g AND s > :s", g="y", s=1) == [{"a": "1", "g": "y", "s": 2}]
    await dynamodb.delete_item(TableName=table, Key=wire({"a": "1"}))
    assert (await dynamodb.scan(TableName=table, IndexName="by-g"))["Count"] == 0


async def test_a_local_index_reads_what_it_does_not_hold_from_the_table(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table(
        "local",
        "p:S",
        "r:S",
        AttributeDefinitions=defined(l="S"),
        LocalSecondaryIndexes=[index("by-l", "p", "+l", projection={"ProjectionType": "KEYS_ONLY"})],
    )
    await dynamodb.put(table, {"p": "x", "r": "1", "l": "b", "v": 1}, {"p": "x", "r": "2", "l": "a", "v": 2})
    held = await queried(dynamodb, table, "by-l", "p = :p", p="x")
    assert held == [{"p": "x", "r": "2", "l": "a"}, {"p": "x", "r": "1", "l": "b"}]
    answer = await dynamodb.query(
        TableName=table,
        IndexName="by-l",
        KeyConditionExpression="p = :p",
        ExpressionAttributeValues=wire({":p": "x"}),
        Select="ALL_ATTRIBUTES",
        ReturnConsumedCapacity="INDEXES",
        ConsistentRead=True,
    )
    assert [item["v"] for item in map(plain, answer["Items"])] == [2, 1]
    assert answer["ConsumedCapacity"]["Table"] == {"CapacityUnits": 2}
    assert answer["ConsumedCapacity"]["LocalSecondaryIndexes"] == {"by-l": {"CapacityUnits": 1}}


async def test_a_global_index_gives_only_what_it_holds(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table(
        "held",
        AttributeDefinitions=defined(g="S"),
        GlobalSecondaryIndexes=[
            index("by-g", "g", projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]})
        ],
    )
    await dynamodb.put(table, {"a": "1", "g": "x", "v": 1, "w": 2})
    assert await queried(dynamodb, table, "by-g", "g = :g", g="x") == [{"a": "1", "g": "x", "v": 1}]
    refused = await dynamodb.refusal(
        "Query",
        TableName=table,
        IndexName="by-g",
        KeyConditionExpression="g = :g",
        ProjectionExpression="w",
        ExpressionAttributeValues=wire({":g": "x"}),
    )
    assert "does not project [w]" in refused.message
    refused = await dynamodb.refusal("Scan", TableName=table, IndexName="by-g", ConsistentRead=True)
    assert refused.message == "Consistent reads are not supported on global secondary indexes"


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("g = :g AND h = :h", {"g": "x", "h": 1}, ["1", "2", "3"]),
        ("g = :g AND h = :h AND s = :s", {"g": "x", "h": 1, "s": "a"}, ["1", "2"]),
        ("g = :g AND h = :h AND s = :s AND t > :t", {"g": "x", "h": 1, "s": "a", "t": -1}, ["2"]),
        ("g = :g AND h = :h AND begins_with(s, :s)", {"g": "x", "h": 1, "s": "a"}, ["1", "2", "3"]),
        ("g = :g AND h = :h AND s > :s", {"g": "x", "h": 1, "s": "a"}, ["3"]),
        ("g = :g AND h = :h AND s <= :s", {"g": "x", "h": 1, "s": "a"}, ["1", "2"]),
    ],
)
async def test_an_index_with_several_key_attributes(
    dynamodb: DynamoDb, condition: str, values: dict[str, Any], expected: list[str]
) -> None:
    table = await dynamodb.table(
        "several",
        AttributeDefinitions=defined(g="S", h="N", s="S", t="N"),
        GlobalSecondaryIndexes=[index("by-all", "g", "h", "+s", "+t")],
    )
    await dynamodb.put(
        table,
        {"a": "3", "g": "x", "h": 1, "s": "ab", "t": 0},
        {"a": "2", "g": "x", "h": 1, "s": "a", "t": 0},
        {"a": "1", "g": "x", "h": 1, "s": "a", "t": -5},
        {"a": "4", "g": "x", "h": 2, "s": "a", "t": 0},
        {"a": "5", "g": "x", "h": 1, "s": "a"},
    )
    found = await queried(dynamodb, table, "by-all", condition, **values)
    assert [item["a"] for item in found] == expected


async def test_an_index_added_later_is_filled_and_one_dropped_is_gone(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table("later")
    await dynamodb.put(table, *({"a": f"{n:04}", "g": n % 3} for n in range(60)))
    await dynamodb.put(table, {"a": "text", "g": "not a number"}, {"a": "none"})
    await dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=defined(g="N"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by-g", "g")}],
    )
    await dynamodb.settle()
    described = (await dynamodb.describe_table(TableName=table))["Table"]
    assert described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert described["GlobalSecondaryIndexes"][0]["ItemCount"] == 60
    assert len(await queried(dynamodb, table, "by-g", "g = :g", g=1)) == 20
    await dynamodb.put(table, {"a": "new", "g": 1})
    assert len(await queried(dynamodb, table, "by-g", "g = :g", g=1)) == 21
    await dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}])
    described = (await dynamodb.describe_table(TableName=table))["Table"]
    assert "GlobalSecondaryIndexes" not in described
    assert described["AttributeDefinitions"] == defined(a="S")


async def test_writes_while_an_index_is_filled_are_counted_once(
    dynamodb: DynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "_AT_ONCE", 5)
    table = await dynamodb.table("filling")
    await dynamodb.put(table, *({"a": str(number), "g": "x"} for number in range(30)))
    await dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=defined(g="S"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by-g", "g")}],
    )
    error = await dynamodb.refusal("Scan", TableName=table, IndexName="by-g")
    assert error.message == "Cannot read from backfilling global secondary index: by-g"
    for number in range(10):
        await dynamodb.delete_item(TableName=table, Key=wire({"a": str(number)}))
    await dynamodb.put(table, *({"a": str(number), "g": "x", "more": "text"} for number in range(10, 20)))
    await dynamodb.put(table, *({"a": str(number), "g": "y"} for number in range(20, 25)))
    await dynamodb.put(table, *({"a": str(number), "g": "x"} for number in range(100, 105)))
    await dynamodb.settle()
    described = (await dynamodb.describe_table(TableName=table))["Table"]
    of_index = described["GlobalSecondaryIndexes"][0]
    assert (of_index["ItemCount"], of_index["IndexSizeBytes"]) == (described["ItemCount"], described["TableSizeBytes"])
    assert (await dynamodb.scan(TableName=table, IndexName="by-g"))["Count"] == described["ItemCount"] == 25


async def test_writes_name_the_capacity_of_each_index(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table(
        "units",
        AttributeDefinitions=defined(g="S"),
        GlobalSecondaryIndexes=[
            index("all", "g"),
            index("keys", "g", projection={"ProjectionType": "KEYS_ONLY"}),
        ],
    )

    async def units(item: dict[str, Any]) -> dict[str, float]:
        answer = await dynamodb.put_item(TableName=table, Item=wire(item), ReturnConsumedCapacity="INDEXES")
        consumed = answer["ConsumedCapacity"]
        indexes = {name: each["CapacityUnits"] for name, each in consumed.get("GlobalSecondaryIndexes", {}).items()}
        return {"total": consumed["CapacityUnits"], "table": consumed["Table"]["CapacityUnits"], **indexes}

    assert await units({"a": "1", "g": "x", "v": "v" * 1500}) == {"total": 5, "table": 2, "all": 2, "keys": 1}
    assert await units({"a": "1", "g": "x", "v": "w"}) == {"total": 4, "table": 2, "all": 2}
    assert await units({"a": "1", "g": "y", "v": "w"}) == {"total": 5, "table": 1, "all": 2, "keys": 2}
    assert await units({"a": "1", "g": "y", "v": "w"}) == {"total": 1, "table": 1}
