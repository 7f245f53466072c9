"""Time as the services see it: one object, passed in, that tests and users can move.

`POST /_ruststack/clock?advance=SECONDS` at the gateway moves the clock of every service, so that visibility timeouts,
TTL, retention and lifecycle rules can be watched without waiting for them; `?set=TIME` and `?offset=0` move it back.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

EARLIEST = 946_684_800.0
"""2000-01-01: what is a retention or a lock of a century before it is still a date."""
LATEST = 7_258_118_399.0
"""2199-12-31: what the services add to it (a lock of a century) is still a date, and its nanoseconds fit 63 bits."""

_KEPT_MOVES = 200


@dataclass(frozen=True, slots=True)
class Move:
    """At `at`, by the clock's source, it was put `offset` seconds ahead of it."""

    at: float
    offset: float


class Clock:
    """The system's clock plus an offset.

    `now()` is in seconds since the epoch (float), between `EARLIEST` and `LATEST` wherever it was moved. Whoever sleeps
    until a moment of this clock subscribes, and is called after each move, in either direction, to look again.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self._moves: list[Move] = []
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        return self._source() + self._offset

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of its source; negative where it is behind."""
        return self._offset

    @property
    def source_now(self) -> float:
        """The source's time, which clients go by."""
        return self._source()

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds` and tell every subscriber. ValueError where negative, or past `LATEST`."""
        if not seconds >= 0:
            raise ValueError("a clock only advances forward")
        self.move_to(self._offset + seconds)

    def move_to(self, offset: float) -> None:
        """Be `offset` seconds ahead of the source, and tell every subscriber. ValueError as `check_offset`."""
        self.check_offset(offset)
        self.take_over([*self._moves, Move(self._source(), offset)])

    def check_offset(self, offset: float) -> None:
        """ValueError where the clock would show a time before `EARLIEST` or after `LATEST`."""
        if not EARLIEST <= self._source() + offset <= LATEST:
            raise ValueError("the clock goes from the year 2000 to 2199")

    def take_over(self, moves: Sequence[Move]) -> None:
        """Be where `moves`, of another process or an earlier one, have led, and tell every subscriber."""
        self._moves = list(moves[-_KEPT_MOVES:])
        self._offset = self._moves[-1].offset if self._moves else 0.0
        for listener in tuple(self._listeners):
            listener()

    @property
    def moments_are_plain(self) -> bool:
        """Whether it has never been moved."""
        return not self._moves

    def moment_of(self, source_moment: float) -> float:
        """What this clock showed when its source showed `source_moment`: where a client's own watch is meant."""
        before = bisect_right(self._moves, source_moment, key=lambda move: move.at)
        return source_moment + (self._moves[before - 1].offset if before else 0.0)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each move; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


class ManualClock(Clock):
    """A clock that stands still until it is moved, for tests of stores and domain modules."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        super().__init__(lambda: start)
