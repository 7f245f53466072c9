"""Items: found by Scan, Query and PartiQL, read, put and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.interfaces.aws_client import AwsClient
from console.interfaces.dynamodb.calls import call

Value = Mapping[str, Any]
Item = Mapping[str, Value]

_BATCH = 25
_UNPROCESSED_TRIES = 5


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: by `key_condition` (then it is a Query) and `filter`, with their names and values."""

    table: str
    index: str = ""
    key_condition: str = ""
    filter: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """`scanned` items were looked at; `next_key` is where the search goes on, None where it is at its end."""

    items: Sequence[Item]
    scanned: int
    next_key: Item | None


async def search(client: AwsClient, wanted: Search, start: Item | None, most: int) -> Found:
    """One page: `most` items are looked at."""
    output = await call(
        client,
        "Query" if wanted.key_condition else "Scan",
        TableName=wanted.table,
        IndexName=wanted.index or None,
        KeyConditionExpression=wanted.key_condition or None,
        FilterExpression=wanted.filter or None,
        ExpressionAttributeNames=wanted.names or None,
        ExpressionAttributeValues=wanted.values or None,
        ScanIndexForward=False if wanted.key_condition and wanted.descending else None,
        ExclusiveStartKey=start,
        Limit=most,
    )
    return Found(output.get("Items", ()), output.get("ScannedCount", 0), output.get("LastEvaluatedKey"))


async def execute_statement(
    client: AwsClient, statement: str, token: str = "", most: int | None = None
) -> tuple[Sequence[Item], str]:
    """PartiQL: the items, and where the statement goes on (empty: nowhere)."""
    output = await call(client, "ExecuteStatement", Statement=statement, NextToken=token or None, Limit=most)
    return output.get("Items", ()), output.get("NextToken", "")


async def get_item(client: AwsClient, table: str, key: Item) -> Item | None:
    """None where there is none."""
    output = await call(client, "GetItem", TableName=table, Key=key, ConsistentRead=True)
    found: Item | None = output.get("Item")
    return found


async def put_item(client: AwsClient, table: str, item: Item, *, only_new_by: str = "") -> None:
    """`only_new_by` names a key attribute, where no item may be there that has the key."""
    await call(
        client,
        "PutItem",
        TableName=table,
        Item=item,
        ConditionExpression="attribute_not_exists(#key)" if only_new_by else None,
        ExpressionAttributeNames={"#key": only_new_by} if only_new_by else None,
    )


async def delete_item(client: AwsClient, table: str, key: Item) -> None:
    await call(client, "DeleteItem", TableName=table, Key=key)


async def delete_items(client: AwsClient, table: str, keys: Sequence[Item]) -> int:
    """How many are deleted: what DynamoDB leaves unprocessed is asked for again a few times."""
    waiting: list[Any] = [{"DeleteRequest": {"Key": key}} for key in keys]
    for attempt in range(_UNPROCESSED_TRIES):
        left: list[Any] = []
        for start in range(0, len(waiting), _BATCH):
            output = await call(client, "BatchWriteItem", RequestItems={table: waiting[start : start + _BATCH]})
            left += output.get("UnprocessedItems", {}).get(table, ())
        waiting = left
        if not waiting:
            break
        await asyncio.sleep(0.05 * 2**attempt)
    return len(keys) - len(waiting)
