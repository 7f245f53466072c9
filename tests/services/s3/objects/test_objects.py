"""Objects: what is put comes back."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest

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


@pytest.mark.parametrize("key", ["a b", "ä/ö", "//", "/lead", "a%20b", "a+b", "~.-_*'()", "日本語", "a\nb", "🎉" * 256])
def test_keys_are_kept_as_they_are(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert read(s3, bucket, key) == b"x"
    s3.delete_object(Bucket=bucket, Key=key)
    assert refusal(s3.get_object, Bucket=bucket, Key=key) == (404, "NoSuchKey")


def test_keys_longer_than_1024_bytes_are_refused(s3: Any, bucket: str) -> None:
    assert refusal(s3.put_object, Bucket=bucket, Key="ä" * 513) == (400, "KeyTooLongError")


def test_overridden_response_headers(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    got = s3.get_object(Bucket=bucket, Key="key", ResponseContentType="text/html", ResponseCacheControl="private")
    assert (got["ContentType"], got["CacheControl"]) == ("text/html", "private")


def test_expires_comes_back_as_it_was_written(s3: Any, http: httpx.Client, bucket: str) -> None:
    for written in ("tomorrow", "0", "Wed, 21 Oct 2015 07:28:00 GMT"):
        http.put(f"/{bucket}/key", content=b"x", headers={"expires": written, "content-type": ""})
        got = http.get(f"/{bucket}/key")
        assert (got.headers["expires"], got.headers["content-type"]) == (written, "")
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
        assert http.head(f"/{bucket}/copy").headers["expires"] == written
    assert http.get(f"/{bucket}/key", params={"response-expires": "never"}).headers["expires"] == "never"


def test_overridden_headers_hold_what_headers_can(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    got = s3.get_object(Bucket=bucket, Key="key", ResponseContentDisposition='attachment; filename="éт\n.txt"')
    assert got["ContentDisposition"] == 'attachment; filename="é  .txt"'
