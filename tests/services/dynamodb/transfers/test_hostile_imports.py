"""Files that no exporter writes: an import of one ends, in little memory, and the service answers others meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from typing import Any

import pytest

from tests.services.dynamodb.conftest import DynamoDb
from tests.services.dynamodb.transfers.test_imports import by_key, imported, lines

MEGABYTE = 1024 * 1024


async def import_of(dynamodb: DynamoDb, s3: Any, bucket: str, body: bytes, **given: Any) -> dict[str, Any]:
    """The description of an import of that file, which has left the loop free meanwhile."""
    s3.put_object(Bucket=bucket, Key="1.gz", Body=gzip.compress(body, 1))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.005)
            turns += 1

    turning = asyncio.create_task(turn())
    tracemalloc.start()
    try:
        description = await imported(dynamodb, bucket, InputCompressionType="GZIP", **given)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        turning.cancel()
    assert peak < 64 * MEGABYTE
    assert turns > 0
    return description


async def test_a_hundred_megabytes_of_empty_lines(dynamodb: DynamoDb, s3: Any, bucket: str) -> None:
    body = b"\n" * 100 * MEGABYTE + lines({"a": "1"}) + b"\r\n" * MEGABYTE + lines({"a": "2"})
    description = await import_of(dynamodb, s3, bucket, body)
    assert (description["ImportedItemCount"], description["ErrorCount"]) == (2, 0)
    assert sorted(await by_key(dynamodb)) == ["1", "2"]


@pytest.mark.parametrize("given", [{}, {"InputFormat": "CSV"}, {"InputFormat": "ION"}], ids=["JSON", "CSV", "Ion"])
async def test_a_line_of_a_hundred_megabytes(dynamodb: DynamoDb, s3: Any, bucket: str, given: dict[str, Any]) -> None:
    head = b"a,n\n" if given.get("InputFormat") == "CSV" else lines({"a": "1"})
    description = await import_of(
        dynamodb, s3, bucket, head + b"x" * 100 * MEGABYTE + b"\n" + lines({"a": "2"}), **given
    )
    assert description["ErrorCount"] == 1
    if not given:
        assert sorted(await by_key(dynamodb)) == ["1", "2"]


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"Item":{"a":' + b'{"L":[' * 400 + b"]}" * 400 + b"}}", b"{} " * 20_000]
)
async def test_lines_that_are_nested_or_many_in_one(dynamodb: DynamoDb, s3: Any, bucket: str, text: bytes) -> None:
    description = await import_of(dynamodb, s3, bucket, lines({"a": "1"}) + text + b"\n" + lines({"a": "2"}))
    assert description["ErrorCount"] >= 1
    assert sorted(await by_key(dynamodb)) == ["1", "2"]
