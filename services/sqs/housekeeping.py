"""Work that no request waits for: sweeping out purged and deleted queues' messages, and what has expired."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from awskit.clock import Clock
from awskit.database import Database, Transaction
from services.sqs.store import discarded_backlogs, fifo, message_counts

_PIECE = 100  # messages: about a millisecond, which others wait for
_PAUSE_SECONDS = 0.01
_INTERVAL_SECONDS = 60.0
_EMPTIED_SECONDS = 60.0  # no request that found the queue before it was purged is still at work then
_TOPIC = "sweep"
_LOG = logging.getLogger("ruststack.sqs.housekeeping")


class Housekeeping:
    """A task of the service's own; `start` and `stop` it with the application."""

    def __init__(self, clock: Clock, database: Database) -> None:
        self._clock = clock
        self._database = database
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._emptied: dict[int, float] = {}
        self._lease = database.replicas.lease("housekeeping")
        database.replicas.subscribe(_TOPIC, lambda _: self._wanted.set())

    def sweep_soon(self) -> None:
        """There is something to sweep out, by this process or the replica that does it for all."""
        self._wanted.set()
        self._database.replicas.tell(_TOPIC)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._lease.give_back()

    async def _count(self) -> None:
        """Once after a start, beside all else, that nobody has to wait for the first count of a large queue."""
        try:
            if await self._database.read(message_counts.there_may_be_many):
                await self._database.count_beside(message_counts.count_large_backlogs)
        except Exception:
            _LOG.exception("counting failed; whoever asks counts")

    async def _run(self) -> None:
        await self._count()
        while True:
            try:
                if self._lease.held():
                    await self.sweep()
            except Exception:
                _LOG.exception("sweeping failed; it is tried again")
            self._wanted.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_INTERVAL_SECONDS):
                    await self._wanted.wait()

    async def sweep(self) -> None:
        """Sweep out everything there is now, a piece at a time so that requests are not held up."""
        now = self._clock.now()
        await self._database.write(lambda transaction: fifo.forget_expired(transaction, now))
        more = True
        while more:
            started = time.monotonic()
            more = await self._database.write(lambda transaction: discarded_backlogs.sweep(transaction, _PIECE))
            await asyncio.sleep(min(time.monotonic() - started, _PAUSE_SECONDS))  # half of the time is others'
        if self._database.engine.several_processes:
            await self._forget_emptied(time.monotonic())

    async def _forget_emptied(self, now: float) -> None:
        kept = await self._database.read(discarded_backlogs.emptied)
        self._emptied = {backlog_id: self._emptied.get(backlog_id, now) for backlog_id in kept}
        for backlog_id, since in tuple(self._emptied.items()):
            if now - since >= _EMPTIED_SECONDS:

                def forget(transaction: Transaction, backlog_id: int = backlog_id) -> None:
                    discarded_backlogs.forget(transaction, backlog_id)

                await self._database.write(forget)
