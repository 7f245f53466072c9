"""A task that runs at once, until it first waits, and something to wait for that ends at once (`Wakeup`): turns of the
event loop that a request does not cost.

    EagerTask(loop, handle(request), waiting, ended).start()

In: a coroutine. Out: `ended(error)`, called once it is over, with what it raised or None. While it waits it is kept in
the set `waiting`. Inside it `asyncio.current_task()` is this task, so that time-outs and task groups work as in any
other: it is what asyncio's documentation calls a third-party task
(https://docs.python.org/3/library/asyncio-extending.html). Python 3.12's eager tasks do the same; 3.11 has none.
"""

from __future__ import annotations

import asyncio
from asyncio import tasks
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, Generic, TypeVar

ResultT = TypeVar("ResultT")

_enter_task, _leave_task = tasks._enter_task, tasks._leave_task


class EagerTask:
    """See the module. Made and started in a callback of the loop, not within another task."""

    # of the class, since most tasks end without having waited or been cancelled, and there is one for each request
    _context: Context | None = None
    _waited_for: asyncio.Future[Any] | Wakeup | None = None
    _must_cancel = False
    _cancel_requests = 0
    _cancel_message: Any = None

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

    def _wake(self, _: object) -> None:
        # what the future raised, its `__await__` raises in the coroutine
        self._step(None)

    def _step(self, error: BaseException | None) -> None:
        coroutine = self._coroutine
        assert coroutine is not None
        self._waited_for = None
        if self._must_cancel:
            self._must_cancel = False
            error = asyncio.CancelledError(self._cancel_message)
        _enter_task(self._loop, self)  # type: ignore[arg-type]
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
            _leave_task(self._loop, self)  # type: ignore[arg-type]
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


class Wakeup:
    """What one task awaits until `wake`: it goes on within that call, not at the loop's next turn.

    `wake` is for callbacks of the loop: no task runs within another one.
    """

    _callback: Callable[[Any], object] | None = None
    _context: Context | None = None
    _done = _cancelled = _asyncio_future_blocking = False
    _message: Any = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def wake(self) -> None:
        """Let it go on; nothing where it has before."""
        if not self._done:
            self._done = True
            if self._callback is not None and self._context is not None:
                self._context.run(self._callback, self)

    def __await__(self) -> Generator[Any, None, Any]:
        if not self._done:
            self._asyncio_future_blocking = True
            yield self
        self.result()

    # What a task asks of what it waits for, as of a future

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Context | None = None) -> None:
        if self._done:
            self._loop.call_soon(callback, self, context=context)
        else:
            self._callback = callback
            self._context = context

    def cancel(self, msg: Any = None) -> bool:
        if self._done:
            return False
        self._done = self._cancelled = True
        self._message = msg
        if self._callback is not None:
            self._loop.call_soon(self._callback, self, context=self._context)
        return True

    def result(self) -> None:
        if self._cancelled:
            raise asyncio.CancelledError(self._message)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop


class Outcome(Wakeup, Generic[ResultT]):
    """A `Wakeup` that brings what `set_result` is given, or raises what `set_exception` is."""

    _result: Any = None
    _error: BaseException | None = None

    def done(self) -> bool:
        """Whether it has come, or nobody waits for it any more."""
        return self._done

    def set_result(self, result: ResultT) -> None:
        self._result = result
        self.wake()

    def set_exception(self, error: BaseException) -> None:
        self._error = error
        self.wake()

    def __await__(self) -> Generator[Any, None, ResultT]:
        yield from super().__await__()
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # it holds this frame
        result: ResultT = self._result
        return result
