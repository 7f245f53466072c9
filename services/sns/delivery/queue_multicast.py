"""One message on its way to several standard queues of a topic: one entry, in which its text stands once.

In: a message's texts and the queues for each. Out: entries for the outbox, and back again what each queue gets.

A payload is a line of JSON about the deliveries, then the text to send: an entry of `deliveries` of the SQS service,
as it goes on the wire, without its first brace (as in `entries`). Envelopes differ by their subscription's ARN alone: a
zero byte, which JSON never holds, stands where it goes.

What a queue does not take at the first try goes on as an entry of its own (`QueueMulticast.outbox_entry_of`), and
what the SQS service was not there for as a smaller multicast, so that a multicast needs no progress. FIFO queues get
entries of their own from the start, each queue's order being its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from awskit.outbox import OutboxEntry
from services.sns.delivery.outbox_payloads import DeliveryMetadata, encode_payload

MULTICAST_PREFIX = "queues:"
_ARN_GOES_HERE = b"\0"
_BESIDE_ENTRY = 100


@dataclass(frozen=True, slots=True)
class QueueMulticast:
    """`addressees` are queue ARN and subscription ARN of each delivery."""

    message_id: str
    topic_arn: str
    raw: bool
    addressees: Sequence[tuple[str, str]]
    text: bytes

    def entries(self) -> list[tuple[str, bytes]]:
        """Queue ARN and entry for each addressee."""
        text = self.text
        if self.raw:
            return [(queue, text) for queue, _ in self.addressees]
        return [(queue, text.replace(_ARN_GOES_HERE, arn.encode("ascii"))) for queue, arn in self.addressees]

    def metadata(self, place: int) -> DeliveryMetadata:
        """What is told of the delivery to the addressee at this place."""
        return DeliveryMetadata(
            "Notification", self.message_id, self.topic_arn, self.addressees[place][1], raw=self.raw
        )

    @property
    def size(self) -> int:
        """How many bytes its entries are, about."""
        return len(self.addressees) * (len(self.text) + _BESIDE_ENTRY)

    def part(self, first: int, most_bytes: int | None = None) -> QueueMulticast:
        """For the addressees from the `first` on: all, or as many, at least one, as so many bytes are enough for."""
        last = None if most_bytes is None else first + max(1, most_bytes // (len(self.text) + _BESIDE_ENTRY))
        return replace(self, addressees=self.addressees[first:last])

    def outbox_entry(self) -> OutboxEntry:
        """All of it, for the outbox."""
        line = orjson.dumps([self.message_id, self.topic_arn, self.raw, self.addressees])
        return OutboxEntry(MULTICAST_PREFIX + self.topic_arn, line + b"\n" + self.text)

    def outbox_entry_of(self, place: int) -> OutboxEntry:
        """The delivery to the addressee at this place by itself."""
        ((queue, entry),) = replace(self, addressees=[self.addressees[place]]).entries()
        return OutboxEntry(queue, encode_payload(self.metadata(place), entry))


def read_multicast(payload: bytes) -> QueueMulticast:
    """What `QueueMulticast.entry` wrote as its payload."""
    line, _, text = payload.partition(b"\n")
    message_id, topic_arn, raw, addressees = orjson.loads(line)
    return QueueMulticast(message_id, topic_arn, raw, addressees, text)


def envelope_entry(before: str, after: str) -> bytes:
    """The message body of an envelope, given what stands before and after the subscription's ARN."""
    return b'"MessageBody":' + orjson.dumps(before)[:-1] + _ARN_GOES_HERE + orjson.dumps(after)[1:]
