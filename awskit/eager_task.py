"""A task that runs at once, until it first waits: what a request that never waits costs no turn of the event loop.

    EagerTask(loop, handle(request), waiting, ended).start()

In: a coroutine. Out: `ended(error)`, called once it is over, with what it raised or None. While it waits it is kept in
the set `waiting`. Inside it `asyncio.current_task()` is this task, so that time-outs and task groups work as in any
other: it is what asyncio's documentation calls a third-party task
(https://docs.python.org/3/library/asyncio-extending.html). Python 3.12's eager tasks do the same; 3.11 has none.
"""

from __future__ import annotations

import asyncio
from asyncio import tasks
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any


class EagerTask:
    """See the module. Made and started in a callback of the loop, not within another task."""

    __slots__ = (
        "__weakref__",
        "_cancel_message",
        "_cancel_requests",
        "_context",
        "_coroutine",
        "_ended",
        "_loop",
        "_must_cancel",
        "_waited_for",
        "_waiting",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, None],
        waiting: set[Any],
        ended: Callable[[BaseException | None], None],
    ) -> None:
        self._loop = loop
        self._coroutine: Coroutine[Any, Any, None] | None = coroutine
        self._waiting = waiting
        self._ended = ended
        self._context: Context | None = None
        self._waited_for: asyncio.Future[Any] | None = None
        self._must_cancel = False
        self._cancel_requests = 0
        self._cancel_message: Any = None

    def start(self) -> None:
        """Run the coroutine until it waits or ends."""
        self._context = copy_context()
        self._context.run(self._step, None)

    def cancel(self, msg: Any = None) -> bool:
        """As `asyncio.Task.cancel`."""
        if self._coroutine is None:
            return False
        self._cancel_requests += 1
        self._cancel_message = msg
        if self._waited_for is None or not self._waited_for.cancel(msg):
            self._must_cancel = True
        return True

    def cancelling(self) -> int:
        """As `asyncio.Task.cancelling`."""
        return self._cancel_requests

    def uncancel(self) -> int:
        """As `asyncio.Task.uncancel`."""
        if self._cancel_requests > 0:
            self._cancel_requests -= 1
            if self._cancel_requests == 0:
                self._must_cancel = False
        return self._cancel_requests

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return self._coroutine is None

    def _wake(self, _: asyncio.Future[Any]) -> None:
        # what the future raised, its `__await__` raises in the coroutine
        self._step(None)

    def _step(self, error: BaseException | None) -> None:
        coroutine = self._coroutine
        assert coroutine is not None
        self._waited_for = None
        if self._must_cancel:
            self._must_cancel = False
            error = asyncio.CancelledError(self._cancel_message)
        tasks._enter_task(self._loop, self)  # type: ignore[arg-type]
        try:
            awaited = coroutine.send(None) if error is None else coroutine.throw(error)
        except StopIteration:
            failure: BaseException | None = None
        except BaseException as raised:
            failure = raised
        else:
            self._wait_for(awaited)
            return
        finally:
            tasks._leave_task(self._loop, self)  # type: ignore[arg-type]
        self._coroutine = None
        self._waiting.discard(self)
        self._ended(failure)

    def _wait_for(self, awaited: Any) -> None:
        self._waiting.add(self)
        if awaited is None:  # asyncio.sleep(0)
            self._loop.call_soon(self._step, None, context=self._context)
            return
        self._waited_for = awaited
        awaited._asyncio_future_blocking = False
        awaited.add_done_callback(self._wake, context=self._context)
        if self._must_cancel and awaited.cancel(self._cancel_message):
            self._must_cancel = False
