"""Notices that a client has left while its request waits or its answer streams.

ASGI tells this only to who asks `receive`, and a task that asks costs as much as half a hop. So requests are entered
here, which is cheap, and the few that last longer than a tick are watched each by a task.
"""

from __future__ import annotations

import asyncio

from gateway.request import Request

_TICK_SECONDS = 0.1


class DisconnectWatch:
    """The requests under way."""

    def __init__(self) -> None:
        self._requests: set[Request] = set()
        self._ticking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._requests)

    def enter(self, request: Request) -> None:
        self._requests.add(request)
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())

    def leave(self, request: Request) -> None:
        self._requests.discard(request)
        if request.watcher is not None:
            request.watcher.cancel()

    async def _tick(self) -> None:
        before: set[Request] = set()
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            for request in before & self._requests:
                # while the body is being passed on, whoever reads it is told
                if request.watcher is None and request.body_read:
                    request.watcher = loop.create_task(request.watch())
            before = set(self._requests)

    async def close(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
            self._ticking = None
