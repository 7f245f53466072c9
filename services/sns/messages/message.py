"""A message as it is published, and as it is kept for its deliveries.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Message:
    """`attributes` are in the request's form (DataType, StringValue or BinaryValue). `bodies` holds the texts by
    protocol where the message structure is json. `callback_url` is the endpoint the publisher called, empty where it
    was no client's. `trace_header` is the publisher's `X-Amzn-Trace-Id`.
    """

    message_id: str
    topic_arn: str
    text: str
    timestamp: str
    callback_url: str
    subject: str | None = None
    attributes: Attributes = field(default_factory=dict)
    bodies: Mapping[str, str] | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    replayed: bool = False
    trace_header: str | None = None

    def body_for(self, protocol: str) -> str:
        """The text that a subscription of `protocol` gets."""
        if self.bodies is None:
            return self.text
        return self.bodies.get(protocol, self.bodies.get("default", self.text))


def encode(message: Message) -> bytes:
    """`message` for a row of the archive or of a fan-out."""
    return orjson.dumps(
        {
            **{name: getattr(message, name) for name in Message.__slots__ if name not in ("attributes", "replayed")},
            "attributes": {
                name: {key: _text_of(value) for key, value in attribute.items()}
                for name, attribute in message.attributes.items()
            },
        }
    )


def decode(data: bytes) -> Message:
    """What `encode` wrote."""
    document = orjson.loads(data)
    attributes = {
        name: {key: base64.b64decode(value) if key == "BinaryValue" else value for key, value in attribute.items()}
        for name, attribute in document.pop("attributes").items()
    }
    return Message(attributes=attributes, **document)


def _text_of(value: Any) -> Any:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def new_message_id() -> str:
    """A version 4 UUID's text; `uuid.uuid4` takes five times as long, and every message needs one."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def timestamp_of(seconds: float) -> str:
    """`2012-04-26T20:45:04.751Z`"""
    whole = int(seconds)
    return f"{_second_of(whole)}.{int((seconds - whole) * 1000):03d}Z"


@lru_cache(maxsize=64)
def _second_of(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
