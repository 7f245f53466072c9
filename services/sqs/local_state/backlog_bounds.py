"""What a process knows of each backlog without asking the database: bounds that let most operations skip a query.

A bound is only ever too early: then one query too many is made. It is lowered at once, and raised only once the
transaction that looked is committed. All is forgotten when a replica has written; where processes share the database
that cannot tell of it nothing is known, and every operation asks.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = float("-inf")
NEVER = float("inf")
_MOST_KNOWN = 10_000
_LATELY_SECONDS = 0.1


@dataclass(slots=True)
class BacklogBounds:
    """`due_at`: no delayed or in-flight message becomes visible before it. `oldest`: none was sent before it."""

    due_at: float = UNKNOWN
    oldest: float = UNKNOWN
    _looks: int = 0
    _lowered_due_at: float = NEVER
    _lowered_oldest: float = NEVER

    def waits_until(self, at: float) -> None:
        """A message was delayed, or taken in flight, until `at`."""
        if at < self.due_at:
            self.due_at = at
        if at < self._lowered_due_at:
            self._lowered_due_at = at

    def sent_at(self, at: float) -> None:
        """A message that was sent at `at` has come in."""
        if at < self.oldest:
            self.oldest = at
        if at < self._lowered_oldest:
            self._lowered_oldest = at

    def look(self) -> int:
        """Call before a transaction asks the database; `found` takes what comes back."""
        self._looks += 1
        self._lowered_due_at = self._lowered_oldest = NEVER
        return self._looks

    def found(self, look: int, *, due_at: float | None = None, oldest: float | None = None) -> None:
        """A committed transaction found these; they count unless another has looked since."""
        if look != self._looks:
            return
        if due_at is not None:
            self.due_at = min(due_at, self._lowered_due_at)
        if oldest is not None:
            self.oldest = min(oldest, self._lowered_oldest)


class Backlogs:
    """The bounds of every backlog, and how many more messages each may have in flight before they must be counted."""

    def __init__(self, *, shared: bool, maximum_in_flight: int) -> None:
        self.shared = shared
        self._looked: dict[int, float] = {}
        self._maximum_in_flight = maximum_in_flight
        self._bounds: dict[int, BacklogBounds] = {}
        self._allowances: dict[int, int] = {}

    def bounds(self, backlog_id: int) -> BacklogBounds:
        """The bounds of a backlog; where several processes share the database, ones that say nothing."""
        bounds = self._bounds.get(backlog_id)
        if bounds is None:
            bounds = BacklogBounds()
            if not self.shared:
                if len(self._bounds) >= _MOST_KNOWN:
                    self.forget_all()
                self._bounds[backlog_id] = bounds
        return bounds

    def looked(self, backlog_id: int, now: float) -> None:
        """What was due in a backlog is ready."""
        if len(self._looked) >= _MOST_KNOWN:
            self._looked.clear()
        self._looked[backlog_id] = now

    def waits_until(self, backlog_id: int, at: float) -> None:
        """A message was delayed, or taken in flight, until `at`."""
        if not self.shared:
            self.bounds(backlog_id).waits_until(at)
        elif at < self._looked.get(backlog_id, UNKNOWN) + _LATELY_SECONDS:
            del self._looked[backlog_id]

    def was_looked_at(self, backlog_id: int, now: float) -> bool:
        """Whether that is so short a time ago that what else there is may be received first."""
        return 0 <= now - self._looked.get(backlog_id, NEVER) < _LATELY_SECONDS

    def has_allowance(self, backlog_id: int, most: int) -> bool:
        """Whether `most` more messages may be taken in flight without counting them."""
        return self._allowances.get(backlog_id, 0) >= most

    def counted_in_flight(self, backlog_id: int, count: int) -> int:
        """How many more there may be; other processes count too, so that each uses but a part of it unseen."""
        left = self._maximum_in_flight - count
        self._allowances[backlog_id] = left // 8 if self.shared else left
        return left

    def taken_in_flight(self, backlog_id: int, count: int) -> None:
        """`count` messages were received; `has_allowance` has so many less."""
        self._allowances[backlog_id] = self._allowances.get(backlog_id, 0) - count

    def forget(self, backlog_id: int) -> None:
        """The backlog is given up, by a purge or with its queue."""
        self._bounds.pop(backlog_id, None)
        self._looked.pop(backlog_id, None)
        self._allowances.pop(backlog_id, None)

    def forget_all(self) -> None:
        self._bounds.clear()
        self._looked.clear()
        self._allowances.clear()
