"""The order of keys: bytes of UTF-8, unsigned, as S3 lists them."""

from __future__ import annotations


def after_prefix(prefix: bytes) -> bytes | None:
    """The smallest key that is greater than every key with `prefix`; None where there is none."""
    stripped = prefix.rstrip(b"\xff")
    if not stripped:
        return None
    return stripped[:-1] + bytes((stripped[-1] + 1,))
