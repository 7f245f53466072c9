"""An object's checksum as its row keeps it ("ALGORITHM:TYPE:value") and as answers show it."""

from __future__ import annotations

from typing import Any

from services.s3.bodies.checksums import FULL_OBJECT, MEMBER_OF


def kept(algorithm: str, value: str, checksum_type: str = FULL_OBJECT) -> str:
    """The column of a checksum: `value` is base64 (for parts `base64-N`)."""
    return f"{algorithm}:{checksum_type}:{value}"


def parse(column: str) -> tuple[str, str, str]:
    """Algorithm, type and value."""
    algorithm, checksum_type, value = column.split(":", 2)
    return algorithm, checksum_type, value


def shown(column: str | None) -> dict[str, str]:
    """`ChecksumCRC32` and `ChecksumType`, as GetObject, PutObject and CopyObject answer them."""
    if column is None:
        return {}
    algorithm, checksum_type, value = parse(column)
    return {MEMBER_OF[algorithm]: value, "ChecksumType": checksum_type}


def listed(column: str | None) -> dict[str, Any]:
    """`ChecksumAlgorithm` and `ChecksumType`, as listings show them."""
    if column is None:
        return {}
    algorithm, checksum_type, _ = column.split(":", 2)
    return {"ChecksumAlgorithm": [algorithm], "ChecksumType": checksum_type}
