"""Deliveries as the outbox keeps them: what a payload holds, and back again.

A payload is a line of JSON about the delivery, then the text to send. For SQS that text is an entry of its `deliveries`
as it goes on the wire, without its first brace, so that nothing is encoded again at a try.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

HTTP_PREFIX = "http:"
FUNCTION_PREFIX = "lambda:"
STREAM_PREFIX = "firehose:"
FAN_OUT_PREFIX = "fan-out:"
REPLAY_PREFIX = "replay:"


@dataclass(frozen=True, slots=True)
class DeliveryMetadata:
    """What a delivery function has to know of an entry. `kind` is the SNS message type; `endpoint` an HTTP URL."""

    kind: str
    message_id: str
    topic_arn: str
    subscription_arn: str
    endpoint: str = ""
    raw: bool = False
    dead_letter: bool = False
    trace_header: str = ""


def encode_payload(metadata: DeliveryMetadata, text: bytes) -> bytes:
    """The payload of a delivery: its metadata, and the text to send."""
    fields = [
        *(metadata.kind, metadata.message_id, metadata.topic_arn, metadata.subscription_arn),
        *(metadata.endpoint, metadata.raw, metadata.dead_letter),
    ]
    if metadata.trace_header:
        fields.append(metadata.trace_header)
    return orjson.dumps(fields) + b"\n" + text


def decode_payload(payload: bytes) -> tuple[DeliveryMetadata, bytes]:
    """What `encode_payload` wrote."""
    line, _, text = payload.partition(b"\n")
    return DeliveryMetadata(*orjson.loads(line)), text
