"""What Publish and PublishBatch do for a topic: check, number, deduplicate, archive and hand over to the fan-out.

What goes to nothing but standard queues is handed over first, and written only where that fails: an answered publish is
in its queues or in the outbox. All else is written in one transaction with its deliveries, which then are tried.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from awskit.database import Database, Transaction
from awskit.outbox import Batch, Outbox
from awskit.resources.kms_keys import read_key_name
from services.sns.errors import invalid_parameter, kms_not_found
from services.sns.messages.message import Attributes, Message, encode, new_message_id, timestamp_of
from services.sns.messages.message_attributes import check_attributes
from services.sns.messages.message_checks import (
    MAX_MESSAGE_BYTES,
    bodies_of,
    check_identifier,
    check_size,
    check_subject,
    check_text,
    size_of,
)
from services.sns.publishing.fan_out import FanOut
from services.sns.store import fifo, topics
from services.sns.store.topics import Topic
from services.sns.topics.catalog import Audience, TopicCatalog
from services.sns.topics.topic_attributes import archive_retention_days, maximum_message_size

DEDUPLICATION_SECONDS = 300
_FIRST_SEQUENCE_NUMBER = 10_000_000_000_000_000_000
_SEQUENCE_STEP = 1_000
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a request, by the request's names."""

    text: str
    subject: str | None = None
    structure: str | None = None
    attributes: Attributes = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None
    trace_header: str | None = None

    @property
    def size(self) -> int:
        """Bytes that count toward the topic's limit."""
        return size_of(self.text, self.attributes)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the publisher is told of a message."""

    message_id: str
    sequence_number: str | None

    def shown(self) -> dict[str, str]:
        """As Publish's answer has it, without a sequence number where the topic gives none."""
        shown = {"MessageId": self.message_id}
        if self.sequence_number is not None:
            shown["SequenceNumber"] = self.sequence_number
        return shown


def check_key(topic: Topic) -> None:
    """Raise `KMSNotFound` where messages cannot be encrypted as the topic wants it."""
    key = topic.attributes.get("KmsMasterKeyId")
    if key and read_key_name(key, topic.account_id, topic.region) is None:
        raise kms_not_found(key)


def entry_of(input: Mapping[str, Any], headers: Mapping[str, str]) -> Entry:
    """The entry a Publish request or a batch request's entry holds."""
    return Entry(
        input["Message"],
        input.get("Subject"),
        input.get("MessageStructure"),
        input.get("MessageAttributes") or {},
        input.get("MessageGroupId"),
        input.get("MessageDeduplicationId"),
        headers.get("x-amzn-trace-id"),
    )


def check_entry(entry: Entry, topic: Topic | None, *, needs_default: bool = True) -> None:
    """Raises InvalidParameter and ParameterValueInvalid. `topic` is None for a message to a phone or a device.

    The size is left, of which a batch has one for all its messages, and what a topic of its type does not take.
    """
    check_text(entry.text)
    if entry.subject is not None:
        check_subject(entry.subject)
    if entry.attributes:
        check_attributes(entry.attributes)
    if entry.structure is not None:
        bodies_of(entry.structure, entry.text, needs_default=needs_default)
    if topic is None:
        return
    if entry.group_id is not None:
        check_identifier(entry.group_id, "MessageGroupId")
    if entry.deduplication_id is not None:
        check_identifier(entry.deduplication_id, "MessageDeduplicationId")
    if topic.is_fifo:
        check_fifo_entry(entry, topic)


def check_topic_type(entry: Entry, topic: Topic) -> None:
    """Raises InvalidParameter where a message has what a topic of this type does not take."""
    if entry.deduplication_id is not None and not topic.is_fifo:
        raise invalid_parameter(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid "
            "for this topic type"
        )


def check_entry_size(entry: Entry, topic: Topic | None) -> None:
    """Raises InvalidParameter where a message by itself is too long."""
    check_size(entry.size, maximum_message_size(topic.attributes) if topic is not None else MAX_MESSAGE_BYTES)


def check_fifo_entry(entry: Entry, topic: Topic) -> None:
    """Raises InvalidParameter where a message of a FIFO topic lacks its group or deduplication id."""
    if entry.group_id is None:
        raise invalid_parameter("The MessageGroupId parameter is required for FIFO topics")
    if entry.deduplication_id is None and topic.attributes.get("ContentBasedDeduplication") != "true":
        raise invalid_parameter(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )


class Publisher:
    """Publishes to topics. `settle_timeout` is how many seconds it waits for the first try of deliveries to queues."""

    def __init__(
        self, database: Database, catalog: TopicCatalog, fan_out: FanOut, outbox: Outbox, settle_timeout: float
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._fan_out = fan_out
        self._outbox = outbox
        self._settle_timeout = settle_timeout

    async def publish(
        self, topic_arn: str, checked: Callable[[Topic], Sequence[Entry]], callback_url: str, now: float
    ) -> list[Receipt]:
        """Publish what `checked` lets through, in order: what to answer, once deliveries to queues have been
        tried. Raises NotFound and what `checked` does.
        """
        audience = await self._database.read(
            lambda transaction: self._catalog.require_committed(transaction, topic_arn)
        )
        if audience.is_of_standard_queues:
            messages = _messages(audience.topic, checked(audience.topic), callback_url, now)
            outbox_entries = self._fan_out.to_standard_queues(audience, messages)
            if outbox_entries:
                await self._outbox.hand_over(outbox_entries, self._settle_timeout)
            return [Receipt(message.message_id, None) for message in messages]

        def work(transaction: Transaction) -> tuple[list[Receipt], Batch | None]:
            audience = self._catalog.require(transaction, topic_arn)
            return self._publish(transaction, audience, checked(audience.topic), callback_url, now)

        receipts, batch = await self._database.write(work)
        if batch is not None:
            await self._outbox.settled(batch, self._settle_timeout)
        return receipts

    def _publish(
        self, transaction: Transaction, audience: Audience, entries: Sequence[Entry], callback_url: str, now: float
    ) -> tuple[list[Receipt], Batch | None]:
        """What to answer, and the deliveries to wait for."""
        messages: list[Message] = []
        receipts: list[Receipt] = []
        unnumbered = _messages(audience.topic, entries, callback_url, now)
        for entry, message in zip(entries, unnumbered, strict=True):
            numbered: Message | Receipt = message
            if audience.topic.is_fifo:
                numbered = self._numbered(transaction, audience.topic, message, entry, now)
            if isinstance(numbered, Receipt):
                receipts.append(numbered)
            else:
                messages.append(numbered)
                receipts.append(Receipt(numbered.message_id, numbered.sequence_number))
        return receipts, self._fan_out.publish(transaction, audience, messages)

    def _numbered(
        self, transaction: Transaction, topic: Topic, message: Message, entry: Entry, now: float
    ) -> Message | Receipt:
        """The message with its sequence number; the first one's receipt where this one is a duplicate of it."""
        deduplication_id = entry.deduplication_id or hashlib.sha256(entry.text.encode("utf-8")).hexdigest()
        by_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
        scope = entry.group_id or "" if by_group else ""
        published = fifo.find_published(transaction, topic.arn, scope, deduplication_id, now)
        if published is not None:
            return Receipt(*published)
        number = str(_FIRST_SEQUENCE_NUMBER + topics.next_sequence(transaction, topic.arn) * _SEQUENCE_STEP)
        fifo.remember(
            transaction,
            topic.arn,
            scope,
            deduplication_id,
            message.message_id,
            number,
            now,
            now + DEDUPLICATION_SECONDS,
        )
        numbered = replace(message, deduplication_id=deduplication_id, sequence_number=number)
        days = archive_retention_days(topic.attributes.get("ArchivePolicy"))
        if days is not None:
            fifo.add_archived(transaction, topic.arn, number, encode(numbered), now, now - days * _DAY)
        return numbered


def _messages(topic: Topic, entries: Sequence[Entry], callback_url: str, now: float) -> list[Message]:
    timestamp = timestamp_of(now)
    return [
        Message(
            new_message_id(),
            topic.arn,
            entry.text,
            timestamp,
            callback_url,
            entry.subject,
            entry.attributes,
            bodies_of(entry.structure, entry.text),
            entry.group_id,
            trace_header=entry.trace_header,
        )
        for entry in entries
    ]
