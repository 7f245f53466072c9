"""Waiting for the first try of entries that were added together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Batch:
    """Entries added together; `wait` waits for the first try of each."""

    __slots__ = ("_done", "_failure", "_left", "_then")

    def __init__(self, size: int) -> None:
        self._left = size
        self._done: asyncio.Future[bool] | None = None
        self._then: Callable[[], None] | None = None
        self._failure: Exception | None = None

    def settle_one(self, failure: Exception | None = None) -> None:
        """One has been tried; with a `failure` it is neither delivered nor written, and who waits is to know."""
        if failure is not None:
            self._failure = failure
        self._left -= 1
        if self._left == 0:
            self._end(True)
            if self._then is not None:
                self._then()

    def when_settled(self, then: Callable[[], None]) -> None:
        """Call `then` once each has been tried; at once where each has been. One of them can be told."""
        if self._left <= 0:
            then()
        else:
            self._then = then

    async def wait(self, timeout: float) -> bool:
        """Whether each has been tried before `timeout` seconds passed. Raises what one of them failed with."""
        if self._left <= 0:
            return self._settled(True)
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        # A timer rather than `asyncio.timeout`: every publish waits here, and it is 4 us less.
        timer = loop.call_later(timeout, self._end, False)
        try:
            return self._settled(await self._done)
        finally:
            timer.cancel()

    def _settled(self, settled: bool) -> bool:
        if self._failure is not None:
            raise self._failure
        return settled

    def _end(self, settled: bool) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(settled)
