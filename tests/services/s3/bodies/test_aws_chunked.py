"""`aws-chunked` bodies."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awskit.errors import AwsError
from services.s3.bodies.aws_chunked import ChunkedBody


async def _pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def _decode(framed: bytes, length: int, size: int) -> tuple[bytes, dict[str, str]]:
    body = ChunkedBody(_pieces(framed, size), length)
    decoded = b"".join([piece async for piece in body])
    return decoded, body.trailers


@given(
    st.lists(st.binary(min_size=1, max_size=50), max_size=5),
    st.integers(min_value=1, max_value=40),
    st.booleans(),
)
async def test_chunked_bodies(chunks: list[bytes], size: int, signed: bool) -> None:
    extension = ";chunk-signature=" + "0" * 64 if signed else ""
    framed = b"".join(f"{len(chunk):x}{extension}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    framed += f"0{extension}\r\n".encode() + b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    data = b"".join(chunks)
    assert await _decode(framed, len(data), size) == (data, {"x-amz-checksum-crc32": "AAAAAA=="})


@pytest.mark.parametrize(
    "framed", [b"", b"5\r\nab", b"zz\r\nab\r\n0\r\n\r\n", b"2\r\nabc\r\n0\r\n\r\n", b"2\r\nab\r\n", b"0\r\n\r\n"]
)
async def test_broken_frames(framed: bytes) -> None:
    with pytest.raises(AwsError, match="IncompleteBody"):
        await _decode(framed, 2, 7)
