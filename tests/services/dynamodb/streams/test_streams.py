"""Streams: records of changes, shards, iterators, trimming."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire

HOUR = 3600


async def streamed(dynamodb: DynamoDb, view: str = "NEW_AND_OLD_IMAGES", name: str = "streamed") -> tuple[str, str]:
    """A table with a stream: its name and the stream's ARN."""
    specification = {"StreamEnabled": True, "StreamViewType": view}
    table = await dynamodb.table(name, StreamSpecification=specification)
    return table, (await dynamodb.describe_table(TableName=table))["Table"]["LatestStreamArn"]


async def shards(dynamodb: DynamoDb, arn: str) -> list[dict[str, Any]]:
    return (await dynamodb.describe_stream(StreamArn=arn))["StreamDescription"]["Shards"]


async def iterator(dynamodb: DynamoDb, arn: str, kind: str = "TRIM_HORIZON", shard: int = -1, **given: Any) -> str:
    shard_id = (await shards(dynamodb, arn))[shard]["ShardId"]
    answer = await dynamodb.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind, **given)
    return str(answer["ShardIterator"])


async def records(dynamodb: DynamoDb, arn: str, **given: Any) -> list[dict[str, Any]]:
    answer = await dynamodb.get_records(ShardIterator=await iterator(dynamodb, arn, **given))
    return answer["Records"]


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", [set(), set(), set()]),
        ("NEW_IMAGE", [{"NewImage"}, {"NewImage"}, set()]),
        ("OLD_IMAGE", [set(), {"OldImage"}, {"OldImage"}]),
        ("NEW_AND_OLD_IMAGES", [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}]),
    ],
)
async def test_each_view_holds_its_images(dynamodb: DynamoDb, view: str, images: list[set[str]]) -> None:
    table, arn = await streamed(dynamodb, view)
    await dynamodb.put(table, {"a": "x", "v": 1}, {"a": "x", "v": 2})
    await dynamodb.delete_item(TableName=table, Key=wire({"a": "x"}))
    found = await records(dynamodb, arn)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    assert [{"NewImage", "OldImage"} & record["dynamodb"].keys() for record in found] == images
    for record in found:
        assert record["dynamodb"]["Keys"] == wire({"a": "x"})
        assert record["dynamodb"]["StreamViewType"] == view
        assert record["eventSource"] == "aws:dynamodb"
        assert record["awsRegion"] == "us-east-1"
    numbers = [record["dynamodb"]["SequenceNumber"] for record in found]
    assert numbers == sorted(numbers, key=int)
    assert len(set(numbers)) == 3


async def test_what_changes_nothing_leaves_no_record(dynamodb: DynamoDb) -> None:
    table, arn = await streamed(dynamodb)
    item = {"a": "x", "set": {"SS": ["one", "two"]}}
    await dynamodb.put(table, item, item, {**item, "set": {"SS": ["two", "one"]}})
    await dynamodb.update_item(TableName=table, Key=wire({"a": "x"}), UpdateExpression="REMOVE absent")
    await dynamodb.delete_item(TableName=table, Key=wire({"a": "absent"}))
    assert len(await records(dynamodb, arn)) == 1


async def test_a_transaction_that_is_cancelled_leaves_no_record(dynamodb: DynamoDb) -> None:
    table, arn = await streamed(dynamodb)
    failing = {"TableName": table, "Key": wire({"a": "y"}), "ConditionExpression": "attribute_exists(a)"}
    refused = await dynamodb.refusal(
        "TransactWriteItems",
        TransactItems=[{"Put": {"TableName": table, "Item": wire({"a": "x"})}}, {"ConditionCheck": failing}],
    )
    assert refused.code == "TransactionCanceledException"
    assert await records(dynamodb, arn) == []


async def test_iterators_begin_where_they_are_told_to(dynamodb: DynamoDb) -> None:
    table, arn = await streamed(dynamodb)
    latest = await iterator(dynamodb, arn, "LATEST")
    await dynamodb.put(table, {"a": "1"}, {"a": "2"})
    begun = dynamodb.clock.now()
    dynamodb.clock.advance(5)
    await dynamodb.put(table, {"a": "3"})

    def keys(found: list[dict[str, Any]]) -> list[str]:
        return [record["dynamodb"]["Keys"]["a"]["S"] for record in found]

    everything = await records(dynamodb, arn)
    assert keys(everything) == ["1", "2", "3"]
    assert keys((await dynamodb.get_records(ShardIterator=latest))["Records"]) == ["1", "2", "3"]
    second = everything[1]["dynamodb"]["SequenceNumber"]
    assert keys(await records(dynamodb, arn, kind="AT_SEQUENCE_NUMBER", SequenceNumber=second)) == ["2", "3"]
    assert keys(await records(dynamodb, arn, kind="AFTER_SEQUENCE_NUMBER", SequenceNumber=second)) == ["3"]
    assert keys(await records(dynamodb, arn, kind="AT_TIMESTAMP", Timestamp=begun + 1)) == ["3"]
    page = await dynamodb.get_records(ShardIterator=await iterator(dynamodb, arn), Limit=2)
    assert keys(page["Records"]) == ["1", "2"]
    assert keys((await dynamodb.get_records(ShardIterator=page["NextShardIterator"]))["Records"]) == ["3"]


async def test_an_iterator_with_something_added_is_none(dynamodb_on_sqlite: DynamoDb) -> None:
    _, arn = await streamed(dynamodb_on_sqlite)
    spoilt = await iterator(dynamodb_on_sqlite, arn) + "x"
    refused = await dynamodb_on_sqlite.refusal("GetRecords", ShardIterator=spoilt)
    assert (refused.code, refused.message) == ("ValidationException", "Invalid ShardIterator")


async def test_iterators_and_records_grow_old(dynamodb: DynamoDb) -> None:
    table, arn = await streamed(dynamodb)
    await dynamodb.put(table, {"a": "1"})
    first = (await records(dynamodb, arn))[0]["dynamodb"]["SequenceNumber"]
    old = await iterator(dynamodb, arn)
    dynamodb.clock.advance(15 * 60 + 1)
    assert (await dynamodb.refusal("GetRecords", ShardIterator=old)).code == "ExpiredIteratorException"
    dynamodb.clock.advance(24 * HOUR)
    await dynamodb.put(table, {"a": "2"})
    assert len(await records(dynamodb, arn)) == 1
    shard_id = (await shards(dynamodb, arn))[0]["ShardId"]
    refused = await dynamodb.refusal(
        "GetShardIterator",
        StreamArn=arn,
        ShardId=shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=first,
    )
    assert refused.code == "TrimmedDataAccessException"
    await dynamodb.settle()
    assert len(await records(dynamodb, arn, shard=0)) == 1


async def test_a_shard_is_followed_by_its_child(dynamodb: DynamoDb) -> None:
    table, arn = await streamed(dynamodb)
    await dynamodb.put(table, {"a": "1"})
    await dynamodb.advance(5 * HOUR)
    await dynamodb.put(table, {"a": "2"})
    parent, child = await shards(dynamodb, arn)
    assert child["ParentShardId"] == parent["ShardId"]
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    filtered = await dynamodb.describe_stream(
        StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": parent["ShardId"]}
    )
    assert filtered["StreamDescription"]["Shards"] == [child]
    answer = await dynamodb.get_records(ShardIterator=await iterator(dynamodb, arn, shard=0))
    assert len(answer["Records"]) == 1
    assert "NextShardIterator" not in answer
    assert len(await records(dynamodb, arn, shard=1)) == 1
    await dynamodb.advance(25 * HOUR)
    assert parent not in await shards(dynamodb, arn)


async def test_a_stream_outlives_its_end_for_a_day(dynamodb: DynamoDb) -> None:
    table, arn = await streamed(dynamodb)
    await dynamodb.put(table, {"a": "1"})
    await dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    await dynamodb.put(table, {"a": "2"})
    description = (await dynamodb.describe_stream(StreamArn=arn))["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    answer = await dynamodb.get_records(ShardIterator=await iterator(dynamodb, arn))
    assert len(answer["Records"]) == 1
    assert "NextShardIterator" not in answer
    dynamodb.clock.advance(1)
    await dynamodb.update_table(
        TableName=table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )
    assert len((await dynamodb.list_streams(TableName=table))["Streams"]) == 2
    await dynamodb.advance(25 * HOUR)
    assert len((await dynamodb.list_streams(TableName=table))["Streams"]) == 1
    assert (await dynamodb.refusal("DescribeStream", StreamArn=arn)).code == "ResourceNotFoundException"


async def test_streams_are_listed_in_pages(dynamodb: DynamoDb) -> None:
    for name in ("one", "two", "three"):
        await streamed(dynamodb, name=name)
    first = await dynamodb.list_streams(Limit=2)
    assert [stream["TableName"] for stream in first["Streams"]] == ["one", "two"]
    second = await dynamodb.list_streams(ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"])
    assert [stream["TableName"] for stream in second["Streams"]] == ["three"]
    assert "LastEvaluatedStreamArn" not in second


async def test_an_expired_item_goes_with_a_record_that_says_so(dynamodb: DynamoDb) -> None:
    table, arn = await streamed(dynamodb)
    now = int(dynamodb.clock.now())
    await dynamodb.put(table, {"a": "before", "ttl": now + 50})
    await dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    await dynamodb.put(
        table,
        {"a": "soon", "ttl": now + 10},
        {"a": "later", "ttl": now + 1000},
        {"a": "text", "ttl": str(now)},
        {"a": "ancient", "ttl": now - 6 * 365 * 86400},
    )
    await dynamodb.put(table, {"a": "saved", "ttl": now + 20}, {"a": "saved", "ttl": now + 2000})
    await dynamodb.advance(100)
    assert {item["a"] for item in await dynamodb.all_items(table)} == {"later", "text", "ancient", "saved"}
    removed = [record for record in await records(dynamodb, arn) if record["eventName"] == "REMOVE"]
    assert sorted(record["dynamodb"]["Keys"]["a"]["S"] for record in removed) == ["before", "soon"]
    for record in removed:
        assert record["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    described = await dynamodb.describe_time_to_live(TableName=table)
    assert described["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
