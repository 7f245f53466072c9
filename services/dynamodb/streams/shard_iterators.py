"""Shard iterators: opaque texts that say where in a shard reading goes on.

Raised: `AwsError` with the codes and texts of DynamoDB Streams.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final, NamedTuple

import orjson

from awskit.errors import AwsError
from services.dynamodb.errors import ValidationException

LIFETIME_SECONDS: Final = 15 * 60


class Position(NamedTuple):
    """Where an iterator stands. `exact` is False for TRIM_HORIZON, which moves on as records are trimmed."""

    stream_id: int
    shard_number: int
    sequence: int
    exact: bool
    made_at: float


def encode(stream_arn: str, position: Position) -> str:
    """The iterator's text: the stream's ARN and the position."""
    packed = base64.urlsafe_b64encode(orjson.dumps(list(position))).decode("ascii")
    return f"{stream_arn}|1|{packed}"


def decode(text: str, now: float) -> Position:
    """The position. ValidationException where the text is none of ours, ExpiredIteratorException after 15 minutes."""
    _, _, packed = text.rpartition("|")
    try:
        numbers: list[Any] = orjson.loads(base64.b64decode(packed, altchars="-_", validate=True))
        position = Position(*numbers)
    except (binascii.Error, ValueError, TypeError):
        raise ValidationException("Invalid ShardIterator") from None
    if now > position.made_at + LIFETIME_SECONDS:
        raise AwsError("ExpiredIteratorException", "Iterator expired")
    return position


def trimmed() -> AwsError:
    """What is asked for has been trimmed."""
    return AwsError(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard",
    )
