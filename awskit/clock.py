"""Time as the services see it: one object, passed in, that tests and users can move forward.

`POST /_ruststack/clock?advance=SECONDS` at the gateway moves the clock of every service, so that visibility timeouts,
TTL, retention and lifecycle rules can be watched without waiting for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """The system's clock plus an offset.

    `now()` is in seconds since the epoch (float). Whoever sleeps until a moment of this clock subscribes, and is called
    after each move to look again.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        return self._source() + self._offset

    @property
    def offset(self) -> float:
        """Seconds that this clock is ahead of its source."""
        return self._offset

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds` (ValueError where negative) and tell every subscriber."""
        if seconds < 0:
            raise ValueError("a clock only moves forward")
        self._offset += seconds
        for listener in tuple(self._listeners):
            listener()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each move; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


class ManualClock(Clock):
    """A clock that stands still until it is advanced, for tests of stores and domain modules."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        super().__init__(lambda: start)
