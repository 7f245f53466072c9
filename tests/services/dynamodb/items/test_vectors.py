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
    refused = await dynamodb.refusal("UpdateTable", TableName=table, VectorIndexUpdates=[{"Create": created}])
    assert refused.message == "One element in SearchSchema is not defined in attribute definitions"
    defined = [{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "color")]
    await dynamodb.update_table(TableName=table, AttributeDefinitions=defined, VectorIndexUpdates=[{"Create": created}])
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
    assert refused.message == "SearchConditionExpression must be provided when SearchSchema has a HASH key"
    refused = await dynamodb.refusal(
        "SearchVectors", TableName=table, IndexName="by-tenant", SearchVector=vector(1, 1)["L"], TopK=101
    )
    assert refused.message == "Provided TopK value is out of valid range"
    refused = await dynamodb.refusal(
        "SearchVectors", TableName=table, IndexName="by-tenant", SearchVector=vector(1)["L"], TopK=1
    )
    assert refused.code == "ValidationException"
    await dynamodb.update_table(TableName=table, VectorIndexUpdates=[{"Delete": {"IndexName": "by-tenant"}}])
    assert "VectorIndexes" not in (await dynamodb.describe_table(TableName=table))["Table"]


async def test_what_is_no_vector_is_refused(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table(VectorIndexes=[index("nearest", "COSINE")])
    for value, text in (
        (vector(1), "dimensions"),
        ({"S": "1"}, "Invalid type for parameter v:"),
        ({"L": [{"N": "1"}, {"S": "1"}]}, "Invalid type for parameter v[1]:"),
    ):
        refused = await dynamodb.refusal("PutItem", TableName=table, Item=wire({"a": "1", "v": value}))
        assert text in refused.message
        refused = await dynamodb.refusal(
            "UpdateItem",
            TableName=table,
            Key=wire({"a": "1"}),
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": value},
        )
        assert text in refused.message
    refused = await dynamodb.refusal(
        "CreateTable",
        TableName="provisioned",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        VectorIndexes=[index("nearest", "COSINE")],
    )
    assert "PAY_PER_REQUEST" in refused.message


async def test_vector_indexes_are_restored(dynamodb: DynamoDb) -> None:
    table = await dynamodb.table(VectorIndexes=[index("nearest", "COSINE"), index("other", "EUCLIDEAN")])
    await dynamodb.put(table, {"a": "1", "v": vector(1, 1)})
    arn = (await dynamodb.create_backup(TableName=table, BackupName="backup"))["BackupDetails"]["BackupArn"]
    described = (await dynamodb.describe_backup(BackupArn=arn))["BackupDescription"]
    assert len(described["SourceTableFeatureDetails"]["VectorIndexes"]) == 2
    await dynamodb.restore_table_from_backup(
        TargetTableName="target", BackupArn=arn, VectorIndexOverride=[index("nearest", "COSINE")]
    )
    found = (await dynamodb.describe_table(TableName="target"))["Table"]["VectorIndexes"]
    assert [entry["IndexName"] for entry in found] == ["nearest"]
    answer = await dynamodb.search_vectors(
        TableName="target", IndexName="nearest", SearchVector=vector(1, 1)["L"], TopK=1
    )
    assert len(answer["SearchResults"]) == 1


async def test_a_vector_index_is_neither_queried_nor_scanned(dynamodb_on_sqlite: DynamoDb) -> None:
    table = await dynamodb_on_sqlite.table("searched", VectorIndexes=[index("nearest", "COSINE")])
    names = {"TableName": table, "IndexName": "nearest"}
    condition = {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}
    refused = await dynamodb_on_sqlite.refusal("Query", **names, **condition)
    assert refused.message == "Query operation not supported on this index type."
    refused = await dynamodb_on_sqlite.refusal("Scan", **names)
    assert refused.message == "Scan operation not supported on this index type"
