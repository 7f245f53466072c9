"""Bulk puts from the S3 service."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb, wire


@pytest.fixture(autouse=True)
async def target(dynamodb: DynamoDb) -> None:
    """The table that is written to."""
    await dynamodb.table("target", "a:S")


def request(bucket: str, **given: Any) -> dict[str, Any]:
    input_ = {"S3Bucket": bucket, "S3KeyPrefix": "in/", "InputFormat": given.pop("InputFormat", "DYNAMODB_JSON")}
    types = given.pop("OutputType", ["ERROR", "CONDITION_CHECK_FAILURE"])
    output = {"S3Bucket": bucket, "S3KeyPrefix": "out", "OutputType": types}
    return {"TableName": "target", "InputS3Configuration": input_, "OutputS3Configuration": output, **given}


async def put(dynamodb: DynamoDb, bucket: str, **given: Any) -> dict[str, Any]:
    """The description of a bulk put that has ended."""
    begun = (await dynamodb.start_bulk_put_items(**request(bucket, **given)))["BulkOperationDescription"]
    assert (begun["BulkOperationStatus"], begun["PerformanceTier"]) == ("IN_PROGRESS", "STANDARD")
    await dynamodb.run_jobs()
    described = await dynamodb.describe_bulk_operation(BulkOperationArn=begun["BulkOperationArn"])
    description: dict[str, Any] = described["BulkOperationDescription"]
    return description


def reports(s3: Any, bucket: str, folder: str) -> list[Any]:
    found = []
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix="out/").get("Contents", ()):
        if f"/{folder}/" in entry["Key"]:
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            found += [json.loads(line) for line in gzip.decompress(body).splitlines()]
    return found


async def test_items_are_put(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await dynamodb.put("target", {"a": "0001", "v": "old"}, {"a": "other"})
    body = b"".join(json.dumps({"Item": wire({"a": f"{number:04}"})}).encode() + b"\n" for number in range(600))
    s3.put_object(Bucket=bucket, Key="in/1.json", Body=body)
    description = await put(dynamodb, bucket, MaxWriteRequestUnits=1_000_000)
    assert description["BulkOperationStatus"] == "COMPLETED"
    assert (description["ProcessedItemCount"], description["FailedItemCount"]) == (600, 0)
    assert description["ProcessedInputBytes"] == description["TotalInputBytes"] == len(body)
    assert description["EndTime"] == dynamodb.clock.now()
    items = {item["a"]: item for item in await dynamodb.all_items("target")}
    assert len(items) == 601
    assert items["0001"] == {"a": "0001"}
    assert reports(s3, bucket, "errors") == []


async def test_what_is_not_put_is_reported(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await dynamodb.put("target", {"a": "there", "v": 1})
    records = [
        {"Item": wire({"a": "new"}), "ConditionExpression": "attribute_not_exists(a)"},
        {"Item": wire({"a": "there", "v": 2}), "ConditionExpression": "attribute_not_exists(a)"},
        {
            "Item": wire({"a": "there", "w": 3}),
            "ConditionExpression": "#v = :one",
            "ExpressionAttributeNames": {"#v": "v"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        {"Item": wire({"b": "no key"})},
        {"Item": wire({"a": "unknown"}), "Condition": "attribute_not_exists(a)"},
    ]
    lines = [json.dumps(record) for record in records]
    s3.put_object(Bucket=bucket, Key="in/1.json", Body="\n".join([*lines, "no json"]).encode())
    description = await put(dynamodb, bucket)
    assert description["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert (description["ProcessedItemCount"], description["FailedItemCount"]) == (6, 3)
    items = {item["a"]: item for item in await dynamodb.all_items("target")}
    assert items == {"new": {"a": "new"}, "there": {"a": "there", "w": 3}}
    (failed,) = reports(s3, bucket, "condition-check-failures")
    assert failed == {"Item": wire({"a": "there", "v": 2}), "ExistingItem": wire({"a": "there", "v": 1})}
    errors = reports(s3, bucket, "errors")
    assert [error["ErrorCode"] for error in errors] == ["ValidationException", "ParsingError", "ParsingError"]


async def test_conditions_in_ion(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await dynamodb.put("target", {"a": "there"})
    text = '$ion_1_0 {Item:{a:"there",v:1.}, ConditionExpression:"attribute_not_exists(a)"} {Item:{a:"new"}}'
    s3.put_object(Bucket=bucket, Key="in/1.ion", Body=text.encode())
    description = await put(dynamodb, bucket, InputFormat="ION", OutputType=["ERROR"])
    assert (description["BulkOperationStatus"], description["ProcessedItemCount"]) == ("COMPLETED", 2)
    assert sorted(item["a"] for item in await dynamodb.all_items("target")) == ["new", "there"]
    assert reports(s3, bucket, "condition-check-failures") == []


async def test_a_cancelled_operation_ends(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="in/1.json", Body=json.dumps({"Item": wire({"a": "1"})}).encode())
    begun = (await dynamodb.start_bulk_put_items(**request(bucket)))["BulkOperationDescription"]
    arn = begun["BulkOperationArn"]
    cancelled = await dynamodb.cancel_bulk_operation(BulkOperationArn=arn)
    assert cancelled == {"BulkOperationArn": arn, "BulkOperationStatus": "CANCELLING"}
    await dynamodb.run_jobs()
    described = await dynamodb.describe_bulk_operation(BulkOperationArn=arn)
    assert described["BulkOperationDescription"]["BulkOperationStatus"] == "CANCELLED"
    assert await dynamodb.all_items("target") == []
    assert (await dynamodb.refusal("CancelBulkOperation", BulkOperationArn=arn)).code == "ValidationException"


async def test_operations_are_listed(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="in/1.json", Body=json.dumps({"Item": wire({"a": "1"})}).encode())
    arns = []
    for _ in range(3):
        arns.append((await put(dynamodb, bucket))["BulkOperationArn"])
        dynamodb.clock.advance(1)
    page = await dynamodb.list_bulk_operations(MaxResults=2)
    assert [entry["BulkOperationArn"] for entry in page["BulkOperationsSummaryList"]] == [arns[2], arns[1]]
    rest = await dynamodb.list_bulk_operations(NextToken=page["NextToken"])
    assert [entry["BulkOperationArn"] for entry in rest["BulkOperationsSummaryList"]] == [arns[0]]
    assert "NextToken" not in rest


async def test_what_a_bulk_put_refuses(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    refused = await dynamodb.refusal("StartBulkPutItems", **{**request(bucket), "TableName": "nowhere"})
    assert refused.code == "ResourceNotFoundException"
    begun = await dynamodb.start_bulk_put_items(**request(bucket, ClientToken="once"))
    again = await dynamodb.start_bulk_put_items(**request(bucket, ClientToken="once"))
    assert begun == again
    refused = await dynamodb.refusal("StartBulkPutItems", **request(bucket + "x", ClientToken="once"))
    assert refused.code == "IdempotentParameterMismatchException"
    refused = await dynamodb.refusal("StartBulkPutItems", **request(bucket, MaxWriteRequestUnits=1))
    assert refused.code == "ValidationException"
    await dynamodb.delete_table(TableName="target")
    s3.put_object(Bucket=bucket, Key="in/1.json", Body=json.dumps({"Item": wire({"a": "1"})}).encode())
    await dynamodb.run_jobs()
    arn = begun["BulkOperationDescription"]["BulkOperationArn"]
    described = (await dynamodb.describe_bulk_operation(BulkOperationArn=arn))["BulkOperationDescription"]
    assert described["BulkOperationStatus"] == "FAILED"
    missing = arn[:-8] + "00000000"
    refused = await dynamodb.refusal("DescribeBulkOperation", BulkOperationArn=missing)
    assert refused.code == "ResourceNotFoundException"
