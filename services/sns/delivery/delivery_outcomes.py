"""What a failed try leads to: a log entry, another try, the subscription's dead-letter queue, or nothing more.

https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.journal.trail import Trail
from awskit.outbox import Batch, Delivered, Delivery, GivenUp, Outbox, OutboxEntry, Outcome
from awskit.resources.arns import parse_arn
from services.sns.delivery.outbox_payloads import DeliveryMetadata, encode_payload
from services.sns.delivery.redrive_policy import dead_letter_queue
from services.sns.messages.message import timestamp_of
from services.sns.store import deliveries, subscriptions
from services.sns.store.deliveries import LoggedDelivery

_LOGGED_ATTEMPTS = 100
_LOGGED_CHARACTERS = 1_000

_DELIVERED = Delivered()

Entry = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said to one try: its status and body, or why there is none."""

    status_code: int | None
    text: str

    def shown(self, now: float) -> dict[str, Any]:
        answer = {"at": timestamp_of(now), "answer": self.text[:_LOGGED_CHARACTERS]}
        return answer if self.status_code is None else {**answer, "statusCode": self.status_code}


class Outcomes:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, outbox: Outbox, trail: Trail) -> None:
        self._trail = trail
        self._database = database
        self._clock = clock
        self._outbox = outbox

    def note_try(self, metadata: DeliveryMetadata, endpoint: str, answer: Answer) -> None:
        """Let the message's way show what a receiver has answered."""
        text = answer.text if answer.status_code is None else f"{answer.status_code} {answer.text}".rstrip()
        self._trail.note(self._clock.now(), "delivery", metadata.message_id, "", endpoint, text)

    def delivered(self, delivery: Delivery) -> Outcome:
        """It is there; what its failed tries left in the log goes."""
        if delivery.attempts == 0:
            return _DELIVERED
        return Delivered(lambda transaction: deliveries.forget_logged(transaction, delivery.id))

    async def log_failed_try(self, delivery: Delivery, metadata: DeliveryMetadata, answer: Answer) -> None:
        """Add a try that is to be repeated to the log."""
        await self._database.write(lambda transaction: self._log(transaction, delivery, metadata, answer, "pending"))

    def given_up(self, delivery: Delivery, metadata: DeliveryMetadata, answer: Answer, entry: Entry) -> Outcome:
        """No more tries: the message goes to the dead-letter queue, if the subscription has one.

        `entry()` is the SendMessageBatch entry for that queue, without its first brace.
        """

        self.note_try(metadata, delivery.destination, Answer(None, f"given up: {answer.text}"))

        def then(transaction: Transaction) -> Batch | None:
            subscription = subscriptions.find(transaction, metadata.subscription_arn)
            target = dead_letter_queue(subscription.attributes) if subscription is not None else None
            status, batch = "failed", None
            if target is not None and metadata.kind == "Notification" and not metadata.dead_letter:
                status = "dead-lettered"
                letter = DeliveryMetadata(
                    metadata.kind,
                    metadata.message_id,
                    metadata.topic_arn,
                    metadata.subscription_arn,
                    raw=metadata.raw,
                    dead_letter=True,
                )
                key = f"{metadata.subscription_arn} dead letters" if target.endswith(".fifo") else None
                batch = self._outbox.add(transaction, [OutboxEntry(target, encode_payload(letter, entry()), key)])
            self._log(transaction, delivery, metadata, answer, status)
            return batch

        return GivenUp(answer.text, then)

    def _log(
        self, transaction: Transaction, delivery: Delivery, metadata: DeliveryMetadata, answer: Answer, status: str
    ) -> None:
        known = deliveries.find_logged(transaction, delivery.id)
        attempts = known.attempts if known is not None else []
        arn = parse_arn(metadata.topic_arn)
        deliveries.log(
            transaction,
            LoggedDelivery(
                delivery.id,
                arn.account_id if arn is not None else "",
                metadata.topic_arn,
                metadata.subscription_arn,
                metadata.message_id,
                metadata.endpoint or delivery.destination,
                status,
                [*attempts, answer.shown(self._clock.now())][-_LOGGED_ATTEMPTS:],
                delivery.created_at,
            ),
        )
