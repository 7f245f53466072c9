"""Ranges of reads and of copies."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.services.s3.conftest import refusal

LARGE = 3 * 1024 * 1024 + 7


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
