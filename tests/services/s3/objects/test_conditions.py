"""Conditional requests."""

from __future__ import annotations

import datetime
from typing import Any

from tests.services.s3.conftest import error_of, read, refusal


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


def test_conditions_of_directory_buckets(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"1")
    assert error_of(s3.delete_object, Bucket=bucket, Key="key", IfMatchSize=1) == {
        "Code": "NotImplemented",
        "Message": "A header you provided implies functionality that is not implemented",
        "Header": "x-amz-if-match-size",
        "additionalMessage": "We don't accept the provided value of x-amz-if-match-size header for this API",
    }
    errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key", "Size": 1}]})["Errors"]
    assert [(error["Key"], error["Code"]) for error in errors] == [("key", "NotImplemented")]
    assert read(s3, bucket, "key") == b"1"


def test_a_write_has_one_condition(s3: Any, bucket: str) -> None:
    assert error_of(s3.put_object, Bucket=bucket, Key="key", IfMatch='"x"', IfNoneMatch="*") == {
        "Code": "NotImplemented",
        "Message": "A header you provided implies functionality that is not implemented",
        "Header": "If-Match,If-None-Match",
        "additionalMessage": "Multiple conditional request headers present in the request",
    }
