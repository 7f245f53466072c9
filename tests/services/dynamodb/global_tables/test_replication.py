"""Writes that reach a global table's other regions: which of two is the last, streams, times to live, cuts, lag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire
from tests.services.dynamodb.global_tables.conftest import AWAY, HOME, THIRD, Regions, read, records

KEY = {"a": {"S": "k"}}


async def test_every_write_reaches_the_other_regions(regions: Regions) -> None:
    table = await regions.table()
    await regions.home.put(table, {"a": "k", "n": 1}, {"a": "other"})
    await regions.settle()
    assert await read(regions.away) == wire({"a": "k", "n": 1})
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    await regions.away.update_item(TableName=table, Key=KEY, **add)
    await regions.away.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": {"a": {"S": "other"}}}}]})
    await regions.settle()
    assert await regions.home.all_items(table) == [{"a": "k", "n": 2}]
    put = {"Put": {"TableName": table, "Item": wire({"a": "new"})}}
    await regions.home.transact_write_items(TransactItems=[put, {"Delete": {"TableName": table, "Key": KEY}}])
    await regions.home.execute_statement(Statement=f"UPDATE \"{table}\" SET b=1 WHERE a='new'")
    await regions.settle()
    assert await regions.away.all_items(table) == [{"a": "new", "b": 1}]


async def test_indexes_and_counts_are_those_of_each_region(regions: Regions) -> None:
    index = {
        "IndexName": "by-b",
        "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    of_index = {"AttributeDefinitions": [{"AttributeName": "b", "AttributeType": "S"}]}
    table = await regions.table("table", "a:S", GlobalSecondaryIndexes=[index], **of_index)
    await regions.home.put(table, {"a": "k", "b": "x"}, {"a": "l", "b": "y"})
    await regions.settle()
    given = {"KeyConditionExpression": "b = :b", "ExpressionAttributeValues": {":b": {"S": "x"}}}
    found = await regions.away.query(TableName=table, IndexName="by-b", **given)
    assert found["Items"] == [wire({"a": "k", "b": "x"})]
    described = (await regions.away.describe_table(TableName=table))["Table"]
    assert (described["ItemCount"], described["GlobalSecondaryIndexes"][0]["ItemCount"]) == (2, 2)


async def test_the_last_writer_wins_in_every_region(regions: Regions) -> None:
    table = await regions.table()
    await regions.add(THIRD)
    await regions.change(cut=AWAY)
    await regions.home.put(table, {"a": "first", "by": "home"}, {"a": "last", "by": "home"})
    regions.home.clock.advance(1)
    await regions.away.put(table, {"a": "first", "by": "away"})
    await regions.away.delete_item(TableName=table, Key={"a": {"S": "last"}})  # there is nothing yet to delete
    regions.home.clock.advance(1)
    await regions.home.put(table, {"a": "last", "by": "home again"})
    assert await regions.away.all_items(table) == [{"a": "first", "by": "away"}]
    await regions.change(join=AWAY)
    await regions.settle()
    for caller in (regions.home, regions.away, regions.third):
        assert await read(caller, "first") == wire({"a": "first", "by": "away"})
        assert await read(caller, "last") == wire({"a": "last", "by": "home again"})


async def test_a_deletion_that_is_later_wins_over_a_write_that_comes_after_it(regions: Regions) -> None:
    table = await regions.table()
    await regions.home.put(table, {"a": "k", "n": 1})
    await regions.settle()
    await regions.change(cut=AWAY)
    await regions.away.put(table, {"a": "k", "n": 2})
    regions.home.clock.advance(1)
    await regions.home.delete_item(TableName=table, Key=KEY)
    await regions.change(join=AWAY)
    await regions.settle()
    assert [await read(caller) for caller in (regions.home, regions.away)] == [None, None]


async def test_who_has_seen_a_write_writes_after_it_whatever_the_clock_says(regions: Regions) -> None:
    table = await regions.table()
    regions.home.clock.advance(7200)
    await regions.home.put(table, {"a": "k", "n": 1})
    await regions.settle()
    regions.home.clock.move_to(3600)
    await regions.away.put(table, {"a": "k", "n": 2})
    await regions.settle()
    assert await read(regions.home) == wire({"a": "k", "n": 2})


async def test_conditions_are_decided_where_the_write_is(regions: Regions) -> None:
    table = await regions.table()
    await regions.change(cut=AWAY)
    new = {"TableName": table, "Item": wire({"a": "k"}), "ConditionExpression": "attribute_not_exists(a)"}
    await regions.home.put_item(**new)
    await regions.away.put_item(**new)
    assert (await regions.home.refusal("PutItem", **new)).code == "ConditionalCheckFailedException"


async def test_each_region_has_a_stream_of_all_writes(regions: Regions) -> None:
    table = await regions.table()
    await regions.home.put(table, {"a": "k", "n": 1})
    await regions.settle()
    await regions.away.put(table, {"a": "k", "n": 2})
    await regions.settle()
    await regions.home.put(table, {"a": "k", "n": 2})  # which changes nothing
    await regions.settle()
    for caller, region in ((regions.home, HOME), (regions.away, AWAY)):
        insert, modify = await records(caller)
        assert (insert["awsRegion"], insert["eventName"], modify["eventName"]) == (region, "INSERT", "MODIFY")
        assert modify["dynamodb"]["OldImage"] == wire({"a": "k", "n": 1})
        assert modify["dynamodb"]["NewImage"] == wire({"a": "k", "n": 2})
        assert "userIdentity" not in modify


async def test_what_expires_is_deleted_by_the_service_in_one_region_alone(regions: Regions) -> None:
    table = await regions.table()
    await regions.home.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    described = (await regions.away.describe_time_to_live(TableName=table))["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    soon = int(regions.home.clock.now()) + 60
    await regions.home.put(table, {"a": "of home", "until": soon})
    await regions.away.put(table, {"a": "of away", "until": soon}, {"a": "kept", "until": soon})
    await regions.settle()
    await regions.home.put(table, {"a": "kept", "until": soon + 3600})
    await regions.settle()
    await regions.home.advance(120)
    await regions.settle()
    for caller, own in ((regions.home, "of home"), (regions.away, "of away")):
        assert [item["a"] for item in await caller.all_items(table)] == ["kept"]
        removed = [record for record in await records(caller) if record["eventName"] == "REMOVE"]
        by_service = {record["dynamodb"]["Keys"]["a"]["S"]: "userIdentity" in record for record in removed}
        assert by_service == {own: True} | {({"of home", "of away"} - {own}).pop(): False}


async def test_what_a_region_that_is_gone_wrote_expires_all_the_same(regions: Regions) -> None:
    table = await regions.table()
    await regions.home.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    await regions.away.put(table, {"a": "k", "until": int(regions.home.clock.now()) + 60})
    await regions.settle()
    await regions.remove(AWAY)
    await regions.home.settle()
    await regions.home.advance(120)
    assert await read(regions.home) is None


async def test_a_region_that_is_cut_off_keeps_its_writes_until_it_is_joined(regions: Regions) -> None:
    table = await regions.table()
    state = await regions.change(cut=AWAY)
    assert [cut["region"] for cut in state["cut"]] == [AWAY]
    await regions.home.put(table, {"a": "of home"})
    await regions.away.put(table, {"a": "of away"})
    assert [(way["from"], way["to"], way["writes"]) for way in await regions.waiting()] == [
        (AWAY, HOME, 1),
        (HOME, AWAY, 1),
    ]
    assert await regions.home.all_items(table) == [{"a": "of home"}]
    regions.home.clock.advance(10 * 86_400)
    await regions.change(join=AWAY)
    await regions.settle()
    for caller in (regions.home, regions.away):
        assert {item["a"] for item in await caller.all_items(table)} == {"of home", "of away"}


async def test_a_cut_for_one_account_is_none_for_another(regions: Regions) -> None:
    table = await regions.table()
    await regions.change(cut=AWAY, account="999999999999")
    await regions.home.put(table, {"a": "k"})
    await regions.settle()
    assert await read(regions.away) == KEY


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [
        ("POST", "", 400),
        ("POST", "cut=eu-west-1&join=eu-west-1", 400),
        ("POST", "cut=nowhere", 400),
        ("POST", "cut=eu-west-1&account=me", 400),
        ("POST", "cut=eu-west-1&acount=111122223333", 400),
        ("POST", "cut=eu-west-1&cut=us-east-1", 400),
        ("GET", "cut=eu-west-1", 400),
        ("POST", "join=eu-west-1", 404),
        ("PUT", "cut=eu-west-1", 405),
    ],
)
async def test_what_the_control_path_refuses(
    dynamodb_on_sqlite: DynamoDb, method: str, query: str, status: int
) -> None:
    answer = await dynamodb_on_sqlite.request(method, f"/_aws/dynamodb/regions?{query}", {}, b"", signed=False)
    assert answer.status == status, answer.body


async def test_a_fault_sends_a_write_twice_and_it_arrives_once(regions: Regions) -> None:
    table = await regions.table()
    rule = {"id": "twice", "region": AWAY, "resource": f"table/{table}", "delivery": "duplicate"}
    faults = regions.home.service.faults
    assert faults is not None
    faults.replace(1, [rule])
    await regions.home.put(table, {"a": "k"})
    await regions.settle()
    assert faults.hits() == {"twice": 1}
    assert len(await records(regions.away)) == 1


async def test_a_lag_goes_by_the_clock(started_regions: Callable[..., Any]) -> None:
    regions = await started_regions(replication_lag=30.0)
    table = await regions.table()
    await regions.home.put(table, {"a": "k"})
    regions.home.clock.advance(29)
    assert await read(regions.away) is None
    assert [way["writes"] for way in await regions.waiting()] == [1]
    regions.home.clock.advance(2)
    await regions.settle()
    assert await read(regions.away) == KEY
