"""A connection to PostgreSQL whose waits may be the event loop's.

    connection = LoopConnection.connect("host=...", autocommit=True)
    await in_greenlet(lambda: connection.execute("SELECT 1").fetchone())

`in_greenlet(work)` runs `work` so that its waits for such connections let the event loop go on meanwhile, without a
thread: https://greenlet.readthedocs.io. Elsewhere they are psycopg's own connections, and wait as those do.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, TypeVar

import greenlet
import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

T = TypeVar("T")


class _Worker(greenlet.greenlet):
    """Does database work. What it switches to its parent with is what it waits for."""


class LoopConnection(psycopg.Connection[Any]):
    """See the module."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._reply: asyncio.Future[Ready] | None = None
        self._watching: asyncio.AbstractEventLoop | None = None
        self._watched = -1

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """As psycopg's; within `in_greenlet` the event loop goes on meanwhile."""
        worker = greenlet.getcurrent()
        if not isinstance(worker, _Worker):
            return super().wait(gen, interval, timeout)
        loop = worker.parent
        assert loop is not None
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(loop.switch((self, wanted)))
        except StopIteration as ended:
            value: T = ended.value
            return value

    async def ready(self, wanted: Wait) -> Ready:
        """Wait on the event loop until the server can be read from or written to."""
        loop = self._watching
        if loop is None:
            loop = self._watching = asyncio.get_running_loop()
        if self._watched < 0:
            self._watched = self.pgconn.socket
            loop.add_reader(self._watched, self._readable)
        future: asyncio.Future[Ready] = loop.create_future()
        self._reply = future
        if wanted & Wait.W:
            loop.add_writer(self._watched, self._tell, Ready.W)
        try:
            return await future
        finally:
            self._reply = None
            if wanted & Wait.W and self._watched >= 0:
                loop.remove_writer(self._watched)

    def _readable(self) -> None:
        if self._reply is not None:
            self._tell(Ready.R)
            return
        # What was left off has ended, or the server has gone: what there is is taken, so that it is not told again.
        try:
            self.pgconn.consume_input()
        except psycopg.Error:
            self.stop_waiting()

    def _tell(self, ready: Ready) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(ready)

    def stop_waiting(self) -> None:
        """The event loop is told nothing of it any more."""
        if self._watched >= 0 and self._watching is not None:
            if not self._watching.is_closed():
                self._watching.remove_reader(self._watched)
                self._watching.remove_writer(self._watched)
            self._watched = -1

    def close(self) -> None:
        self.stop_waiting()
        super().close()


async def in_greenlet(work: Callable[[], T]) -> T:
    """The result of `work`, whose waits for connections are the event loop's.

    Who is cancelled meanwhile learns of it once the work has ended: what it does in a database cannot be taken back
    halfway. Its result is lost then; the work itself has to see to what follows of it.
    """
    worker = _Worker(work)
    worker.gr_context = contextvars.copy_context()
    cancelled: asyncio.CancelledError | None = None
    wanted = worker.switch()
    while not worker.dead:
        connection, wait = wanted
        try:
            ready = await connection.ready(wait)
        except asyncio.CancelledError as error:
            cancelled = error
        except BaseException as error:
            wanted = worker.throw(error)
        else:
            try:
                wanted = worker.switch(ready)
            except BaseException:
                if cancelled is not None:
                    break
                raise
    if cancelled is not None:
        raise cancelled
    result: T = wanted
    return result
