"""Waiting for the first try of parcels that were added together."""

from __future__ import annotations

import asyncio


class Batch:
    """Parcels added together; `wait` waits for the first try of each."""

    __slots__ = ("_done", "_left")

    def __init__(self, size: int) -> None:
        self._left = size
        self._done: asyncio.Future[bool] | None = None

    def settle_one(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._end(True)

    async def wait(self, timeout: float) -> bool:
        """Whether each has been tried before `timeout` seconds passed."""
        if self._left <= 0:
            return True
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        # A timer rather than `asyncio.timeout`: every publish waits here, and it is 4 us less.
        timer = loop.call_later(timeout, self._end, False)
        try:
            return await self._done
        finally:
            timer.cancel()

    def _end(self, settled: bool) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(settled)
