"""Query and Scan: ranges, pages, directions, segments, filters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, plain, wire


async def ranges(dynamodb: DynamoDb) -> str:
    table = await dynamodb.table("ranges", "p:S", "r:N")
    await dynamodb.put(table, *({"p": "x", "r": n} for n in (-10, -1.5, 0, 0.001, 1, 2, 10, 100)), {"p": "y", "r": 5})
    return table


async def sorts(dynamodb: DynamoDb, table: str, condition: str, **given: Any) -> list[Any]:
    values = given.pop("values", {})
    answer = await dynamodb.query(
        TableName=table,
        KeyConditionExpression=f"p = :p{condition}",
        ExpressionAttributeValues=wire({":p": "x", **values}),
        **given,
    )
    return [plain(item)["r"] for item in answer["Items"]]


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("", {}, [-10, -1.5, 0, 0.001, 1, 2, 10, 100]),
        (" AND r = :r", {":r": 1}, [1]),
        (" AND r < :r", {":r": 0}, [-10, -1.5]),
        (" AND r <= :r", {":r": 0}, [-10, -1.5, 0]),
        (" AND r > :r", {":r": 2}, [10, 100]),
        (" AND r >= :r", {":r": 2}, [2, 10, 100]),
        (" AND r BETWEEN :r AND :s", {":r": -1.5, ":s": 1}, [-1.5, 0, 0.001, 1]),
    ],
)
async def test_a_range_of_sort_keys_in_order_and_against_it(
    dynamodb: DynamoDb, condition: str, values: dict[str, Any], expected: list[Any]
) -> None:
    table = await ranges(dynamodb)
    assert await sorts(dynamodb, table, condition, values=values) == expected
    assert await sorts(dynamodb, table, condition, values=values, ScanIndexForward=False) == expected[::-1]


@pytest.mark.parametrize("forward", [True, False])
async def test_pages_by_limit_lose_and_repeat_nothing(dynamodb: DynamoDb, forward: bool) -> None:
    table = await ranges(dynamodb)
    seen: list[Any] = []
    given: dict[str, Any] = {}
    while True:
        page = await dynamodb.query(
            TableName=table,
            KeyConditionExpression="p = :p AND r > :r",
            ExpressionAttributeValues=wire({":p": "x", ":r": -5}),
            ScanIndexForward=forward,
            Limit=3,
            **given,
        )
        seen += [plain(item)["r"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        given["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    expected = [-1.5, 0, 0.001, 1, 2, 10, 100]
    assert seen == (expected if forward else expected[::-1])


async def test_prefixes_and_bytes_that_sort_oddly(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table("texts", "p:S", "r:S")
    texts = ["", "a", "a\x00", "ab", "a\uffff", "b", "ä", "\U0001f600"]
    await dynamodb.put(table, *({"p": "x", "r": text} for text in texts[1:]))
    assert await sorts(dynamodb, table, " AND begins_with(r, :r)", values={":r": "a"}) == texts[1:5]
    assert await sorts(dynamodb, table, "") == texts[1:]


async def test_a_page_ends_at_one_megabyte(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table("large", "p:S", "r:N")
    await dynamodb.put(table, *({"p": "x", "r": n, "v": "v" * 300_000} for n in range(5)))
    first = await dynamodb.query(
        TableName=table,
        KeyConditionExpression="p = :p",
        ExpressionAttributeValues=wire({":p": "x"}),
        ReturnConsumedCapacity="TOTAL",
    )
    assert first["Count"] == 4
    assert first["LastEvaluatedKey"] == wire({"p": "x", "r": 3})
    assert first["ConsumedCapacity"]["CapacityUnits"] == 146.5
    assert len(await dynamodb.all_items(table)) == 5


async def test_segments_part_a_table(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table("parted")
    await dynamodb.put(table, *({"a": str(n)} for n in range(50)))
    whole = [item["a"] for item in await dynamodb.all_items(table)]
    parted: list[str] = []
    for segment in range(3):
        answer = await dynamodb.scan(TableName=table, Segment=segment, TotalSegments=3)
        parted += [plain(item)["a"] for item in answer["Items"]]
    assert parted == whole
    assert sorted(parted) == sorted(str(n) for n in range(50))


async def test_a_filter_counts_what_it_read(dynamodb: DynamoDb) -> None:
    table = await ranges(dynamodb)
    await dynamodb.put(table, {"p": "x", "r": 7, "color": "red"})
    answer = await dynamodb.query(
        TableName=table,
        KeyConditionExpression="p = :p",
        FilterExpression="color = :red",
        ProjectionExpression="r",
        ExpressionAttributeValues=wire({":p": "x", ":red": "red"}),
    )
    assert answer == {"Items": [wire({"r": 7})], "Count": 1, "ScannedCount": 9}
    answer = await dynamodb.scan(TableName=table, Select="COUNT")
    assert answer == {"Count": 10, "ScannedCount": 10}


async def test_a_batch_reads_and_writes_several_tables(dynamodb: DynamoDb) -> None:
    first, second = await dynamodb.table("first"), await dynamodb.table("second", "n:N")
    answer = await dynamodb.batch_write_item(
        RequestItems={
            first: [{"PutRequest": {"Item": wire({"a": str(n), "v": n})}} for n in range(3)],
            second: [{"PutRequest": {"Item": wire({"n": 1})}}],
        }
    )
    assert answer == {"UnprocessedItems": {}}
    await dynamodb.batch_write_item(RequestItems={first: [{"DeleteRequest": {"Key": wire({"a": "1"})}}]})
    answer = await dynamodb.batch_get_item(
        RequestItems={
            first: {"Keys": [wire({"a": str(n)}) for n in range(3)], "ProjectionExpression": "v"},
            second: {"Keys": [wire({"n": 1})]},
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == {first: [wire({"v": 0}), wire({"v": 2})], second: [wire({"n": 1})]}
    assert answer["UnprocessedKeys"] == {}
    assert [each["CapacityUnits"] for each in answer["ConsumedCapacity"]] == [1.5, 0.5]


async def test_a_start_key_has_no_empty_key(dynamodb_on_sqlite: DynamoDb) -> None:
    table = await dynamodb_on_sqlite.table()
    refused = await dynamodb_on_sqlite.refusal("Scan", TableName=table, ExclusiveStartKey={"a": {"S": ""}})
    assert (refused.code, refused.message) == (
        "ValidationException",
        "The provided starting key is invalid: One or more parameter values are not valid. The AttributeValue for a "
        "key attribute cannot contain an empty string value. Key: a",
    )


async def test_a_count_goes_without_a_projection(dynamodb_on_sqlite: DynamoDb) -> None:
    table = await dynamodb_on_sqlite.table()
    refused = await dynamodb_on_sqlite.refusal("Scan", TableName=table, Select="COUNT", ProjectionExpression="a")
    assert refused.message == "Cannot specify the ProjectionExpression when choosing to get only the Count"
