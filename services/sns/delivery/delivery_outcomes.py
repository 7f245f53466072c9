"""What a failed try leads to: a log entry, another try, the subscription's dead-letter queue, or nothing more.

https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.outbox import Delivered, Delivery, GivenUp, Outbox, Outcome, Parcel
from services.sns.arns import parse_arn
from services.sns.delivery.outbox_payloads import Waybill, pack
from services.sns.messages.message import timestamp_of
from services.sns.store import deliveries, subscriptions
from services.sns.store.deliveries import LoggedDelivery
from services.sns.subscriptions.subscription_attributes import redrive_target

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

    def __init__(self, database: Database, clock: Clock, outbox: Outbox) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox

    def delivered(self, delivery: Delivery) -> Outcome:
        """It is there; what its failed tries left in the log goes."""
        if delivery.attempts == 0:
            return _DELIVERED
        return Delivered(lambda transaction: deliveries.forget_logged(transaction, delivery.id))

    async def log_failed_try(self, delivery: Delivery, waybill: Waybill, answer: Answer) -> None:
        """Add a try that is to be repeated to the log."""
        await self._database.write(lambda transaction: self._log(transaction, delivery, waybill, answer, "pending"))

    def given_up(self, delivery: Delivery, waybill: Waybill, answer: Answer, entry: Entry) -> Outcome:
        """No more tries: the message goes to the dead-letter queue, if the subscription has one.

        `entry()` is the SendMessageBatch entry for that queue, without its first brace.
        """

        def then(transaction: Transaction) -> None:
            subscription = subscriptions.find(transaction, waybill.subscription_arn)
            target = redrive_target(subscription.attributes) if subscription is not None else None
            status = "failed"
            if target is not None and waybill.kind == "Notification" and not waybill.dead_letter:
                status = "dead-lettered"
                letter = Waybill(
                    waybill.kind,
                    waybill.message_id,
                    waybill.topic_arn,
                    waybill.subscription_arn,
                    raw=waybill.raw,
                    dead_letter=True,
                )
                key = f"{waybill.subscription_arn} dead letters" if target.endswith(".fifo") else None
                self._outbox.add(transaction, [Parcel(target, pack(letter, entry()), key)])
            self._log(transaction, delivery, waybill, answer, status)

        return GivenUp(answer.text, then)

    def _log(self, transaction: Transaction, delivery: Delivery, waybill: Waybill, answer: Answer, status: str) -> None:
        known = deliveries.find_logged(transaction, delivery.id)
        attempts = known.attempts if known is not None else []
        arn = parse_arn(waybill.topic_arn)
        deliveries.log(
            transaction,
            LoggedDelivery(
                delivery.id,
                arn.account_id if arn is not None else "",
                waybill.topic_arn,
                waybill.subscription_arn,
                waybill.message_id,
                waybill.endpoint or delivery.destination,
                status,
                [*attempts, answer.shown(self._clock.now())][-_LOGGED_ATTEMPTS:],
                delivery.created_at,
            ),
        )
