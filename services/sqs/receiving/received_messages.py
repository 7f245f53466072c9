"""Received messages as ReceiveMessage answers them, with the attributes that were asked for.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from services.sqs.errors import invalid_attribute_name
from services.sqs.messages.message_contents import load_attributes, md5_of_attributes
from services.sqs.messages.message_groups import sequence_number
from services.sqs.queues.queue import Queue
from services.sqs.queues.queue_attributes import ALL_NAMES
from services.sqs.receiving.receipt_handles import write_receipt_handle
from services.sqs.store.messages import Message

_EVERY_ATTRIBUTE = frozenset({"All", "*", ".*"})


def _milliseconds(seconds: float | None) -> str | None:
    return str(round(seconds * 1000)) if seconds is not None else None


_SYSTEM_ATTRIBUTES: Mapping[str, Callable[[Message, Queue], str | None]] = {
    "SenderId": lambda message, queue: message.sender_id,
    "SentTimestamp": lambda message, queue: _milliseconds(message.sent_at),
    "ApproximateReceiveCount": lambda message, queue: str(message.receive_count),
    "ApproximateFirstReceiveTimestamp": lambda message, queue: _milliseconds(message.first_received_at),
    "SequenceNumber": lambda message, queue: sequence_number(message.id) if queue.fifo else None,
    "MessageDeduplicationId": lambda message, queue: message.deduplication_id,
    "MessageGroupId": lambda message, queue: message.group_id,
    "AWSTraceHeader": lambda message, queue: message.trace_header,
    "DeadLetterQueueSourceArn": lambda message, queue: message.source_arn,
}
EVERY_SYSTEM_ATTRIBUTE = tuple(_SYSTEM_ATTRIBUTES)


def wanted_system_attributes(input: Mapping[str, Any]) -> Sequence[str]:
    """The system attributes asked for by either name of the parameter. Raises `InvalidAttributeName`."""
    asked = [*input.get("AttributeNames", ()), *input.get("MessageSystemAttributeNames", ())]
    if not asked:
        return ()
    for name in asked:
        # Names of queue attributes do no harm here, as they do none at AWS.
        if name not in _SYSTEM_ATTRIBUTES and name not in ALL_NAMES:
            raise invalid_attribute_name(name)
    if "All" in asked:
        return EVERY_SYSTEM_ATTRIBUTE
    return [name for name in EVERY_SYSTEM_ATTRIBUTE if name in asked]


def describe(
    queue: Queue,
    message: Message,
    system_attributes: Sequence[str],
    attribute_names: Collection[str],
    receipt_handle: str | None = None,
) -> dict[str, Any]:
    """A message as its receiver gets it; `message` has its body."""
    described: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": receipt_handle or write_receipt_handle(queue.id, message.id, message.receipt or 0),
        "MD5OfBody": message.body_md5,
        "Body": message.body,
    }
    if system_attributes:
        found = {name: _SYSTEM_ATTRIBUTES[name](message, queue) for name in system_attributes}
        described["Attributes"] = {name: value for name, value in found.items() if value is not None}
    if attribute_names and message.attributes is not None:
        attributes = _selected(load_attributes(message.attributes), attribute_names)
        if attributes:
            described["MessageAttributes"] = attributes
            described["MD5OfMessageAttributes"] = md5_of_attributes(attributes)
    return described


def _selected(attributes: dict[str, dict[str, Any]], names: Collection[str]) -> dict[str, dict[str, Any]]:
    if not _EVERY_ATTRIBUTE.isdisjoint(names):
        return attributes
    prefixes = tuple(name[:-2] for name in names if name.endswith(".*"))
    return {name: value for name, value in attributes.items() if name in names or name.startswith(prefixes)}
