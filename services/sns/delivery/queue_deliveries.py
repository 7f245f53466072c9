"""Deliveries to queues: what becomes of each, by what the SQS service says.

The service being away is no failure of the delivery: it is tried until it is there, or the outbox gives it up. What the
service refuses (a queue that does not exist, a message it does not take) is AWS's client-side error: not tried again,
but dead-lettered. What it fails at itself is tried again by the policy for what AWS manages, and holds up no other.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from awskit.database import Transaction
from awskit.outbox import Batch, Delivered, Delivery, Outbox, OutboxEntry, Outcome, Retry
from services.sns.delivery.delivery_outcomes import Answer, Outcomes
from services.sns.delivery.delivery_policy import AWS_MANAGED
from services.sns.delivery.outbox_payloads import decode_payload
from services.sns.delivery.queue_multicast import QueueMulticast, read_multicast
from services.sns.delivery.sqs_calls import NotAnswered, NotTaken, Refused, SqsCalls

_MAX_BYTES = 1_048_576
"""How much one call to the SQS service may carry, where it carries more than one entry."""

_BACK_OFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
_DELIVERED = Delivered()


class QueueDeliveries:
    """`deliver` for destinations that are queues, `deliver_multicasts` for those that are a topic's standard queues."""

    def __init__(self, calls: SqsCalls, outcomes: Outcomes, outbox: Outbox) -> None:
        self._calls = calls
        self._outcomes = outcomes
        self._outbox = outbox

    async def deliver(self, queue_arn: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order."""
        outcomes: list[Outcome] = []
        for group in _groups([len(delivery.payload) for delivery in deliveries]):
            sent = deliveries[group]
            try:
                refused = await self._calls.deliver([(queue_arn, self._entry(delivery)) for delivery in sent])
            except NotAnswered as reason:
                return _in_order(deliveries, [*outcomes, *_again(deliveries[group.start :], str(reason))])
            except NotTaken as reason:
                if len(sent) == 1:
                    refused = {0: Refused(Answer(500, str(reason)), by_service=True)}
                else:
                    outcomes += await self._one_by_one(queue_arn, sent)
                    continue
            outcomes += [self._outcome(delivery, refused.get(place)) for place, delivery in enumerate(sent)]
        return _in_order(deliveries, outcomes)

    async def _one_by_one(self, queue_arn: str, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """One of them is at fault: each by itself, and after one that is tried again none of its key."""
        outcomes: list[Outcome] = []
        held: dict[str, Retry] = {}
        for delivery in deliveries:
            key = delivery.ordering_key
            outcome: Outcome | None = held.get(key) if key is not None else None
            if outcome is None:
                (outcome,) = await self.deliver(queue_arn, [delivery])
            if key is not None and isinstance(outcome, Retry):
                held[key] = outcome
            outcomes.append(outcome)
        return outcomes

    async def deliver_multicasts(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """An outcome for each, in order. What a queue does not take goes on as an entry of its own."""
        multicasts = [read_multicast(delivery.payload) for delivery in deliveries]
        outcomes: list[Outcome] = []
        for group in _groups([multicast.size for multicast in multicasts]):
            together = multicasts[group]
            try:
                if together[0].size > _MAX_BYTES:
                    outcomes.append(await self._in_parts(together[0]))
                    continue
                refused = await self._calls.deliver(
                    [entry for multicast in together for entry in self._entries(multicast)]
                )
            except NotAnswered as reason:
                return [*outcomes, *_again(deliveries[group.start :], str(reason))]
            except NotTaken:
                outcomes += [self._to_each(multicast) for multicast in together]
                continue
            outcomes += self._of_multicasts(together, refused)
        return outcomes

    async def _in_parts(self, multicast: QueueMulticast) -> Outcome:
        """Hand it over in as many calls as it takes. Raises NotAnswered where not even the first was answered.

        What is left when a later call is not answered goes on by itself, so that no queue gets its message again.
        """
        going_on: list[OutboxEntry] = []
        taken = 0
        while taken < len(multicast.addressees):
            part = multicast.part(taken, _MAX_BYTES)
            try:
                refused = await self._calls.deliver(self._entries(part))
            except (NotAnswered, NotTaken):
                if not taken:
                    raise
                going_on.append(multicast.part(taken).outbox_entry())
                break
            going_on += [part.outbox_entry_of(place) for place in refused]
            taken += len(part.addressees)
        return self._but_for(going_on)

    def _entry(self, delivery: Delivery) -> bytes:
        if not self._calls.name_sources:
            return delivery.payload.partition(b"\n")[2]
        metadata, entry = decode_payload(delivery.payload)
        return _with_source(metadata.topic_arn, entry)

    def _entries(self, multicast: QueueMulticast) -> list[tuple[str, bytes]]:
        entries = multicast.entries()
        if not self._calls.name_sources:
            return entries
        return [(queue, _with_source(multicast.topic_arn, entry)) for queue, entry in entries]

    def _outcome(self, delivery: Delivery, refused: Refused | None) -> Outcome:
        if refused is None:
            return self._outcomes.delivered(delivery)
        metadata, entry = decode_payload(delivery.payload)
        delay = AWS_MANAGED.delay(delivery.attempts + 1)
        if refused.by_service and delay is not None:
            return Retry(delay, refused.answer.text)
        return self._outcomes.given_up(delivery, metadata, refused.answer, lambda: entry)

    def _of_multicasts(self, multicasts: Sequence[QueueMulticast], refused: Mapping[int, Refused]) -> Iterator[Outcome]:
        if not refused:
            yield from [_DELIVERED] * len(multicasts)
            return
        start = 0
        for multicast in multicasts:
            places = [place for place in range(len(multicast.addressees)) if start + place in refused]
            yield self._but_for([multicast.outbox_entry_of(place) for place in places])
            start += len(multicast.addressees)

    def _to_each(self, multicast: QueueMulticast) -> Outcome:
        """Each queue gets its own, so that the one at fault holds up no other."""
        return self._but_for([multicast.outbox_entry_of(place) for place in range(len(multicast.addressees))])

    def _but_for(self, outbox_entries: Sequence[OutboxEntry]) -> Outcome:
        if not outbox_entries:
            return _DELIVERED

        def then(transaction: Transaction) -> Batch:
            return self._outbox.add(transaction, outbox_entries)

        return Delivered(then)


def _with_source(topic_arn: str, entry: bytes) -> bytes:
    """An entry that says which topic it comes from, for the queue's policy."""
    return b'"SourceArn":"%b",%b' % (topic_arn.encode(), entry)


def _again(deliveries: Sequence[Delivery], reason: str) -> list[Outcome]:
    attempts = max(delivery.attempts for delivery in deliveries)
    wait = _BACK_OFF[min(attempts, len(_BACK_OFF) - 1)]
    return [Retry(wait, reason, destination_down=True)] * len(deliveries)


def _groups(sizes: Sequence[int]) -> Iterator[slice]:
    """Which of them, of so many bytes each, one call may carry together."""
    start = carried = 0
    for place, size in enumerate(sizes):
        if place > start and carried + size > _MAX_BYTES:
            yield slice(start, place)
            start, carried = place, 0
        carried += size
    yield slice(start, len(sizes))


def _in_order(deliveries: Sequence[Delivery], outcomes: list[Outcome]) -> list[Outcome]:
    """Where one of an ordering key is to be tried again, those after it are too: the queue knows them by their ids."""
    held: dict[str, Retry] = {}
    for index, delivery in enumerate(deliveries):
        key = delivery.ordering_key
        if key is None:
            continue
        outcome = outcomes[index]
        if key in held:
            outcomes[index] = held[key]
        elif isinstance(outcome, Retry):
            held[key] = outcome
    return outcomes
