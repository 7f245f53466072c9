"""Whatever three regions write, and whoever is cut off meanwhile: in the end all have the same, and the streams too."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, plain
from tests.services.dynamodb.global_tables.conftest import AWAY, HOME, THIRD, Regions, records

_KEYS = ("a", "b", "c", "d")
_STEPS = 150
_ADD = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
_INDEX = {
    "IndexName": "by-b",
    "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


async def write(caller: DynamoDb, random: Random, number: int) -> None:
    """One write of some kind to some item."""
    key = {"a": {"S": random.choice(_KEYS)}}
    match random.randrange(4):
        case 0:
            await caller.delete_item(TableName="table", Key=key)
        case 1:
            await caller.update_item(TableName="table", Key=key, **_ADD)
        case 2:
            item = {**key, "b": {"S": random.choice("xyz")}, "by": {"S": caller.region}}
            await caller.transact_write_items(TransactItems=[{"Put": {"TableName": "table", "Item": item}}])
        case _:
            await caller.put_item(TableName="table", Item={**key, "number": {"N": str(number)}})


async def told_by_the_stream(caller: DynamoDb) -> dict[str, Any]:
    """The items that one has who follows a region's stream from its beginning."""
    items: dict[str, Any] = {}
    for record in await records(caller):
        change = record["dynamodb"]
        key = change["Keys"]["a"]["S"]
        assert items.get(key) == change.get("OldImage"), "each change begins where the one before it ended"
        items.pop(key, None)
        if "NewImage" in change:
            items[key] = change["NewImage"]
    return {key: plain(item) for key, item in items.items()}


@pytest.mark.parametrize("seed", [1, 2])
async def test_all_regions_agree_in_the_end(regions: Regions, seed: int) -> None:
    random = Random(seed)
    of_index = [{"AttributeName": "b", "AttributeType": "S"}]
    await regions.table("table", "a:S", GlobalSecondaryIndexes=[_INDEX], AttributeDefinitions=of_index)
    await regions.add(THIRD)
    cut: set[str] = set()
    for number in range(_STEPS):
        await write(random.choice((regions.home, regions.away, regions.third)), random, number)
        if random.random() < 0.1:
            region = random.choice((HOME, AWAY, THIRD))
            await regions.change(**{"join" if region in cut else "cut": region})
            cut ^= {region}
        if random.random() < 0.3:
            regions.home.clock.advance(random.random())
    for region in cut:
        await regions.change(join=region)
    await regions.settle()
    states = []
    for caller in (regions.home, regions.away, regions.third):
        items = {item["a"]: item for item in await caller.all_items("table")}
        assert await told_by_the_stream(caller) == items
        described = (await caller.describe_table(TableName="table"))["Table"]
        assert described["ItemCount"] == len(items)
        indexed = [plain(item) for item in (await caller.scan(TableName="table", IndexName="by-b"))["Items"]]
        assert {item["a"] for item in indexed} == {item["a"] for item in items.values() if "b" in item}
        states.append(items)
    assert states[0] == states[1] == states[2]
