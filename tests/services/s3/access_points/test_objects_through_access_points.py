"""Objects through access points: by ARN, by alias, by host, in the path; and what cannot be asked that way."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.processes import ACCOUNT_ID
from tests.services.s3.conftest import error_of, presigned, read, refusal


@pytest.fixture(params=["ARN", "alias", "alias in the path"])
def through(request: pytest.FixtureRequest, hosts: Any, s3: Any, point: dict[str, Any]) -> tuple[Any, str]:
    """A client, and what it gives for a bucket."""
    if request.param == "ARN":
        return hosts, point["AccessPointArn"]
    return (hosts if request.param == "alias" else s3), point["Alias"]


def test_a_life_of_objects(s3: Any, bucket: str, through: tuple[Any, str]) -> None:
    client, name = through
    client.put_object(Bucket=name, Key="a/b c", Body=b"content", Metadata={"k": "v"})
    assert read(s3, bucket, "a/b c") == b"content"
    assert read(client, name, "a/b c") == b"content"
    assert client.head_object(Bucket=name, Key="a/b c")["Metadata"] == {"k": "v"}
    listed = client.list_objects_v2(Bucket=name)
    assert ([found["Key"] for found in listed["Contents"]], listed["Name"]) == (["a/b c"], bucket)
    client.put_object_tagging(Bucket=name, Key="a/b c", Tagging={"TagSet": [{"Key": "t", "Value": "1"}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="a/b c")["TagSet"] == [{"Key": "t", "Value": "1"}]
    if not name.startswith("arn:"):  # for which boto3 wants the bucket in the path
        assert client.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    client.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "a/b c"})
    assert read(s3, bucket, "copy") == b"content"
    upload = client.create_multipart_upload(Bucket=name, Key="parts")
    assert upload["Bucket"] == bucket
    part = {"Bucket": name, "Key": "parts", "UploadId": upload["UploadId"]}
    etag = client.upload_part(**part, PartNumber=1, Body=b"part")["ETag"]
    assert client.list_parts(**part)["Bucket"] == bucket
    parts = {"Parts": [{"ETag": etag, "PartNumber": 1}]}
    assert client.complete_multipart_upload(**part, MultipartUpload=parts)["Bucket"] == bucket
    removed = client.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "parts"}, {"Key": "copy"}]})
    assert len(removed["Deleted"]) == 2
    client.delete_object(Bucket=name, Key="a/b c")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_copy_from_an_access_point(s3: Any, bucket: str, point: dict[str, Any]) -> None:
    s3.put_object(Bucket=bucket, Key="from a", Body=b"content")
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{point['AccessPointArn']}/object/from a")
    assert read(s3, bucket, "to") == b"content"
    s3.copy_object(Bucket=bucket, Key="too", CopySource={"Bucket": point["Alias"], "Key": "from a"})
    assert read(s3, bucket, "too") == b"content"
    none = f"{point['AccessPointArn']}-none/object/from a"
    assert refusal(s3.copy_object, Bucket=bucket, Key="to", CopySource=none) == (404, "NoSuchAccessPoint")
    same = f"{point['AccessPointArn']}/object/from a"
    assert refusal(s3.copy_object, Bucket=bucket, Key="from a", CopySource=same) == (400, "InvalidRequest")


def test_an_alias_is_told_as_one(s3: Any, hosts: Any, bucket: str, point: dict[str, Any]) -> None:
    assert s3.head_bucket(Bucket=point["Alias"])["AccessPointAlias"] is True
    assert s3.head_bucket(Bucket=bucket)["AccessPointAlias"] is False
    assert hosts.head_bucket(Bucket=point["AccessPointArn"])["AccessPointAlias"] is False


@pytest.mark.parametrize(
    "form",
    [
        "{name}-{account}.s3-accesspoint.us-east-1.localhost.localstack.cloud:4566",
        "{name}-{account}.s3-accesspoint.us-east-1.amazonaws.com",
        "{name}-{account}.s3-accesspoint.dualstack.us-east-1.amazonaws.com",
        "{name}-{account}.s3-accesspoint-fips.us-east-1.amazonaws.com",
        "{name}-{account}.accesspoint.vpce-0a1b-c2d3.s3.us-east-1.vpce.amazonaws.com",
        "{name}-{account}.localhost:4566",
        "{name}-{account}.s3.localhost.localstack.cloud:4566",
        "{alias}.s3.us-east-1.amazonaws.com",
        "{alias}.localhost:4566",
    ],
)
def test_hosts(http: httpx.Client, s3: Any, bucket: str, point: dict[str, Any], form: str) -> None:
    host = form.format(name=point["Name"], account=ACCOUNT_ID, alias=point["Alias"])
    assert http.put("/a%20key", content=b"x", headers={"host": host}).status_code == 200
    assert read(s3, bucket, "a key") == b"x"
    assert "<Key>a key</Key>" in http.get("/?list-type=2", headers={"host": host}).text
    signed = presigned(f"http://{host}/a%20key").partition("/a%20key")[2]
    assert http.get(f"/a%20key{signed}", headers={"host": host}).content == b"x"
    assert http.get(f"/a%20key{signed[:-1]}Z", headers={"host": host}).status_code in (200, 403)


def test_urls_presigned_as_boto3_does_by_default(
    http: httpx.Client, s3: Any, bucket: str, through: tuple[Any, str]
) -> None:
    client, name = through
    s3.put_object(Bucket=bucket, Key="a/key", Body=b"x")
    for operation, given, expected in (
        ("get_object", {"Key": "a/key"}, "x"),
        ("list_objects_v2", {}, "<Key>a/key</Key>"),
    ):
        url = urlsplit(client.generate_presigned_url(operation, Params={"Bucket": name, **given}))
        assert "AWSAccessKeyId=" in url.query  # of version 2
        headers = {"host": url.netloc}
        assert expected in http.get(f"{url.path}?{url.query}", headers=headers).text
        wrong = url.query.replace("Signature=", "Signature=A")
        assert http.get(f"{url.path}?{wrong}", headers=headers).status_code == 403


def test_arns_in_the_path(http: httpx.Client, s3: Any, bucket: str, point: dict[str, Any]) -> None:
    s3.put_object(Bucket=bucket, Key="a/key", Body=b"x")
    arn = point["AccessPointArn"]
    for path in (quote(arn, safe=""), quote(arn, safe=":/"), quote(arn.replace("/", ":"), safe="")):
        assert http.get(f"/{path}/a/key").content == b"x"
        assert "<Key>a/key</Key>" in http.get(f"/{path}?list-type=2").text


def test_a_bucket_of_that_name_comes_first(http: httpx.Client, s3: Any, point: dict[str, Any]) -> None:
    name = f"{point['Name']}-{ACCOUNT_ID}"
    s3.create_bucket(Bucket=name)
    assert http.put("/key", content=b"x", headers={"host": f"{name}.localhost:4566"}).status_code == 200
    assert read(s3, name, "key") == b"x"


def test_no_bucket_is_called_as_access_points_are(s3: Any) -> None:
    for name in ("none-s3alias", "none.mrap"):
        assert refusal(s3.create_bucket, Bucket=name) == (400, "InvalidBucketName"), name


def test_access_points_that_are_not_there(http: httpx.Client, s3: Any, hosts: Any, point: dict[str, Any]) -> None:
    arn = f"{point['AccessPointArn']}-none"
    assert refusal(hosts.list_objects_v2, Bucket=arn) == (404, "NoSuchBucket")  # as the host could name one
    host = f"none-{ACCOUNT_ID}.s3-accesspoint.us-east-1.amazonaws.com"
    answer = http.get("/key", headers={"host": host})
    assert (answer.status_code, "<Code>NoSuchAccessPoint</Code>" in answer.text) == (404, True)
    assert refusal(s3.list_objects_v2, Bucket=f"x{point['Alias']}") == (404, "NoSuchAccessPoint")
    assert http.head("/key", headers={"host": host}).status_code == 404


@pytest.mark.parametrize(
    ("operation", "further"),
    [
        ("create_bucket", {}),
        ("delete_bucket", {}),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("delete_bucket_policy", {}),
        ("get_bucket_versioning", {}),
        ("get_object_torrent", {"Key": "key"}),
    ],
)
def test_what_cannot_be_asked_through_one(
    s3: Any, point: dict[str, Any], operation: str, further: dict[str, Any]
) -> None:
    refused = error_of(getattr(s3, operation), Bucket=point["Alias"], **further)
    assert refused["Code"] == "MethodNotAllowed"


def test_cross_origin_rules_are_the_buckets(http: httpx.Client, s3: Any, bucket: str, point: dict[str, Any]) -> None:
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    headers = {"origin": "https://example.com", "access-control-request-method": "GET"}
    host = f"{point['Name']}-{ACCOUNT_ID}.s3-accesspoint.us-east-1.amazonaws.com"
    for answer in (
        http.options(f"/{point['Alias']}/key", headers=headers),
        http.options("/key", headers={**headers, "host": host}),
    ):
        assert (answer.status_code, answer.headers["access-control-allow-methods"]) == (200, "GET")
