"""Copies of objects."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest

from tests.services.s3.conftest import error_of, read, refusal

LARGE = 3 * 1024 * 1024 + 7


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


def test_copied_ranges_lie_within_the_source(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    part = {"Bucket": bucket, "Key": "key", "UploadId": upload_id, "PartNumber": 1, "CopySource": f"{bucket}/source"}
    assert error_of(s3.upload_part_copy, **part, CopySourceRange="bytes=10-20") == {
        "Code": "InvalidRequest",
        "Message": "The specified copy range is invalid for the source object size",
    }
    longer = error_of(s3.upload_part_copy, **part, CopySourceRange="bytes=5-20")
    assert longer["Message"] == "Range specified is not valid for source object of size: 10"


def test_copy_sources_that_are_none(http: httpx.Client, bucket: str) -> None:
    for source, message in (
        ("b$/key", "Invalid copy source bucket name"),
        (f"{bucket}/%ff", "Invalid copy source encoding."),
        (bucket, "Invalid copy source object key"),
        (f"{bucket}/", "Invalid copy source object key"),
    ):
        answer = http.put(f"/{bucket}/key", headers={"x-amz-copy-source": source})
        assert f"<Code>InvalidArgument</Code><Message>{message}</Message>" in answer.text


def test_an_object_is_copied_to_itself_where_the_bucket_encrypts_it(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    given = {"Bucket": bucket, "Key": "key", "CopySource": f"{bucket}/key"}
    assert refusal(s3.copy_object, **given) == (400, "InvalidRequest")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.copy_object(**given)["ServerSideEncryption"] == "aws:kms"
    assert read(s3, bucket, "key") == b"x"
