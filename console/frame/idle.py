"""What is done when nobody is being answered: memory is given back soon; after long the process ends.

A process that is started at a visit need not stay after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from awskit.process.memory import MemoryKeeper

_LOOK_SECONDS = 5.0


class Idle:
    """Requests that are being answered, live pages included, and when the last one ended."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._open = 0
        self._memory = MemoryKeeper()
        self._last = time.monotonic()

    def begin(self) -> None:
        self._open += 1

    def end(self) -> None:
        self._open -= 1
        self._last = time.monotonic()
        self._memory.give_back_soon()

    async def watch(self, on_idle: Callable[[], None]) -> None:
        """Call `on_idle` once nobody has come for as long as that."""
        while self._open or time.monotonic() - self._last < self._seconds:  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(min(_LOOK_SECONDS, self._seconds))
        on_idle()
