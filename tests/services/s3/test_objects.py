"""Objects: put, get, head, copy, delete; ranges, conditions, keys, metadata."""

from __future__ import annotations

import datetime
import os
from typing import Any

import pytest

from tests.processes import Running
from tests.services.s3.conftest import read, refusal

LARGE = 3 * 1024 * 1024 + 7


def test_an_object_comes_back_with_its_headers(s3: Any, bucket: str) -> None:
    put = s3.put_object(
        Bucket=bucket,
        Key="key",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-cache",
        ContentDisposition="attachment",
        ContentLanguage="de",
        ContentEncoding="gzip",
        Metadata={"Colour": "blue"},
        Tagging="a=1&b=2",
    )
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    got = s3.get_object(Bucket=bucket, Key="key")
    assert got["Body"].read() == b"hello"
    assert {name: got[name] for name in ("ContentType", "CacheControl", "ContentLanguage", "ContentEncoding")} == {
        "ContentType": "text/plain",
        "CacheControl": "no-cache",
        "ContentLanguage": "de",
        "ContentEncoding": "gzip",
    }
    assert (got["Metadata"], got["TagCount"], got["ServerSideEncryption"]) == ({"colour": "blue"}, 2, "AES256")
    head = s3.head_object(Bucket=bucket, Key="key")
    assert (head["ContentLength"], head["ETag"], head["AcceptRanges"]) == (5, put["ETag"], "bytes")


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, LARGE])
def test_bodies_of_every_size(s3: Any, bucket: str, size: int) -> None:
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    assert read(s3, bucket, "key") == body
    s3.put_object(Bucket=bucket, Key="key", Body=body[::-1])
    assert read(s3, bucket, "key") == body[::-1]


@pytest.mark.parametrize(
    "key", ["a b", "ä/ö", "//", "/lead", "../up", "a%20b", "a+b", "~.-_*'()", "日本語", "a\nb", "🎉" * 256]
)
def test_keys_are_kept_as_they_are(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert read(s3, bucket, key) == b"x"
    s3.delete_object(Bucket=bucket, Key=key)
    assert refusal(s3.get_object, Bucket=bucket, Key=key) == (404, "NoSuchKey")


def test_keys_longer_than_1024_bytes_are_refused(s3: Any, bucket: str) -> None:
    assert refusal(s3.put_object, Bucket=bucket, Key="ä" * 513) == (400, "KeyTooLongError")


@pytest.mark.parametrize("size", [10, LARGE])
@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=2-4", 2, 4), ("bytes=7-", 7, None), ("bytes=-3", -3, None), ("bytes=2-99999999", 2, None)],
)
def test_ranges(s3: Any, bucket: str, size: int, header: str, first: int, last: int | None) -> None:
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="key", Body=body)
    got = s3.get_object(Bucket=bucket, Key="key", Range=header)
    wanted = body[first : last + 1 if last is not None else None]
    assert got["Body"].read() == wanted
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    begin = first % size
    assert got["ContentRange"] == f"bytes {begin}-{begin + len(wanted) - 1}/{size}"


def test_ranges_that_are_none_give_the_whole_and_beyond_the_end_416(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"0123456789")
    for header in ("bytes=0-1,4-5", "lines=1-2", "bytes=5-2"):
        got = s3.get_object(Bucket=bucket, Key="key", Range=header)
        assert (got["Body"].read(), got["ResponseMetadata"]["HTTPStatusCode"]) == (b"0123456789", 200)
    assert refusal(s3.get_object, Bucket=bucket, Key="key", Range="bytes=10-") == (416, "InvalidRange")


def test_conditions_on_read(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    future = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
    for given in (
        {"IfMatch": etag},
        {"IfNoneMatch": '"other"'},
        {"IfModifiedSince": past},
        {"IfUnmodifiedSince": future},
    ):
        assert read(s3, bucket, "key", **given) == b"x"
    assert read(s3, bucket, "key", IfMatch=etag, IfUnmodifiedSince=past) == b"x"
    for given in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": past}):
        assert refusal(s3.get_object, Bucket=bucket, Key="key", **given) == (412, "PreconditionFailed")
    written = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    for given in ({"IfNoneMatch": etag}, {"IfModifiedSince": written}):
        assert refusal(s3.get_object, Bucket=bucket, Key="key", **given) == (304, "304")
    # A date to come is no condition.
    assert read(s3, bucket, "key", IfModifiedSince=future) == b"x"


def test_conditions_on_write_and_delete(s3: Any, bucket: str) -> None:
    assert refusal(s3.put_object, Bucket=bucket, Key="key", IfMatch='"x"') == (404, "NoSuchKey")
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"1", IfNoneMatch="*")["ETag"]
    assert refusal(s3.put_object, Bucket=bucket, Key="key", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert refusal(s3.put_object, Bucket=bucket, Key="key", IfMatch='"x"') == (412, "PreconditionFailed")
    newer = s3.put_object(Bucket=bucket, Key="key", Body=b"2", IfMatch=etag)["ETag"]
    assert refusal(s3.delete_object, Bucket=bucket, Key="key", IfMatch=etag) == (412, "PreconditionFailed")
    s3.delete_object(Bucket=bucket, Key="key", IfMatch=newer)
    assert refusal(s3.head_object, Bucket=bucket, Key="key") == (404, "404")


def test_overridden_response_headers(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    got = s3.get_object(Bucket=bucket, Key="key", ResponseContentType="text/html", ResponseCacheControl="private")
    assert (got["ContentType"], got["CacheControl"]) == ("text/html", "private")


def test_a_wrong_content_md5_stores_nothing(s3: Any, bucket: str) -> None:
    wrong = {"Bucket": bucket, "Key": "key", "Body": b"x", "ContentMD5": "rL0Y20zC+Fzt72VPzMSk2A=="}
    assert refusal(s3.put_object, **wrong) == (400, "BadDigest")
    assert refusal(s3.put_object, **{**wrong, "ContentMD5": "nonsense"}) == (400, "InvalidDigest")
    assert refusal(s3.head_object, Bucket=bucket, Key="key") == (404, "404")


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
@pytest.mark.parametrize("size", [5, LARGE])
def test_checksums(s3: Any, bucket: str, algorithm: str, size: int) -> None:
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="key", Body=body, ChecksumAlgorithm=algorithm)
    member = f"Checksum{algorithm}"
    head = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head[member], head["ChecksumType"]) == (put[member], "FULL_OBJECT")
    assert member not in s3.head_object(Bucket=bucket, Key="key")
    attributes = s3.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=["Checksum", "ObjectSize"])
    assert (attributes["Checksum"][member], attributes["ObjectSize"]) == (put[member], size)
    refused = refusal(s3.put_object, Bucket=bucket, Key="key", Body=body + b"!", **{member: put[member]})
    assert refused == (400, "BadDigest")
    assert read(s3, bucket, "key") == body


@pytest.mark.parametrize("size", [5, LARGE])
def test_copies(s3: Any, bucket: str, size: int) -> None:
    body = os.urandom(size)
    put = s3.put_object(
        Bucket=bucket, Key="a ü", Body=body, ContentType="text/plain", Metadata={"m": "1"}, Tagging="t=1"
    )
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a ü"})
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    s3.delete_object(Bucket=bucket, Key="a ü")
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (body, "text/plain", {"m": "1"})
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.copy_object(
        Bucket=bucket,
        Key="copy",
        CopySource={"Bucket": bucket, "Key": "copy"},
        MetadataDirective="REPLACE",
        Metadata={"m": "2"},
        TaggingDirective="REPLACE",
        Tagging="t=2",
    )
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (body, "binary/octet-stream", {"m": "2"})
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "t", "Value": "2"}]


def test_copies_that_are_refused(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
    source = {"Bucket": bucket, "Key": "key"}
    assert refusal(s3.copy_object, Bucket=bucket, Key="key", CopySource=source) == (400, "InvalidRequest")
    assert refusal(s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/none") == (404, "NoSuchKey")
    given = {"Bucket": bucket, "Key": "c", "CopySource": source}
    assert refusal(s3.copy_object, **given, CopySourceIfNoneMatch=etag) == (412, "PreconditionFailed")
    assert refusal(s3.copy_object, **given, CopySourceIfMatch='"no"') == (412, "PreconditionFailed")


def test_deleting_many(s3: Any, bucket: str) -> None:
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=key)
    entries = [{"Key": "a"}, {"Key": "b"}, {"Key": "never was"}]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries})
    assert deleted["Deleted"] == entries
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    too_many = [{"Key": str(number)} for number in range(1001)]
    assert refusal(s3.delete_objects, Bucket=bucket, Delete={"Objects": too_many}) == (400, "MalformedXML")


def test_tags(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    tag_set = [{"Key": "z", "Value": "1"}, {"Key": "a", "Value": ""}]
    s3.put_object_tagging(Bucket=bucket, Key="key", Tagging={"TagSet": tag_set})
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == tag_set
    s3.delete_object_tagging(Bucket=bucket, Key="key")
    assert s3.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []
    twice = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}
    assert refusal(s3.put_object_tagging, Bucket=bucket, Key="key", Tagging=twice) == (400, "InvalidTag")
    eleven = {"TagSet": [{"Key": str(number), "Value": ""} for number in range(11)]}
    assert refusal(s3.put_object_tagging, Bucket=bucket, Key="key", Tagging=eleven) == (400, "BadRequest")


def test_customer_keys(s3: Any, bucket: str) -> None:
    key, other = "k" * 32, "o" * 32
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey=key)
    assert read(s3, bucket, "key", SSECustomerAlgorithm="AES256", SSECustomerKey=key) == b"x"
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == (400, "InvalidRequest")
    wrong = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": other}
    assert refusal(s3.get_object, Bucket=bucket, Key="key", **wrong) == (403, "AccessDenied")


def test_archived_objects_are_read_after_they_are_restored(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", StorageClass="GLACIER")
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == (403, "InvalidObjectState")
    answer = s3.restore_object(Bucket=bucket, Key="key", RestoreRequest={"Days": 1})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert read(s3, bucket, "key") == b"x"
    assert 'ongoing-request="false"' in s3.head_object(Bucket=bucket, Key="key")["Restore"]


def test_virtual_hosts_name_buckets(s3: Any, s3_service: Running, bucket: str) -> None:
    import httpx

    with httpx.Client(base_url=s3_service.url) as client:
        for host in (
            f"{bucket}.localhost:4566",
            f"{bucket}.s3.localhost.localstack.cloud",
            f"{bucket}.s3.amazonaws.com",
        ):
            assert client.put("/_next/a%20b", content=b"x", headers={"host": host}).status_code == 200
            assert client.get("/_next/a%20b", headers={"host": host}).content == b"x"
            assert "<Key>_next/a b</Key>" in client.get("/", headers={"host": host}).text
    assert read(s3, bucket, "_next/a b") == b"x"
