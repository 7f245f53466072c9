"""Transactions: all or nothing, with a reason for each part."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.services.dynamodb.conftest import DynamoDb, Refused, wire


def put(table: str, **item: Any) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": wire(item)}}


async def test_parts_of_all_kinds_are_carried_out_together(dynamodb: DynamoDb) -> None:
    first, second = await dynamodb.table("first"), await dynamodb.table("second", "n:N")
    await dynamodb.put(first, {"a": "update", "v": 1}, {"a": "delete"}, {"a": "check"})
    answer = await dynamodb.transact_write_items(
        TransactItems=[
            put(second, n=1),
            {
                "Update": {
                    "TableName": first,
                    "Key": wire({"a": "update"}),
                    "UpdateExpression": "SET v = v + :one",
                    "ExpressionAttributeValues": wire({":one": 1}),
                }
            },
            {"Delete": {"TableName": first, "Key": wire({"a": "delete"})}},
            {
                "ConditionCheck": {
                    "TableName": first,
                    "Key": wire({"a": "check"}),
                    "ConditionExpression": "attribute_exists(a)",
                }
            },
        ],
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == [
        {"TableName": second, "CapacityUnits": 2, "WriteCapacityUnits": 2},
        {"TableName": first, "CapacityUnits": 6, "WriteCapacityUnits": 6},
    ]
    answer = await dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": first, "Key": wire({"a": name})}} for name in ("update", "delete", "check")
        ]
        + [{"Get": {"TableName": second, "Key": wire({"n": 1}), "ProjectionExpression": "n"}}],
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == [
        {"Item": wire({"a": "update", "v": 2})},
        {},
        {"Item": wire({"a": "check"})},
        {"Item": wire({"n": 1})},
    ]
    assert [each["ReadCapacityUnits"] for each in answer["ConsumedCapacity"]] == [6, 2]


async def test_one_failing_part_undoes_the_others_and_says_why(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    await dynamodb.put(table, {"a": "there", "text": "t"})
    refused = await dynamodb.refusal(
        "TransactWriteItems",
        TransactItems=[
            put(table, a="new"),
            {
                "Put": {
                    "TableName": table,
                    "Item": wire({"a": "there"}),
                    "ConditionExpression": "attribute_not_exists(a)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
            {
                "Update": {
                    "TableName": table,
                    "Key": wire({"a": "other"}),
                    "UpdateExpression": "SET v = gone + :one",
                    "ExpressionAttributeValues": wire({":one": 1}),
                }
            },
        ],
    )
    assert refused.code == "TransactionCanceledException"
    assert refused.message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, ValidationError]"
    )
    assert refused.body["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": wire({"a": "there", "text": "t"}),
        },
        {
            "Code": "ValidationError",
            "Message": "The provided expression refers to an attribute that does not exist in the item",
        },
    ]
    assert [item["a"] for item in await dynamodb.all_items(table)] == ["there"]
    assert (await dynamodb.describe_table(TableName=table))["Table"]["ItemCount"] == 1


async def test_an_update_of_a_key_cancels_a_transaction(dynamodb_on_sqlite: DynamoDb) -> None:
    table = await dynamodb_on_sqlite.table()
    update = {"UpdateExpression": "SET a = :v", "ExpressionAttributeValues": wire({":v": "y"})}
    refused = await dynamodb_on_sqlite.refusal(
        "TransactWriteItems",
        TransactItems=[{"Update": {"TableName": table, "Key": wire({"a": "x"}), **update}}, put(table, a="z")],
    )
    assert refused.code == "TransactionCanceledException"
    assert refused.body["CancellationReasons"] == [
        {
            "Code": "ValidationError",
            "Message": "One or more parameter values were invalid: Cannot update attribute a. This attribute is part "
            "of the key",
        },
        {"Code": "None"},
    ]
    assert await dynamodb_on_sqlite.all_items(table) == []


async def test_an_item_has_one_part_in_a_transaction(dynamodb_on_sqlite: DynamoDb) -> None:
    dynamodb = dynamodb_on_sqlite
    table = await dynamodb.table()
    same = {"Delete": {"TableName": table, "Key": wire({"a": "x"})}}
    refused = await dynamodb.refusal("TransactWriteItems", TransactItems=[put(table, a="x"), same])
    assert refused.message == "Transaction request cannot include multiple operations on one item"
    refused = await dynamodb.refusal("TransactWriteItems", TransactItems=[{**put(table, a="x"), **same}])
    assert refused.message == "TransactItems can only contain one of Check, Put, Update or Delete"


async def test_a_token_makes_a_transaction_happen_once(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    add = {
        "Update": {
            "TableName": table,
            "Key": wire({"a": "x"}),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": wire({":one": 1}),
        }
    }
    for _ in range(3):
        await dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="token")
    answer = await dynamodb.get_item(TableName=table, Key=wire({"a": "x"}))
    assert answer["Item"]["n"] == {"N": "1"}
    refused = await dynamodb.refusal(
        "TransactWriteItems", TransactItems=[put(table, a="other")], ClientRequestToken="token"
    )
    assert refused.code == "IdempotentParameterMismatchException"
    await dynamodb.advance(601)
    await dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="token")
    answer = await dynamodb.get_item(TableName=table, Key=wire({"a": "x"}))
    assert answer["Item"]["n"] == {"N": "2"}


async def test_concurrent_transfers_keep_the_sum(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    await dynamodb.put(table, *({"a": f"account-{number}", "balance": 10} for number in range(4)))

    async def transfer(source: int, target: int) -> None:
        def change(account: int, amount: int, condition: str) -> dict[str, Any]:
            return {
                "Update": {
                    "TableName": table,
                    "Key": wire({"a": f"account-{account}"}),
                    "UpdateExpression": "SET balance = balance + :amount",
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": wire({":amount": amount, ":least": 3}),
                }
            }

        try:
            await dynamodb.transact_write_items(
                TransactItems=[
                    change(source, -3, "balance >= :least"),
                    change(target, 3, "attribute_exists(a) OR a = :least"),
                ]
            )
        except Refused as refused:
            assert refused.code == "TransactionCanceledException"

    await asyncio.gather(
        *(transfer(number % 4, (number * 7 + 1) % 4) for number in range(24) if number % 4 != (number * 7 + 1) % 4)
    )
    balances = [item["balance"] for item in await dynamodb.all_items(table)]
    assert sum(balances) == 40
    assert min(balances) >= 0
