"""Parts without a service: hosts, `aws-chunked` bodies, checksums of parts, blobs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awskit.errors import AwsError
from services.s3.bodies import checksums
from services.s3.bodies.aws_chunked import ChunkedBody
from services.s3.bodies.blobs import BlobStore, Segment, cut, read
from services.s3.buckets.virtual_hosts import HostMeaning, meaning_of
from services.s3.objects.user_metadata import mail_safe


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:4566", HostMeaning()),
        ("127.0.0.1:4566", HostMeaning()),
        ("[::1]:4566", HostMeaning()),
        ("ruststack:4566", HostMeaning()),
        ("my.bucket.localhost:4566", HostMeaning("my.bucket")),
        ("s3.localhost.localstack.cloud:4566", HostMeaning()),
        ("bucket.s3.localhost.localstack.cloud:4566", HostMeaning("bucket")),
        ("bucket.s3.eu-west-1.localhost.localstack.cloud", HostMeaning("bucket", region="eu-west-1")),
        ("bucket.s3.amazonaws.com", HostMeaning("bucket")),
        ("my.bucket.s3-us-west-2.amazonaws.com", HostMeaning("my.bucket", region="us-west-2")),
        ("bucket.s3.dualstack.eu-west-1.amazonaws.com", HostMeaning("bucket", region="eu-west-1")),
        ("bucket.s3-accelerate.amazonaws.com", HostMeaning("bucket")),
        ("s3.eu-west-1.amazonaws.com", HostMeaning(region="eu-west-1")),
        ("bucket.s3-website.localhost.localstack.cloud", HostMeaning("bucket", website=True)),
        ("bucket.s3-website-us-east-1.amazonaws.com", HostMeaning("bucket", website=True, region="us-east-1")),
        ("www.example.com.s3-website.eu-west-1.amazonaws.com", HostMeaning("www.example.com", True, "eu-west-1")),
        ("000000000000.s3-control.us-east-1.amazonaws.com", HostMeaning()),
    ],
)
def test_hosts(host: str, expected: HostMeaning) -> None:
    assert meaning_of(host) == expected


def test_the_fleets_own_name_has_buckets_below_it() -> None:
    assert meaning_of("bucket.ruststack:4566", "ruststack:4566") == HostMeaning("bucket")
    assert meaning_of("bucket.ruststack:4566") == HostMeaning()


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


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.sampled_from(["CRC32", "CRC32C", "CRC64NVME"]))
def test_full_object_checksums_of_parts(parts: list[bytes], algorithm: str) -> None:
    listed = [(checksums.of_bytes(algorithm, part), len(part)) for part in parts]
    assert checksums.combine(algorithm, checksums.FULL_OBJECT, listed) == checksums.of_bytes(algorithm, b"".join(parts))


@pytest.mark.parametrize("algorithm", sorted(checksums.MEMBER_OF))
def test_every_algorithm(algorithm: str) -> None:
    whole = checksums.of_bytes(algorithm, b"hello, world")
    running = checksums.new(algorithm)
    for piece in (b"hello,", b"", b" world"):
        running.update(piece)
    assert checksums.encode(running.digest()) == whole
    assert checksums.is_well_formed(algorithm, whole)


@given(
    st.lists(st.binary(max_size=20), max_size=6),
    st.integers(min_value=0, max_value=120),
    st.integers(min_value=0, max_value=120),
)
def test_cutting_a_stretch_out_of_segments(parts: list[bytes], start: int, end: int) -> None:
    segments = [Segment(len(part), data=part) for part in parts]
    found = b"".join((segment.data or b"")[first:last] for segment, first, last in cut(segments, start, end))
    assert found == b"".join(parts)[start:end]


async def test_a_blob_outlives_its_row_while_it_is_read(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    store.open()
    writer = store.create()
    content = os.urandom(1_500_000)
    writer.write(content)
    writer.commit()
    segment = Segment(len(content), writer.blob)
    lease = store.lease([writer.blob])
    stream = read(store, lease, [(segment, 0, len(content))], chunk=100_000)
    first = await anext(stream)
    store.remove([writer.blob])
    rest = b"".join([chunk async for chunk in stream])
    assert hashlib.sha256(first + rest).digest() == hashlib.sha256(content).digest()
    assert not store.path(writer.blob).exists()


def test_discarded_blobs_leave_nothing(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    store.open()
    writer = store.create()
    writer.write(b"x")
    writer.discard()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("plain =?text_", "plain =?text_"),
        # the user guide's example
        ("ÄMÄZÕÑ S3".encode().decode("latin-1"), "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="),
        ("Hello World\xe9", "=?UTF-8?Q?Hello_World=C3=A9?="),
    ],
)
def test_metadata_are_mail_safe(value: str, kept: str) -> None:
    assert mail_safe(value) == kept


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_encoded_words_mean_what_was_given(value: str) -> None:
    words = [word + "?=" for word in mail_safe(value + "é").split("?= ")]
    words[-1] = words[-1].removesuffix("?=")
    assert all(len(word) <= 75 for word in words)
    assert "".join(str(make_header(decode_header(word))) for word in words) == value + "é"
