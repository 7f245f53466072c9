"""Exports of tables to the S3 service."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from typing import Any

from services.dynamodb.transfers import ion
from tests.processes import Running
from tests.services.dynamodb.conftest import DynamoDb, wire

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"


async def exporting(dynamodb: DynamoDb, *items: dict[str, Any]) -> None:
    """A table that keeps its history, with those items."""
    await dynamodb.table("source", "a:S")
    await dynamodb.update_continuous_backups(
        TableName="source", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    await dynamodb.put("source", *items)


async def export(dynamodb: DynamoDb, bucket: str, **given: Any) -> dict[str, Any]:
    """The description of an export that has ended."""
    begun = await dynamodb.export_table_to_point_in_time(TableArn=ARN + "source", S3Bucket=bucket, **given)
    assert begun["ExportDescription"]["ExportStatus"] == "IN_PROGRESS"
    await dynamodb.run_jobs()
    described = await dynamodb.describe_export(ExportArn=begun["ExportDescription"]["ExportArn"])
    description: dict[str, Any] = described["ExportDescription"]
    return description


def read(s3: Any, bucket: str, key: str) -> bytes:
    body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def data_lines(s3: Any, bucket: str, description: dict[str, Any]) -> list[str]:
    """Every line of an export's data files, found by its manifests."""
    summary = json.loads(read(s3, bucket, description["ExportManifest"]))
    files = read(s3, bucket, summary["manifestFilesS3Key"])
    lines = []
    for text in files.decode().splitlines():
        entry = json.loads(text)
        body = read(s3, bucket, entry["dataFileS3Key"])
        assert entry["md5Checksum"] == base64.b64encode(hashlib.md5(body).digest()).decode()
        assert entry["etag"] == hashlib.md5(body).hexdigest()
        found = gzip.decompress(body).decode().splitlines()
        assert entry["itemCount"] == len(found)
        lines += found
    return lines


async def test_a_full_export_has_awss_layout(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await exporting(dynamodb, {"a": "1", "v": 1}, {"a": "2", "set": {"x", "y"}})
    description = await export(dynamodb, bucket, S3Prefix="deep/er", S3SseAlgorithm="AES256")
    assert description["ExportStatus"] == "COMPLETED"
    assert description["ItemCount"] == 2
    assert description["BilledSizeBytes"] > 0
    assert description["ExportType"] == "FULL_EXPORT"
    export_id = description["ExportArn"].rpartition("/")[2]
    folder = f"deep/er/AWSDynamoDB/{export_id}/"
    assert description["ExportManifest"] == folder + "manifest-summary.json"
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    (data,) = [key for key in keys if key.startswith(folder + "data/")]
    assert data.endswith(".json.gz")
    manifests = [f"manifest-{name}.{kind}" for name in ("files", "summary") for kind in ("json", "md5")]
    assert sorted(keys) == sorted([data, *(folder + name for name in ("_started", *manifests))])
    summary_text = read(s3, bucket, folder + "manifest-summary.json")
    summary = json.loads(summary_text)
    assert read(s3, bucket, folder + "manifest-summary.md5") == base64.b64encode(hashlib.md5(summary_text).digest())
    assert summary["version"] == "2020-06-30"
    assert summary["exportArn"] == description["ExportArn"]
    assert summary["itemCount"] == 2
    assert summary["outputFormat"] == "DYNAMODB_JSON"
    assert summary["s3SseAlgorithm"] == "AES256"
    items = [json.loads(line)["Item"] for line in data_lines(s3, bucket, description)]
    expected = [wire({"a": "1", "v": 1}), wire({"a": "2", "set": {"x", "y"}})]
    assert sorted(items, key=lambda item: str(item["a"]["S"])) == expected
    assert s3.head_object(Bucket=bucket, Key=data)["ServerSideEncryption"] == "AES256"


async def test_an_export_shows_the_table_as_it_was(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await exporting(dynamodb, {"a": "1", "v": 1})
    moment = dynamodb.clock.now()
    dynamodb.clock.advance(60)
    await dynamodb.put("source", {"a": "1", "v": 2}, {"a": "2"})
    begun = await dynamodb.export_table_to_point_in_time(
        TableArn=ARN + "source", S3Bucket=bucket, ExportTime=moment, ExportFormat="ION"
    )
    # neither a change nor the end of the table is in the way
    await dynamodb.put("source", {"a": "1", "v": 3})
    await dynamodb.delete_table(TableName="source")
    await dynamodb.settle()
    await dynamodb.run_jobs()
    arn = begun["ExportDescription"]["ExportArn"]
    description = (await dynamodb.describe_export(ExportArn=arn))["ExportDescription"]
    (line,) = data_lines(s3, bucket, description)
    assert line == '$ion_1_0 {Item:{a:"1",v:1.}}'
    assert list(ion.read_structs(line)) == [{"Item": {"M": wire({"a": "1", "v": 1})}}]


async def test_an_incremental_export_has_the_changes_of_a_period(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await exporting(dynamodb, {"a": "changed", "v": 1}, {"a": "deleted"}, {"a": "untouched"})
    begin = dynamodb.clock.now() + 10
    dynamodb.clock.advance(60)
    await dynamodb.put("source", {"a": "changed", "v": 2}, {"a": "inserted"}, {"a": "passing"})
    dynamodb.clock.advance(60)
    changed_at = dynamodb.clock.now()
    await dynamodb.put("source", {"a": "changed", "v": 3})
    await dynamodb.delete_item(TableName="source", Key={"a": {"S": "deleted"}})
    await dynamodb.delete_item(TableName="source", Key={"a": {"S": "passing"}})
    dynamodb.clock.advance(3600)
    await dynamodb.put("source", {"a": "changed", "v": 4}, {"a": "later"})
    specification = {"ExportFromTime": begin, "ExportToTime": begin + 1800}
    description = await export(
        dynamodb, bucket, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=specification
    )
    assert description["IncrementalExportSpecification"]["ExportViewType"] == "NEW_AND_OLD_IMAGES"
    records = {json.loads(line)["Keys"]["a"]["S"]: json.loads(line) for line in data_lines(s3, bucket, description)}
    assert sorted(records) == ["changed", "deleted", "inserted"]
    assert records["changed"]["OldImage"] == wire({"a": "changed", "v": 1})
    assert records["changed"]["NewImage"] == wire({"a": "changed", "v": 3})
    assert records["changed"]["Metadata"]["WriteTimestampMicros"] == {"N": str(int(changed_at * 1e6))}
    assert "OldImage" not in records["inserted"]
    assert "NewImage" not in records["deleted"]
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert any(key.startswith("AWSDynamoDB/data/") for key in keys)
    summary = json.loads(read(s3, bucket, description["ExportManifest"]))
    assert (summary["version"], summary["outputView"]) == ("2023-08-01", "NEW_AND_OLD_IMAGES")
    specification["ExportViewType"] = "NEW_IMAGE"
    description = await export(
        dynamodb, bucket, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=specification
    )
    assert all("OldImage" not in json.loads(line) for line in data_lines(s3, bucket, description))


async def test_an_export_is_filtered(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await exporting(dynamodb, *({"a": str(number), "v": number, "w": number} for number in range(5)))
    description = await export(
        dynamodb,
        bucket,
        FilterSpecification={
            "FilterExpression": "v > :three",
            "ProjectionExpression": "a, v",
            "ExpressionAttributeValues": {":three": {"N": "3"}},
        },
    )
    assert [json.loads(line)["Item"] for line in data_lines(s3, bucket, description)] == [wire({"a": "4", "v": 4})]


async def test_an_empty_table_has_an_empty_file(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    await exporting(dynamodb)
    description = await export(dynamodb, bucket)
    assert (description["ExportStatus"], description["ItemCount"]) == ("COMPLETED", 0)
    assert data_lines(s3, bucket, description) == []


async def test_a_bucket_of_another_region_is_found(
    dynamodb: DynamoDb, s3_elsewhere: Any, bucket_elsewhere: str
) -> None:
    await exporting(dynamodb, {"a": "1"})
    description = await export(dynamodb, bucket_elsewhere)
    assert description["ExportStatus"] == "COMPLETED"
    assert len(data_lines(s3_elsewhere, bucket_elsewhere, description)) == 1


async def test_an_export_to_no_bucket_fails(dynamodb: DynamoDb, unique_name: str) -> None:
    await exporting(dynamodb)
    description = await export(dynamodb, unique_name)
    assert description["ExportStatus"] == "FAILED"
    assert description["FailureCode"] == "S3NoSuchBucket"
    assert description["FailureMessage"] == "The specified bucket does not exist"


async def test_a_request_with_the_same_token_is_the_same_export(dynamodb: DynamoDb, bucket: str) -> None:
    await exporting(dynamodb)
    first = await export(dynamodb, bucket, ClientToken="once")
    again = await dynamodb.export_table_to_point_in_time(TableArn=ARN + "source", S3Bucket=bucket, ClientToken="once")
    assert again["ExportDescription"]["ExportArn"] == first["ExportArn"]
    refused = await dynamodb.refusal(
        "ExportTableToPointInTime", TableArn=ARN + "source", S3Bucket="other", ClientToken="once"
    )
    assert (refused.code, refused.message) == (
        "ExportConflictException",
        "Export conflict: Duplicate request detected with conflicting parameters",
    )


async def test_an_incremental_export_says_from_when_on(dynamodb_on_sqlite: DynamoDb) -> None:
    await exporting(dynamodb_on_sqlite)
    refused = await dynamodb_on_sqlite.refusal(
        "ExportTableToPointInTime", TableArn=ARN + "source", S3Bucket="bucket", ExportType="INCREMENTAL_EXPORT"
    )
    assert (refused.code, refused.message) == (
        "ValidationException",
        "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification",
    )


async def test_exports_are_listed(dynamodb: DynamoDb, bucket: str) -> None:
    await exporting(dynamodb)
    arns = []
    for _ in range(3):
        arns.append((await export(dynamodb, bucket))["ExportArn"])
        dynamodb.clock.advance(1)
    page = await dynamodb.list_exports(MaxResults=2)
    assert [entry["ExportArn"] for entry in page["ExportSummaries"]] == [arns[2], arns[1]]
    rest = await dynamodb.list_exports(TableArn=ARN + "source", NextToken=page["NextToken"])
    assert rest == {
        "ExportSummaries": [{"ExportArn": arns[0], "ExportStatus": "COMPLETED", "ExportType": "FULL_EXPORT"}]
    }
    dynamodb.clock.advance(91 * 86_400)
    assert await dynamodb.list_exports() == {"ExportSummaries": []}


async def test_what_an_export_refuses(dynamodb: DynamoDb) -> None:
    request = {"TableArn": ARN + "source", "S3Bucket": "bucket"}
    assert (await dynamodb.refusal("ExportTableToPointInTime", **request)).code == "TableNotFoundException"
    await dynamodb.table("source")
    refused = await dynamodb.refusal("ExportTableToPointInTime", **request)
    assert refused.code == "PointInTimeRecoveryUnavailableException"
    await dynamodb.update_continuous_backups(
        TableName="source", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    now = dynamodb.clock.now()
    refused = await dynamodb.refusal("ExportTableToPointInTime", ExportTime=now - 100, **request)
    assert refused.code == "InvalidExportTimeException"
    missing = ARN + "source/export/01700000000000-0123abcd"
    refused = await dynamodb.refusal("DescribeExport", ExportArn=missing)
    assert (refused.code, refused.message) == ("ExportNotFoundException", f"Export not found: {missing}")
    dynamodb.clock.advance(3600)
    refused = await dynamodb.refusal(
        "ExportTableToPointInTime",
        ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": now, "ExportToTime": now + 60},
        **request,
    )
    assert refused.code == "ValidationException"


async def test_an_export_goes_on_in_another_process(
    started_dynamodb: Callable[..., Any], running_service: Callable[[str], Running], s3: Any, bucket: str
) -> None:
    url = running_service("s3").url
    first = await started_dynamodb(s3_url=url)
    await exporting(first, {"a": "1"})
    begun = await first.export_table_to_point_in_time(TableArn=ARN + "source", S3Bucket=bucket)
    other = await started_dynamodb(s3_url=url)
    await other.run_jobs()
    described = await other.describe_export(ExportArn=begun["ExportDescription"]["ExportArn"])
    assert described["ExportDescription"]["ExportStatus"] == "COMPLETED"
    assert len(data_lines(s3, bucket, described["ExportDescription"])) == 1
