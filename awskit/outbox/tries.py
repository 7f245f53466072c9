"""A try to deliver entries: what came of each, whatever the delivery function does.

In: a destination and its entries. Out: an outcome for each, in order. Nothing is raised: a function that raises has
failed at one of them, which is then tried by itself, and given up after so many tries.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from awskit.outbox.entries import Deliver, Delivery, GivenUp, GiveUp, LastTry, Outcome, Retry, Work
from awskit.process.storage_faults import fault_of

_LAST_FAILURE = 12  # tries, the last of them after half an hour
_LONGEST_WAIT = 600.0


class Tries:
    """See the module. `last_try` and `give_up` as for `Outbox`."""

    def __init__(self, deliver: Deliver, last_try: LastTry, give_up: GiveUp, log: logging.Logger) -> None:
        self._deliver = deliver
        self._last_try = last_try
        self._give_up = give_up
        self._log = log

    async def outcomes(self, destination: str, deliveries: list[Delivery]) -> Sequence[Outcome]:
        """What came of a try. What the delivery function itself fails at is none of the others', and has a last try."""
        try:
            return await self._deliver(destination, deliveries)
        except Exception as error:
            self._log.exception("delivering to %s failed", destination)
            if fault_of(error) is not None or len(deliveries) == 1:
                return [self._after_failure(destination, each, error) for each in deliveries]
        # One of them is at fault: each by itself, and after one that is tried again none of its key.
        outcomes: list[Outcome] = []
        held: dict[str, Outcome] = {}
        for each in deliveries:
            outcome = held.get(each.ordering_key) if each.ordering_key is not None else None
            if outcome is None:
                (outcome,) = await self.outcomes(destination, [each])
            if isinstance(outcome, Retry) and each.ordering_key is not None:
                held[each.ordering_key] = outcome
            outcomes.append(outcome)
        return outcomes

    def _after_failure(self, destination: str, delivery: Delivery, error: Exception) -> Outcome:
        if fault_of(error) is None and delivery.attempts + 1 >= _LAST_FAILURE:
            return self._given_up(destination, delivery, repr(error))
        return Retry(min(2.0**delivery.attempts, _LONGEST_WAIT), repr(error))

    def ended(self, destination: str, delivery: Delivery, outcome: Outcome, now: float) -> Outcome:
        """The outcome, or the end of what was to be tried again and has had its last try."""
        if isinstance(outcome, Retry) and self._last_try.was(delivery, now):
            return self._given_up(destination, delivery, outcome.reason)
        return outcome

    def _given_up(self, destination: str, delivery: Delivery, reason: str) -> GivenUp:
        tries = delivery.attempts + 1
        self._log.error("entry %d for %s is given up after %d tries: %s", delivery.id, destination, tries, reason)
        then: Work | None = None
        try:
            then = self._give_up(destination, delivery, reason)
        except Exception:  # it may be the entry itself that nobody can read
            self._log.exception("nothing follows from giving entry %d up", delivery.id)
        return GivenUp(reason, then)
