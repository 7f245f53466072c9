"""What becomes of a delivery that the outbox itself has given up: a log entry, and the dead-letter queue.

In: the destination, the entry and the reason. Out: the work that goes with the entry's end. What a multicast has not
brought to its queues goes on for each by itself.
"""

from __future__ import annotations

import orjson

from awskit.database import Transaction
from awskit.outbox import Batch, Delivery, GivenUp, Outbox, Work
from services.sns.delivery.delivery_outcomes import Answer, Outcomes
from services.sns.delivery.outbox_payloads import FAN_OUT_PREFIX, REPLAY_PREFIX, decode_payload
from services.sns.delivery.queue_multicast import MULTICAST_PREFIX, read_multicast


class LastTries:
    """See the module."""

    def __init__(self, outcomes: Outcomes, outbox: Outbox) -> None:
        self._outcomes = outcomes
        self._outbox = outbox

    def given_up(self, destination: str, delivery: Delivery, reason: str) -> Work | None:
        """Raises ValueError where the entry's payload is none."""
        if destination.startswith((FAN_OUT_PREFIX, REPLAY_PREFIX)):
            return None  # no single delivery: the log says which topic's
        if destination.startswith(MULTICAST_PREFIX):
            return self._to_each(delivery)
        metadata, text = decode_payload(delivery.payload)
        if not destination.startswith("arn:"):
            text = b'"MessageBody":%b,"Cause":%b}' % (
                orjson.dumps(text.decode("utf-8", "replace")),
                orjson.dumps(metadata.message_id),
            )
        ended = self._outcomes.given_up(delivery, metadata, Answer(None, reason), lambda: text)
        return ended.then if isinstance(ended, GivenUp) else None

    def _to_each(self, delivery: Delivery) -> Work:
        multicast = read_multicast(delivery.payload)

        def then(transaction: Transaction) -> Batch:
            places = range(len(multicast.addressees))
            return self._outbox.add(transaction, [multicast.outbox_entry_of(place) for place in places])

        return then
