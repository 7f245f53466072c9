"""SELECT: query or scan, conditions, columns, order, pages, indexes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, plain, wire

INDEX = {
    "IndexName": "by-group",
    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["s"]},
}


async def filled(dynamodb: DynamoDb) -> None:
    await dynamodb.table(
        "table",
        "h:S",
        "r:N",
        AttributeDefinitions=[
            {"AttributeName": "g", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[INDEX],
    )
    for number in range(3):
        await dynamodb.put(
            "table",
            {
                "h": "a",
                "r": number,
                "n": 10 - number,
                "g": "g",
                "l": [1, "x"],
                "m": {"M": {"x": {"N": "1"}}},
                "ss": {"a", "b"},
            },
        )
    await dynamodb.put("table", {"h": "b", "r": 1, "s": "hello", "nothing": {"NULL": True}})


async def select(dynamodb: DynamoDb, statement: str, *parameters: dict[str, Any], **given: Any) -> Any:
    if parameters:
        given["Parameters"] = list(parameters)
    return await dynamodb.execute_statement(Statement=statement, **given)


async def keys(dynamodb: DynamoDb, where: str, *parameters: dict[str, Any]) -> list[tuple[str, int]]:
    answer = await select(dynamodb, f"SELECT h, r FROM table1 {where}".replace("table1", '"table"'), *parameters)
    return [(item["h"]["S"], int(item["r"]["N"])) for item in answer["Items"]]


ALL_OF_A = [("a", 0), ("a", 1), ("a", 2)]


WHERE = [
    ("", [*ALL_OF_A, ("b", 1)]),
    ("WHERE h = 'a'", ALL_OF_A),
    ("WHERE 'a' = h AND 1 < r", [("a", 2)]),
    ("WHERE h = 'a' AND r BETWEEN 1 AND 2", [("a", 1), ("a", 2)]),
    ("WHERE h = 'a' AND (r = 1 OR r = 2)", [("a", 1), ("a", 2)]),
    ("WHERE h = 'a' AND r IN [1, 2]", [("a", 1), ("a", 2)]),
    ("WHERE h IN ('a', 'b') AND r = 1", [("a", 1), ("b", 1)]),
    ("WHERE h = 'a' OR h = 'b'", [*ALL_OF_A, ("b", 1)]),
    ("WHERE h > 'a'", [("b", 1)]),
    ("WHERE n <> 10", [("a", 1), ("a", 2), ("b", 1)]),
    ("WHERE n != 10 AND n IS NOT MISSING", [("a", 1), ("a", 2)]),
    ("WHERE NOT n = 10", [("a", 1), ("a", 2), ("b", 1)]),
    ("WHERE n NOT BETWEEN 8 AND 9", [("a", 0), ("b", 1)]),
    ("WHERE n NOT IN [8, 9]", [("a", 0), ("b", 1)]),
    ("WHERE n IS MISSING", [("b", 1)]),
    ("WHERE nothing1 IS NULL", [("b", 1)]),
    ("WHERE s IS STRING", [("b", 1)]),
    ("WHERE begins_with(s, 'he')", [("b", 1)]),
    ("WHERE CONTAINS(s, 'ell')", [("b", 1)]),
    ("WHERE contains(ss, 'a') AND r = 0", [("a", 0)]),
    ("WHERE attribute_type(s, 'S')", [("b", 1)]),
    ("WHERE attribute_exists(s)", [("b", 1)]),
    ("WHERE size(s) > 3", [("b", 1)]),
    ("WHERE l[0] = 1 AND m.x = 1 AND m['x'] = 1 AND r = 0", [("a", 0)]),
    ("WHERE l = [1, 'x'] AND m = {'x': 1.0} AND ss = <<'b', 'a'>> AND r = 0", [("a", 0)]),
    ("WHERE n = 1e1", [("a", 0)]),
    ("WHERE n = -10", []),
    ("/* all */ WHERE h = 'it''s' -- nobody", []),
    ("WHERE h = 'a' ORDER BY r DESC", list(reversed(ALL_OF_A))),
    ("WHERE h = 'a' ORDER BY h DESC, r", ALL_OF_A),
]


async def test_where(dynamodb_on_sqlite: DynamoDb) -> None:
    await filled(dynamodb_on_sqlite)
    for where, found in WHERE:
        answered = await keys(dynamodb_on_sqlite, where.replace("nothing1", '"nothing"'))
        assert (where, answered if "ORDER" in where else sorted(answered)) == (where, found)


async def test_parameters(dynamodb_on_sqlite: DynamoDb) -> None:
    await filled(dynamodb_on_sqlite)
    assert await keys(dynamodb_on_sqlite, "WHERE h = ? AND r > ?", {"S": "a"}, {"N": "0"}) == ALL_OF_A[1:]
    assert await keys(dynamodb_on_sqlite, "WHERE h IN (?, ?)", {"S": "b"}, {"S": "z"}) == [("b", 1)]
    assert await keys(dynamodb_on_sqlite, "WHERE h = 'a' AND ss = ?", {"SS": ["b", "a"]}) == ALL_OF_A


async def test_columns(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    answer = await select(dynamodb, "SELECT m.x, l[0], l[1], zz FROM \"table\" WHERE h = 'a' AND r = 1")
    assert answer == {"Items": [{"x": {"N": "1"}, "l[0]": {"N": "1"}, "l[1]": {"S": "x"}}]}
    answer = await select(dynamodb, "SELECT * FROM \"table\" WHERE h = 'b'")
    assert answer["Items"] == [wire({"h": "b", "r": 1, "s": "hello", "nothing": {"NULL": True}})]


async def test_index(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    answer = await select(dynamodb, 'SELECT * FROM "table"."by-group" WHERE g = \'g\' AND n > 8 ORDER BY n DESC')
    assert [plain(item) for item in answer["Items"]] == [
        {"h": "a", "r": 0, "g": "g", "n": 10},
        {"h": "a", "r": 1, "g": "g", "n": 9},
    ]
    refused = await dynamodb.refusal("ExecuteStatement", Statement='SELECT l FROM "table"."by-group" WHERE g = \'g\'')
    assert refused.message.endswith("Global secondary index by-group does not project [l]")
    refused = await dynamodb.refusal("ExecuteStatement", Statement='SELECT * FROM "table"."other"')
    assert refused.message == "The table does not have the specified index: other"


@pytest.mark.parametrize("where", ["", "WHERE h = 'a'", "WHERE h IN ['a', 'b']", "WHERE n IS NOT MISSING"])
async def test_pages(dynamodb: DynamoDb, where: str) -> None:
    await filled(dynamodb)
    statement = f'SELECT h, r FROM "table" {where}'
    whole = (await select(dynamodb, statement))["Items"]
    found = []
    given: dict[str, Any] = {}
    while True:
        page = await select(dynamodb, statement, Limit=2, **given)
        assert len(page["Items"]) <= 2
        found += page["Items"]
        if "NextToken" not in page:
            break
        given = {"NextToken": page["NextToken"]}
    assert found == whole


@pytest.mark.parametrize("token", ["zzz", "e30=", "WzFd"])
async def test_tokens_that_are_none(dynamodb_on_sqlite: DynamoDb, token: str) -> None:
    await filled(dynamodb_on_sqlite)
    refused = await dynamodb_on_sqlite.refusal("ExecuteStatement", Statement='SELECT * FROM "table"', NextToken=token)
    assert refused.message == "Invalid NextToken"


async def test_consumed_capacity(dynamodb: DynamoDb) -> None:
    await filled(dynamodb)
    answer = await select(dynamodb, "SELECT * FROM \"table\" WHERE h = 'a'", ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": "table", "CapacityUnits": 0.5}
    statement = 'SELECT * FROM "table"."by-group" WHERE g = \'g\''
    answer = await select(dynamodb, statement, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"]["GlobalSecondaryIndexes"] == {"by-group": {"CapacityUnits": 0.5}}
