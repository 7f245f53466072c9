"""Items put, got, updated and deleted, with what each returns."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire


async def test_an_item_comes_back_as_it_was_put(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table("items", "a:S", "b:N")
    item = {
        **wire({"a": "x", "b": 1, "text": "é"}),
        "set": {"SS": ["a", "z"]},
        "map": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}, {"B": "AQI="}]}}},
    }
    assert await dynamodb.put_item(TableName=table, Item=item) == {}
    answer = await dynamodb.get_item(TableName=table, Key=wire({"a": "x", "b": 1}))
    assert answer == {"Item": item}


async def test_numbers_are_kept_in_normal_form_and_found_by_any_form(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table("numbers", "n:N")
    await dynamodb.put_item(TableName=table, Item={"n": {"N": "+01.50"}, "m": {"N": "1e3"}})
    answer = await dynamodb.get_item(TableName=table, Key={"n": {"N": "15e-1"}})
    assert answer["Item"] == {"n": {"N": "1.5"}, "m": {"N": "1000"}}


async def test_a_put_returns_what_it_replaced(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    await dynamodb.put(table, {"a": "x", "v": 1})
    answer = await dynamodb.put_item(TableName=table, Item=wire({"a": "x", "v": 2}), ReturnValues="ALL_OLD")
    assert answer == {"Attributes": wire({"a": "x", "v": 1})}


async def test_a_failed_condition_shows_the_item_where_asked(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    await dynamodb.put(table, {"a": "x", "v": 1})
    refused = await dynamodb.refusal(
        "PutItem",
        TableName=table,
        Item=wire({"a": "x"}),
        ConditionExpression="attribute_not_exists(a)",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert refused.code == "ConditionalCheckFailedException"
    assert refused.message == "The conditional request failed"
    assert refused.body["Item"] == wire({"a": "x", "v": 1})


@pytest.mark.parametrize(
    ("returned", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", {"a": {"S": "x"}, "m": {"M": {"one": {"N": "1"}, "two": {"N": "2"}}}, "n": {"N": "1"}}),
        ("UPDATED_OLD", {"m": {"M": {"one": {"N": "1"}}}, "n": {"N": "1"}}),
        ("UPDATED_NEW", {"m": {"M": {"one": {"N": "7"}}}, "n": {"N": "3"}}),
        ("ALL_NEW", {"a": {"S": "x"}, "m": {"M": {"one": {"N": "7"}, "two": {"N": "2"}}}, "n": {"N": "3"}}),
    ],
)
async def test_an_update_returns_what_is_asked_for(
    dynamodb: DynamoDb, returned: str, attributes: dict[str, object] | None
) -> None:
    table = await dynamodb.table()
    await dynamodb.put(table, {"a": "x", "m": {"M": wire({"one": 1, "two": 2})}, "n": 1})
    answer = await dynamodb.update_item(
        TableName=table,
        Key=wire({"a": "x"}),
        UpdateExpression="SET m.one = :seven ADD n :two",
        ExpressionAttributeValues=wire({":seven": 7, ":two": 2}),
        ReturnValues=returned,
    )
    assert answer.get("Attributes") == attributes


async def test_an_update_makes_the_item_where_there_is_none(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    answer = await dynamodb.update_item(TableName=table, Key=wire({"a": "new"}), ReturnValues="ALL_NEW")
    assert answer == {"Attributes": wire({"a": "new"})}


@pytest.mark.parametrize(
    "update",
    [
        {"UpdateExpression": "REMOVE b, c"},
        {"UpdateExpression": "DELETE b :set", "ExpressionAttributeValues": {":set": {"SS": ["x"]}}},
        {"AttributeUpdates": {"b": {"Action": "DELETE"}}},
    ],
)
async def test_an_update_that_only_takes_away_makes_no_item(dynamodb: DynamoDb, update: dict[str, Any]) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    table = await dynamodb.table("taken", StreamSpecification=stream)
    answer = await dynamodb.update_item(TableName=table, Key=wire({"a": "x"}), ReturnValues="ALL_NEW", **update)
    assert answer == {}
    assert await dynamodb.all_items(table) == []
    await dynamodb.update_item(TableName=table, Key=wire({"a": "x"}))
    assert await dynamodb.all_items(table) == [{"a": "x"}]


async def test_deleting_what_is_not_there_succeeds(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    assert await dynamodb.delete_item(TableName=table, Key=wire({"a": "x"}), ReturnValues="ALL_OLD") == {}


async def test_legacy_parameters_do_what_expressions_do(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    await dynamodb.put_item(TableName=table, Item=wire({"a": "x"}), Expected={"a": {"Exists": False}})
    refused = await dynamodb.refusal(
        "PutItem", TableName=table, Item=wire({"a": "x"}), Expected={"a": {"Exists": False}}
    )
    assert refused.code == "ConditionalCheckFailedException"
    answer = await dynamodb.update_item(
        TableName=table,
        Key=wire({"a": "x"}),
        AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "2"}}, "b": {"Value": {"B": "AQI="}}},
        ReturnValues="ALL_NEW",
    )
    assert answer["Attributes"] == {"a": {"S": "x"}, "n": {"N": "2"}, "b": {"B": "AQI="}}


async def test_the_largest_item_and_one_byte_more(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    largest = {"a": {"S": "x"}, "b": {"S": "b" * (400 * 1024 - 3)}}
    await dynamodb.put_item(TableName=table, Item=largest)
    refused = await dynamodb.refusal("PutItem", TableName=table, Item={**largest, "b": {"S": largest["b"]["S"] + "b"}})
    assert refused.message == "Item size has exceeded the maximum allowed size"
    refused = await dynamodb.refusal(
        "UpdateItem",
        TableName=table,
        Key={"a": {"S": "x"}},
        UpdateExpression="SET c = :c",
        ExpressionAttributeValues={":c": {"S": ""}},
    )
    assert refused.message == "Item size to update has exceeded the maximum allowed size"


async def test_accounts_and_regions_keep_apart(dynamodb: DynamoDb) -> None:
    other = dynamodb.caller(account_id="111122223333")
    elsewhere = dynamodb.caller(region="eu-west-1")
    for caller in (dynamodb, other, elsewhere):
        await caller.table("same")
    await dynamodb.put("same", {"a": "x"})
    for caller in (other, elsewhere):
        assert await caller.get_item(TableName="same", Key=wire({"a": "x"})) == {}
    by_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/same"
    refused = await other.refusal("GetItem", TableName=by_arn, Key=wire({"a": "x"}))
    assert refused.code == "AccessDeniedException"
    assert "because no resource-based policy allows the dynamodb:GetItem action" in refused.message
    refused = await elsewhere.refusal("GetItem", TableName=by_arn, Key=wire({"a": "x"}))
    assert (refused.code, refused.message) == (
        "ValidationException",
        f"1 validation error detected: Invalid AWS region in '{by_arn}'",
    )


async def test_concurrent_counters_lose_nothing(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()

    async def increment() -> None:
        await dynamodb.update_item(
            TableName=table,
            Key=wire({"a": "counter"}),
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues=wire({":one": 1}),
        )

    await asyncio.gather(*(increment() for _ in range(20)))
    answer = await dynamodb.get_item(TableName=table, Key=wire({"a": "counter"}))
    assert answer["Item"]["n"] == {"N": "20"}
