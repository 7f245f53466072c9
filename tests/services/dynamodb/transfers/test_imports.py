"""Imports of tables from the S3 service."""

from __future__ import annotations

import gzip
import json
from typing import Any

from backports import zstd

from tests.services.dynamodb.conftest import DynamoDb, wire
from tests.services.dynamodb.transfers.test_ion_binary import DOCUMENT as BINARY_ION

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
PARAMETERS = {
    "TableName": "target",
    "AttributeDefinitions": [
        {"AttributeName": "a", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-n",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def lines(*items: dict[str, Any]) -> bytes:
    return b"".join(json.dumps({"Item": wire(item)}).encode() + b"\n" for item in items)


async def imported(dynamodb: DynamoDb, bucket: str, prefix: str = "", **given: Any) -> dict[str, Any]:
    """The description of an import that has ended."""
    source = {"S3Bucket": bucket, "S3KeyPrefix": prefix} if prefix else {"S3Bucket": bucket}
    request = {"InputFormat": "DYNAMODB_JSON", "TableCreationParameters": PARAMETERS, **given}
    begun = (await dynamodb.import_table(S3BucketSource=source, **request))["ImportTableDescription"]
    assert begun["ImportStatus"] == "IN_PROGRESS"
    assert (await dynamodb.describe_table(TableName="target"))["Table"]["TableStatus"] == "CREATING"
    await dynamodb.run_jobs()
    described = await dynamodb.describe_import(ImportArn=begun["ImportArn"])
    description: dict[str, Any] = described["ImportTableDescription"]
    return description


async def by_key(dynamodb: DynamoDb) -> dict[str, Any]:
    return {item["a"]: item for item in await dynamodb.all_items("target")}


async def test_several_objects_under_a_prefix(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    first = lines(*({"a": f"{number:04}", "n": number} for number in range(600)))
    s3.put_object(Bucket=bucket, Key="in/one.json", Body=first)
    s3.put_object(Bucket=bucket, Key="in/two with space.json", Body=lines({"a": "x", "n": "no number"}, {"a": "y"}))
    s3.put_object(Bucket=bucket, Key="out/other.json", Body=lines({"a": "other"}))
    description = await imported(dynamodb, bucket, "in/")
    # what does not fit an index is not imported
    assert description["ImportStatus"] == "FAILED"
    assert description["FailureCode"] == "ItemValidationError"
    assert (description["ProcessedItemCount"], description["ImportedItemCount"]) == (602, 601)
    assert description["ErrorCount"] == 1
    assert description["ImportArn"].startswith(ARN + "target/import/0")
    table = (await dynamodb.describe_table(TableName="target"))["Table"]
    assert (table["TableStatus"], table["ItemCount"]) == ("ACTIVE", 601)
    assert table["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    items = await by_key(dynamodb)
    assert len(items) == 601
    assert items["0007"] == {"a": "0007", "n": 7}
    found = await dynamodb.query(
        TableName="target",
        IndexName="by-n",
        KeyConditionExpression="n = :n",
        ExpressionAttributeValues={":n": {"N": "599"}},
    )
    assert found["Count"] == 1


async def test_an_export_is_imported(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await dynamodb.table("source", "a:S")
    await dynamodb.update_continuous_backups(
        TableName="source", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    item = {
        "a": {"S": "1"},
        "binary": {"B": "AQI="},
        "map": {"M": {"l": {"L": [{"N": "1.5"}, {"NULL": True}, {"BOOL": False}]}}},
        "numbers": {"NS": ["1", "2"]},
        "quoted 'name'": {"S": 'line\n"text" \u20ac'},
    }
    await dynamodb.put_item(TableName="source", Item=item)
    for format_ in ("DYNAMODB_JSON", "ION"):
        begun = await dynamodb.export_table_to_point_in_time(
            TableArn=ARN + "source", S3Bucket=bucket, S3Prefix=format_, ExportFormat=format_
        )
        await dynamodb.run_jobs()
        export_id = begun["ExportDescription"]["ExportArn"].rpartition("/")[2]
        description = await imported(
            dynamodb,
            bucket,
            f"{format_}/AWSDynamoDB/{export_id}/data/",
            InputFormat=format_,
            InputCompressionType="GZIP",
        )
        assert (description["ImportStatus"], description["ImportedItemCount"]) == ("COMPLETED", 1)
        assert description["ProcessedSizeBytes"] > 0
        assert (await dynamodb.get_item(TableName="target", Key={"a": {"S": "1"}}))["Item"] == item
        await dynamodb.delete_table(TableName="target")


async def test_csv(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    text = 'a,n,text\n1,10,"a ""quoted"" word"\n2,20,"two\nlines"\n3,no number,x\n4,40\n'
    s3.put_object(Bucket=bucket, Key="file.csv", Body=text.encode())
    description = await imported(dynamodb, bucket, InputFormat="CSV")
    assert (description["ImportedItemCount"], description["ErrorCount"]) == (2, 2)
    assert await by_key(dynamodb) == {
        "1": {"a": "1", "n": 10, "text": 'a "quoted" word'},
        "2": {"a": "2", "n": 20, "text": "two\nlines"},
    }


async def test_csv_with_headers_and_a_delimiter_of_its_own(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="file.csv.gz", Body=gzip.compress(b"1;10\n2;20\n"))
    options = {"Csv": {"Delimiter": ";", "HeaderList": ["a", "n"]}}
    description = await imported(
        dynamodb, bucket, InputFormat="CSV", InputFormatOptions=options, InputCompressionType="GZIP"
    )
    assert description["ImportStatus"] == "COMPLETED"
    assert await by_key(dynamodb) == {"1": {"a": "1", "n": 10}, "2": {"a": "2", "n": 20}}


async def test_records_that_are_none(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    body = lines({"a": "1"}) + b'no json\n{"Other": {}}\n{"Item": {"a": {"S": 1}}}\n{"Item": {"b": {"S": "1"}}}\n'
    s3.put_object(Bucket=bucket, Key="1.json", Body=body + lines({"a": "2"}))
    s3.put_object(Bucket=bucket, Key="2.json", Body=b"\xff\xfe")
    description = await imported(dynamodb, bucket)
    assert (description["ImportedItemCount"], description["ErrorCount"]) == (2, 5)
    assert sorted(await by_key(dynamodb)) == ["1", "2"]


async def test_an_object_that_is_not_compressed_as_it_is_said_to_be(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="1.json.gz", Body=lines({"a": "1"}))
    whole = gzip.compress(lines(*({"a": str(number)} for number in range(10))))
    s3.put_object(Bucket=bucket, Key="2.json.gz", Body=whole[:-12])
    s3.put_object(Bucket=bucket, Key="3.json.gz", Body=gzip.compress(lines({"a": "good"})))
    description = await imported(dynamodb, bucket, InputCompressionType="GZIP")
    assert description["ErrorCount"] == 2
    assert "good" in await by_key(dynamodb)


async def test_zstandard_of_one_frame_or_several(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    some, more = (lines(*({"a": f"{part}{n}"} for n in range(2000))) for part in "xy")
    s3.put_object(Bucket=bucket, Key="1.json.zst", Body=zstd.compress(some) + zstd.compress(more))
    s3.put_object(Bucket=bucket, Key="2.json.zst", Body=zstd.compress(lines({"a": "cut"}))[:-3])
    s3.put_object(Bucket=bucket, Key="3.json.zst", Body=lines({"a": "plain"}))
    description = await imported(dynamodb, bucket, InputCompressionType="ZSTD")
    assert (description["ImportedItemCount"], description["ErrorCount"]) == (4000, 2)
    assert {"x0", "y1999"} <= set(await by_key(dynamodb))


async def test_binary_ion(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="1.ion", Body=gzip.compress(BINARY_ION))
    description = await imported(
        dynamodb,
        bucket,
        InputFormat="ION",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "target",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    assert (description["ImportStatus"], description["ImportedItemCount"]) == ("COMPLETED", 2)
    found = (await dynamodb.get_item(TableName="target", Key={"id": {"S": "b"}}))["Item"]
    assert found == {"id": {"S": "b"}, "new name": {"S": "v"}}


async def test_imports_from_nowhere_fail(dynamodb: DynamoDb, s3: Any, bucket: str, unique_name: str) -> None:
    description = await imported(dynamodb, unique_name + "-missing")
    assert (description["ImportStatus"], description["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert (await dynamodb.refusal("DescribeTable", TableName="target")).code == "ResourceNotFoundException"


async def test_an_import_of_no_objects_is_over_at_once(dynamodb: DynamoDb, bucket: str) -> None:
    description = await imported(dynamodb, bucket, "no/such/prefix")
    assert (description["ImportStatus"], description["ImportedItemCount"]) == ("COMPLETED", 0)
    assert (await dynamodb.describe_table(TableName="target"))["Table"]["TableStatus"] == "ACTIVE"


async def test_several_items_may_share_a_line(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="items", Body=b'{"Item":{"a":{"S":"1"}}}{"Item":{"a":{"S":"2"}}}\n')
    description = await imported(dynamodb, bucket)
    assert (description["ImportStatus"], description["ImportedItemCount"]) == ("COMPLETED", 2)
    assert set(await by_key(dynamodb)) == {"1", "2"}


async def test_a_bucket_of_another_region_is_found(
    dynamodb: DynamoDb, s3_elsewhere: Any, bucket_elsewhere: str
) -> None:
    s3_elsewhere.put_object(Bucket=bucket_elsewhere, Key="items", Body=lines({"a": "1"}))
    description = await imported(dynamodb, bucket_elsewhere)
    assert (description["ImportStatus"], description["ImportedItemCount"]) == ("COMPLETED", 1)


async def test_what_an_import_refuses(dynamodb: DynamoDb, bucket: str) -> None:
    request = {"S3BucketSource": {"S3Bucket": bucket}, "InputFormat": "DYNAMODB_JSON", "ClientToken": "once"}
    begun = await dynamodb.import_table(TableCreationParameters=PARAMETERS, **request)
    again = await dynamodb.import_table(TableCreationParameters=PARAMETERS, **request)
    assert begun["ImportTableDescription"]["ImportArn"] == again["ImportTableDescription"]["ImportArn"]
    other = {**PARAMETERS, "TableName": "other"}
    refused = await dynamodb.refusal("ImportTable", TableCreationParameters=other, **request)
    assert refused.code == "ImportConflictException"
    request.pop("ClientToken")
    refused = await dynamodb.refusal("ImportTable", TableCreationParameters=PARAMETERS, **request)
    assert (refused.code, refused.message) == ("ResourceInUseException", "Table already exists: target")
    missing = ARN + "target/import/01700000000000-0123abcd"
    refused = await dynamodb.refusal("DescribeImport", ImportArn=missing)
    assert (refused.code, refused.message) == ("ImportNotFoundException", f"Import not found: {missing}")


async def test_imports_are_listed(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="1.json", Body=lines({"a": "1"}))
    arns = []
    for _ in range(3):
        arns.append((await imported(dynamodb, bucket))["ImportArn"])
        await dynamodb.delete_table(TableName="target")
        dynamodb.clock.advance(1)
    page = await dynamodb.list_imports(PageSize=2)
    assert [entry["ImportArn"] for entry in page["ImportSummaryList"]] == [arns[2], arns[1]]
    assert page["ImportSummaryList"][0]["ImportStatus"] == "COMPLETED"
    assert len(page["NextToken"]) >= 112
    rest = await dynamodb.list_imports(TableArn=ARN + "target", NextToken=page["NextToken"])
    assert [entry["ImportArn"] for entry in rest["ImportSummaryList"]] == [arns[0]]
    assert "NextToken" not in rest
