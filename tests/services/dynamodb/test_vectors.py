"""Vector indexes and the search for what is most alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire


def vector(*numbers: float) -> dict[str, Any]:
    return {"L": [{"N": str(number)} for number in numbers]}


def index(name: str, function: str, **given: Any) -> dict[str, Any]:
    return {
        "IndexName": name,
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": 2,
        "DistanceFunction": function,
        "Projection": {"ProjectionType": "ALL"},
        **given,
    }


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("EUCLIDEAN", [("near", 0.1), ("far", 9.0)]),
        ("COSINE", [("near", 0.0), ("far", 0.0)]),
        ("DOT_PRODUCT", [("far", 10.0), ("near", 1.1)]),
    ],
)
async def test_the_nearest_come_first(dynamodb: DynamoDb, function: str, expected: list[tuple[str, float]]) -> None:
    table = await dynamodb.table(VectorIndexes=[index("nearest", function)])
    await dynamodb.put(
        table,
        {"a": "near", "v": vector(1.1, 0)},
        {"a": "far", "v": vector(10, 0)},
        {"a": "opposite", "v": vector(-20, 0)},
        {"a": "short", "v": vector(1)},
        {"a": "none"},
    )
    answer = await dynamodb.search_vectors(
        TableName=table, IndexName="nearest", SearchVector=vector(1, 0)["L"], TopK=2, ProjectionExpression="a"
    )
    found = [(each["Item"]["a"]["S"], round(each["Score"], 6)) for each in answer["SearchResults"]]
    assert sorted(found) == sorted(expected) if function == "COSINE" else found == expected


async def test_a_search_keeps_to_its_schema(dynamodb: DynamoDb) -> None:
    schema = [
        {"AttributeName": "tenant", "SearchSchemaElementType": "HASH"},
        {"AttributeName": "color", "SearchSchemaElementType": "INLINE_FILTER"},
    ]
    projection = {"ProjectionType": "KEYS_ONLY"}
    table = await dynamodb.table()
    created = index("by-tenant", "COSINE", SearchSchema=schema, Projection=projection)
    await dynamodb.update_table(TableName=table, VectorIndexUpdates=[{"Create": created}])
    described = (await dynamodb.describe_table(TableName=table))["Table"]["VectorIndexes"]
    assert described[0]["IndexStatus"] == "ACTIVE"
    for name, tenant, color in (("1", "x", "red"), ("2", "x", "blue"), ("3", "y", "red")):
        await dynamodb.put(table, {"a": name, "tenant": tenant, "color": color, "v": vector(1, 1), "other": "o"})

    async def search(condition: str | None, **values: str) -> Any:
        given: dict[str, Any] = {"TableName": table, "IndexName": "by-tenant", "TopK": 5}
        if condition is not None:
            given["SearchConditionExpression"] = condition
            given["ExpressionAttributeValues"] = wire({f":{name}": value for name, value in values.items()})
        return await dynamodb.search_vectors(SearchVector=vector(1, 1)["L"], **given)

    answer = await search("tenant = :t AND color = :c", t="x", c="red")
    assert [each["Item"] for each in answer["SearchResults"]] == [wire({"a": "1", "tenant": "x", "color": "red"})]
    assert len((await search("tenant = :t", t="x"))["SearchResults"]) == 2
    refused = await dynamodb.refusal(
        "SearchVectors", TableName=table, IndexName="by-tenant", SearchVector=vector(1, 1)["L"], TopK=1
    )
    assert "must give the HASH attributes" in refused.message
    refused = await dynamodb.refusal(
        "SearchVectors", TableName=table, IndexName="by-tenant", SearchVector=vector(1)["L"], TopK=1
    )
    assert refused.code == "ValidationException"
    await dynamodb.update_table(TableName=table, VectorIndexUpdates=[{"Delete": {"IndexName": "by-tenant"}}])
    assert "VectorIndexes" not in (await dynamodb.describe_table(TableName=table))["Table"]
