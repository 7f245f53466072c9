"""Checksums: of bytes, of parts, and those that uploads state."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.s3.bodies import checksums
from tests.services.s3.conftest import error_of, read, refusal


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


LARGE = 3 * 1024 * 1024 + 7


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


def test_a_wrong_md5_is_told_with_the_right_one(s3: Any, bucket: str) -> None:
    given = {"Bucket": bucket, "Key": "key", "Body": b"x", "ContentMD5": "rL0Y20zC+Fzt72VPzMSk2A=="}
    assert error_of(s3.put_object, **given) == {
        "Code": "BadDigest",
        "Message": "The Content-MD5 you specified did not match what we received.",
        "ExpectedDigest": "acbd18db4cc2f85cedef654fccc4a4d8",
        "CalculatedDigest": "ndTkYSaMgDT1yFZOFVxnpg==",
    }


def test_checksums_of_unknown_algorithms(http: httpx.Client, bucket: str) -> None:
    answer = http.put(f"/{bucket}/key", content=b"x", headers={"x-amz-checksum-crc16": "AAA="})
    message = "The algorithm type you specified in x-amz-checksum- header is invalid."
    assert (answer.status_code, f"<Message>{message}</Message>" in answer.text) == (400, True)
    assert http.head(f"/{bucket}/key").status_code == 404
