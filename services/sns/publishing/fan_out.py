"""From a message to its deliveries: filter policies, entries for the outbox, messages for the sinks.

All of it happens in the transaction of the publish for a topic's first subscribers; for those beyond `CHUNK` an entry
of its own carries the message on, chunk after chunk, so that ten thousand subscriptions hold nobody up. A replay of
archived messages goes the same way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from awskit.clock import Clock
from awskit.database import Transaction
from awskit.journal.trail import Text, Trail
from awskit.outbox import Batch, Delivered, Delivery, Outbox, OutboxEntry, Outcome
from services.sns.delivery.outbox_payloads import FAN_OUT_PREFIX, REPLAY_PREFIX
from services.sns.delivery.queue_multicast import MULTICAST_PREFIX
from services.sns.filter_policy import MESSAGE_BODY, attribute_values, body_values
from services.sns.filter_policy.explanation import refusing_clause
from services.sns.messages.message import Message, decode, encode
from services.sns.messages.signing import Signer
from services.sns.publishing.notification_entries import NotificationEntries
from services.sns.store import deliveries, fifo, platform, subscriptions, topics
from services.sns.store.topics import Topic
from services.sns.subscriptions.replays import is_replaying, replay_entry
from services.sns.topics.catalog import CHUNK, Audience, Subscriber, TopicCatalog, subscriber, subscribers
from services.sns.topics.topic_attributes import signature_version

_QUEUES = ("arn:", MULTICAST_PREFIX)
_REPLAY_CHUNK = 50
_MOST_EXPLAINED = 1024  # characters of a body that is kept for the explanation
_CHUNK_SECONDS = 5.0
_END_OF_TIME = 1e12


class MessageValues:
    """What filter policies are matched with, made from a message when the first policy asks."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._attributes: dict[str, Any] | None = None
        self._bodies: dict[str, dict[str, Any] | None] = {}

    def accepted_by(self, candidate: Subscriber) -> bool:
        """Whether the subscriber's filter policy lets the message through."""
        policy = candidate.filter_policy
        if policy is None:
            return True
        if policy.scope != MESSAGE_BODY:
            if self._attributes is None:
                self._attributes = attribute_values(self._message.attributes)
            return policy.accepts(self._attributes)
        body = self._message.body_for(candidate.protocol)
        if body not in self._bodies:
            self._bodies[body] = body_values(body)
        return policy.accepts(self._bodies[body])


class FanOut:
    """See the module."""

    def __init__(
        self,
        catalog: TopicCatalog,
        signer: Signer,
        clock: Clock,
        outbox: Outbox,
        trail: Trail,
        elsewhere: Mapping[str, str],
    ) -> None:
        """`elsewhere` as for `NotificationEntries`."""
        self._elsewhere = elsewhere
        self._trail = trail
        self._catalog = catalog
        self._signer = signer
        self._clock = clock
        self._outbox = outbox
        self._chunks: dict[str, Batch] = {}

    def publish(self, transaction: Transaction, audience: Audience, messages: Sequence[Message]) -> Batch | None:
        """Write the deliveries of `messages`, in order; those to queues are what a publisher waits for, if any."""
        to_queues: list[OutboxEntry] = []
        others: list[OutboxEntry] = []
        for message in messages:
            for outbox_entry in self._distribute(transaction, audience.topic, audience.subscribers, message):
                (to_queues if outbox_entry.destination.startswith(_QUEUES) else others).append(outbox_entry)
            if audience.more:
                others.append(_next_chunk(message, audience.subscribers[-1].subscription.id))
        if others:
            self._outbox.add(transaction, others)
        return self._outbox.add(transaction, to_queues) if to_queues else None

    def to_standard_queues(self, audience: Audience, messages: Sequence[Message]) -> list[OutboxEntry]:
        """The deliveries of `messages`, where nothing but standard queues gets them: nothing is to be written."""
        outbox_entries: list[OutboxEntry] = []
        for message in messages:
            notifications = self._notifications(audience.topic, message)
            for candidate in self._accepting(audience.subscribers, message):
                notifications.add(candidate)
            outbox_entries += notifications.outbox_entries()
        return outbox_entries

    def _distribute(
        self, transaction: Transaction, topic: Topic, candidates: Iterable[Subscriber], message: Message
    ) -> list[OutboxEntry]:
        notifications = self._notifications(topic, message)
        for candidate in self._accepting(candidates, message):
            if notifications.add(candidate):
                continue
            if candidate.protocol != "application" or platform.is_enabled(transaction, candidate.subscription.endpoint):
                deliveries.add_to_sinks(transaction, [notifications.sink_message(candidate)], self._clock.now())
        return notifications.outbox_entries()

    def _notifications(self, topic: Topic, message: Message) -> NotificationEntries:
        return NotificationEntries(message, self._signer, signature_version(topic.attributes), self._elsewhere)

    def _accepting(self, candidates: Iterable[Subscriber], message: Message) -> Iterator[Subscriber]:
        """Those who get the message, now."""
        values = MessageValues(message)
        for candidate in candidates:
            if not values.accepted_by(candidate):
                self._note_refusal(candidate, message)
            elif message.replayed or not is_replaying(candidate.subscription.attributes):
                yield candidate

    def _note_refusal(self, candidate: Subscriber, message: Message) -> None:
        policy, subscription = candidate.filter_policy, candidate.subscription
        assert policy is not None
        body = message.body_for(candidate.protocol) if policy.scope == MESSAGE_BODY else ""
        text: Text = "its filter policy does not hold"
        if len(body) <= _MOST_EXPLAINED:
            source = subscription.attributes["FilterPolicy"]
            text = partial(refusing_clause, source, policy.scope, message.attributes, body)
        self._trail.note(self._clock.now(), "filtered out", message.message_id, "", subscription.arn, text)

    async def deliver_chunks(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """For destinations that are a topic's further subscribers: an outcome for each, in order."""
        return [await self._deliver_chunk(delivery) for delivery in deliveries]

    async def deliver_replays(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """For destinations that are a subscription's replays: an outcome for each, in order."""
        return [await self._deliver_replay(delivery) for delivery in deliveries]

    async def _deliver_chunk(self, delivery: Delivery) -> Outcome:
        """The next subscribers of a topic with many: their entries are written where this one is forgotten."""
        message, after = _chunk_of(delivery.payload)
        await self._previous_chunk(message.message_id)

        def then(transaction: Transaction) -> None:
            topic = topics.find(transaction, message.topic_arn)
            found = subscribers(transaction, message.topic_arn, after, CHUNK + 1)
            if topic is None or not found:
                return
            chunk = found[:CHUNK]
            outbox_entries = self._distribute(transaction, topic, chunk, message)
            if len(found) > CHUNK:
                outbox_entries.append(_next_chunk(message, chunk[-1].subscription.id))
            self._add_chunk(transaction, message.message_id, outbox_entries)

        return Delivered(then)

    async def _deliver_replay(self, delivery: Delivery) -> Outcome:
        """The next archived messages for a subscription that replays."""
        job = orjson.loads(delivery.payload)
        arn: str = job["subscription"]
        await self._previous_chunk(arn)

        def then(transaction: Transaction) -> None:
            subscription = subscriptions.find(transaction, arn)
            topic = topics.find(transaction, subscription.topic_arn) if subscription is not None else None
            # A replay started later takes the place of this one.
            if subscription is None or topic is None or subscription.attributes.get("ReplayId") != job["id"]:
                return
            until = job["until"] or _END_OF_TIME
            found = fifo.archived(transaction, topic.arn, job["after"], job["since"], until, _REPLAY_CHUNK)
            if not found:
                attributes = {**subscription.attributes, "ReplayStatus": "Completed"}
                subscriptions.set_attributes(transaction, arn, attributes)
                self._catalog.changed(transaction, topic.arn)
                return
            outbox_entries: list[OutboxEntry] = []
            for _, archived in found:
                message = _replayed(decode(archived), job["id"])
                outbox_entries += self._distribute(transaction, topic, [subscriber(subscription)], message)
            outbox_entries.append(replay_entry({**job, "after": found[-1][0]}))
            self._add_chunk(transaction, arn, outbox_entries)

        return Delivered(then)

    async def _previous_chunk(self, key: str) -> None:
        """Let what was written last go out first, so that a large fan-out takes no more room than one chunk."""
        batch = self._chunks.pop(key, None)
        if batch is not None:
            await self._outbox.settled(batch, _CHUNK_SECONDS)

    def _add_chunk(self, transaction: Transaction, key: str, outbox_entries: list[OutboxEntry]) -> None:
        goes_on = bool(outbox_entries) and outbox_entries[-1].destination.startswith((FAN_OUT_PREFIX, REPLAY_PREFIX))
        own = outbox_entries[:-1] if goes_on else outbox_entries
        if own:
            self._chunks[key] = self._outbox.add(transaction, own)
        if goes_on:
            self._outbox.add(transaction, outbox_entries[-1:])
        else:
            self._chunks.pop(key, None)


def _next_chunk(message: Message, after: int) -> OutboxEntry:
    return OutboxEntry(FAN_OUT_PREFIX + message.topic_arn, b"%d\n" % after + encode(message))


def _chunk_of(payload: bytes) -> tuple[Message, int]:
    after, _, encoded = payload.partition(b"\n")
    return decode(encoded), int(after)


def _replayed(message: Message, replay_id: str) -> Message:
    # The queue has seen the message's own deduplication id and would swallow it for five minutes.
    return dataclasses.replace(message, replayed=True, deduplication_id=f"{replay_id}-{message.sequence_number}")
