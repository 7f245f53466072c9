"""S3's additional checksums: computing them as a body arrives, and combining those of parts.

In: bytes, or the checksums of parts. Out: base64 text, as the `x-amz-checksum-*` headers carry it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

`awscrt` costs 7 MB of memory, so it is imported where an algorithm first needs it.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol

from services.s3.bodies.crc_combination import combined

COMPOSITE = "COMPOSITE"
FULL_OBJECT = "FULL_OBJECT"

MEMBER_OF: Mapping[str, str] = MappingProxyType(
    {
        name: f"Checksum{name}"
        for name in (
            "CRC32",
            "CRC32C",
            "CRC64NVME",
            "SHA1",
            "SHA256",
            "SHA512",
            "MD5",
            "XXHASH64",
            "XXHASH3",
            "XXHASH128",
        )
    }
)
"""The input and output member of each algorithm: `ChecksumCRC32`."""

ALGORITHM_OF_MEMBER: Mapping[str, str] = MappingProxyType({member: name for name, member in MEMBER_OF.items()})
ALGORITHM_OF_HEADER: Mapping[str, str] = MappingProxyType(
    {f"x-amz-checksum-{name.lower()}": name for name in MEMBER_OF}
)

_FULL_OBJECT_ALGORITHMS = frozenset({"CRC32", "CRC32C", "CRC64NVME"})
_COMPOSITE_ONLY = frozenset(MEMBER_OF) - _FULL_OBJECT_ALGORITHMS

DIGEST_SIZE: Mapping[str, int] = MappingProxyType(
    {
        "CRC32": 4,
        "CRC32C": 4,
        "CRC64NVME": 8,
        "SHA1": 20,
        "SHA256": 32,
        "SHA512": 64,
        "MD5": 16,
        "XXHASH64": 8,
        "XXHASH3": 8,
        "XXHASH128": 16,
    }
)


class Hasher(Protocol):
    """A running checksum."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc:
    """A CRC whose function takes the bytes and the value so far."""

    __slots__ = ("_function", "_size", "_value")

    def __init__(self, function: Any, size: int) -> None:
        self._function = function
        self._size = size
        self._value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class _XXHash:
    """awscrt's xxHash in hashlib's manner."""

    __slots__ = ("_hash",)

    def __init__(self, hash_: Any) -> None:
        self._hash = hash_

    def update(self, data: bytes | memoryview, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return bytes(self._hash.finalize())


def new(algorithm: str) -> Hasher:
    """A running checksum of `algorithm` (upper case, as in the API). KeyError where S3 has no such algorithm."""
    match algorithm:
        case "CRC32":
            return _Crc(zlib.crc32, 4)
        case "SHA1" | "SHA256" | "SHA512" | "MD5":
            return hashlib.new(algorithm.lower(), usedforsecurity=False)
        case "CRC32C" | "CRC64NVME":
            return _Crc(_awscrt_crc(algorithm), DIGEST_SIZE[algorithm])
        case "XXHASH64" | "XXHASH3" | "XXHASH128":
            from awscrt.checksums import XXHash

            factories = {
                "XXHASH64": XXHash.new_xxhash64,
                "XXHASH3": XXHash.new_xxhash3_64,
                "XXHASH128": XXHash.new_xxhash3_128,
            }
            return _XXHash(factories[algorithm]())
        case _:
            raise KeyError(algorithm)


@lru_cache
def _awscrt_crc(algorithm: str) -> Any:
    from awscrt import checksums

    return checksums.crc32c if algorithm == "CRC32C" else checksums.crc64nvme


def encode(digest: bytes) -> str:
    """The header's form of a digest."""
    return b2a_base64(digest, newline=False).decode("ascii")


def of_bytes(algorithm: str, data: bytes) -> str:
    """The checksum of `data`, in the header's form."""
    hasher = new(algorithm)
    hasher.update(data)
    return encode(hasher.digest())


def is_well_formed(algorithm: str, value: str) -> bool:
    """Whether `value` is base64 of a digest of the algorithm's size."""
    try:
        return len(base64.b64decode(value, validate=True)) == DIGEST_SIZE[algorithm]
    except ValueError:
        return False


def default_type(algorithm: str) -> str:
    """The checksum type of a multipart upload that names only its algorithm."""
    return FULL_OBJECT if algorithm == "CRC64NVME" else COMPOSITE


def allows_type(algorithm: str, checksum_type: str) -> bool:
    """Whether a multipart upload may combine `algorithm` with `checksum_type`."""
    if checksum_type == FULL_OBJECT:
        return algorithm in _FULL_OBJECT_ALGORITHMS
    return algorithm != "CRC64NVME"


def combine(algorithm: str, checksum_type: str, parts: Iterable[tuple[str, int]]) -> str:
    """The checksum of an object made of parts, given each part's checksum and size in order.

    COMPOSITE: the checksum of the parts' checksums, followed by `-N`. FULL_OBJECT: that of the whole bytes.
    """
    if checksum_type == COMPOSITE:
        hasher = new(algorithm)
        count = 0
        for value, _ in parts:
            hasher.update(base64.b64decode(value))
            count += 1
        return f"{encode(hasher.digest())}-{count}"
    total = 0
    for value, size in parts:
        total = combined(algorithm, total, int.from_bytes(base64.b64decode(value), "big"), size)
    return encode(total.to_bytes(DIGEST_SIZE[algorithm], "big"))
