"""Deleting: one, many, versions that cannot be."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx

from tests.services.s3.conftest import refusal


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


def test_deleting_a_version_that_cannot_be_is_an_error_of_its_entry(s3: Any, bucket: str) -> None:
    entries = [{"Key": "a&<b", "VersionId": "no-version"}, {"Key": "other"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries})
    message = "The specified version does not exist."
    assert answer["Errors"] == [{**entries[0], "Code": "NoSuchVersion", "Message": message}]
    assert answer["Deleted"] == [{"Key": "other"}]


def test_many_are_deleted_only_by_a_list_with_a_checksum(s3: Any, http: httpx.Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    content = b"<Delete><Object><Key>key</Key></Object></Delete>"
    refused = http.post(f"/{bucket}?delete", content=content)
    message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
    assert (refused.status_code, f"<Message>{message}</Message>" in refused.text) == (400, True)
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    assert http.post(f"/{bucket}?delete", content=content, headers={"content-md5": md5}).status_code == 200
    assert refusal(s3.head_object, Bucket=bucket, Key="key") == (404, "404")
