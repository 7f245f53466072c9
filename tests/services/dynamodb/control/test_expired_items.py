"""Expired items deleted at once, when asked to by LocalStack's path."""

from __future__ import annotations

import json

from tests.services.dynamodb.conftest import DynamoDb

PATH = "/_aws/dynamodb/expired"


async def test_expired_items_go_when_asked_to(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table()
    await dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    now = int(dynamodb.clock.now())
    expiring = [{"a": f"short-{number}", "until": now + 5} for number in range(60)]
    await dynamodb.put(table, *expiring, {"a": "long", "until": now + 500}, {"a": "for ever"})
    dynamodb.clock.advance(10)
    answer = await dynamodb.request("DELETE", PATH, {}, b"")
    assert (answer.status, json.loads(answer.body)) == (200, {"ExpiredItems": 60})
    assert sorted(item["a"] for item in await dynamodb.all_items(table)) == ["for ever", "long"]
    answer = await dynamodb.request("DELETE", PATH, {}, b"")
    assert json.loads(answer.body) == {"ExpiredItems": 0}


async def test_all_accounts_expire_together(dynamodb_on_sqlite: DynamoDb) -> None:
    answer = await dynamodb_on_sqlite.request("DELETE", f"{PATH}?accountId=000000000000", {}, b"")
    assert (answer.status, json.loads(answer.body)["message"]) == (
        400,
        "there is no parameter 'accountId'; there are none",
    )


async def test_only_delete_deletes(dynamodb_on_sqlite: DynamoDb) -> None:
    assert (await dynamodb_on_sqlite.request("GET", PATH, {}, b"")).status == 405
