"""What goes into an outbox, and what comes of a try to deliver it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from awskit.database import Transaction
from awskit.outbox.batch import Batch

Work = Callable[[Transaction], Batch | None]
"""What is done in the transaction that forgets an entry; who waits for its first try then waits for the batch too."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """What is to be delivered. `delay` is in seconds from now to the first try."""

    destination: str
    payload: bytes
    ordering_key: str | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry being tried. `attempts` counts the tries before this one; `created_at` is in seconds of the clock."""

    id: int
    destination: str
    ordering_key: str | None
    payload: bytes
    attempts: int
    created_at: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination has it. `then` runs in the transaction that forgets the entry."""

    then: Work | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; again after so many seconds of the clock.

    `destination_down`: nothing else gets through either, so nothing else for this destination is tried before that.
    """

    after: float
    reason: str
    destination_down: bool = False


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Never; `then` runs in the transaction that forgets the entry (a dead letter's entry is added there)."""

    reason: str
    then: Work | None = None


Outcome = Delivered | Retry | GivenUp
GiveUp = Callable[[str, Delivery, str], Work | None]
"""What giving up an entry of a destination for a reason leads to, where the outbox itself gives it up."""


@dataclass(frozen=True, slots=True)
class LastTry:
    """An entry that `seconds` of the clock and `tries` have not delivered is given up at the next failure.

    Both, since a machine that slept for a month, or a clock that was moved, has not tried anything.
    """

    seconds: float = 23 * 86_400.0
    tries: int = 100

    def was(self, delivery: Delivery, now: float) -> bool:
        """Whether the try that has just failed was the last one."""
        return delivery.attempts + 1 >= self.tries and now - delivery.created_at >= self.seconds


Deliver = Callable[[str, Sequence[Delivery]], Awaitable[Sequence[Outcome]]]
"""`await deliver(destination, deliveries)`: an outcome for each, in order.

Within one call, a delivery function that answers `Retry` for an entry has not delivered a later one of the same
ordering key, and answers `Retry` for it too.
"""
