"""What an operation's input is about, in a word: `bucket/key`, or the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resource_of(input: Mapping[str, Any]) -> str:
    """The object, the bucket, or what S3 Control is asked about; "" for a list of buckets."""
    bucket = input.get("Bucket")
    if bucket is None:
        return str(input.get("ResourceArn") or input.get("Name") or "")
    key = input.get("Key")
    return bucket if key is None else f"{bucket}/{key}"
