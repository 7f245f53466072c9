"""Long polls: receives that wait for a message.

A waiting receive costs a future and a timer, and no work while nothing happens. It is woken when messages are committed
to its queue, when a delay or a visibility timeout ends (one timer per queue, by the service's clock), when the clock is
moved, when its own wait is over and when its client has gone. Replicas tell each other of messages that nobody waits
for here; what they do not tell (a delay that ends) is found by one of those who wait, who looks now and then.

Messages are spread evenly: n messages that come in at once wake n of those who wait, in the order in which they came,
or all of them with an equal share. A woken receive whose client has gone hands its wake on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from awskit.clock import Clock
from awskit.replicas import Replicas
from awskit.wire.http import ClientDisconnected

# How often one of those who wait looks into its queue where other processes may send to it.
_SHARED_POLL_SECONDS = 0.2
# Each telling costs every replica, and a server, about as much as a request.
_TELL_AGAIN_SECONDS = 0.01
_READY, _CHANGED, _ALL_CHANGED = "ready", "changed", "all-changed"


class Reason(Enum):
    """What a waiting receive is woken by."""

    MESSAGES = auto()
    DUE = auto()
    LOOK_AGAIN = auto()
    OVER = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Wake:
    """Why a receive is woken, and how many messages it may take so that others get theirs."""

    reason: Reason
    share: int = 10


_LOOK_AGAIN = Wake(Reason.LOOK_AGAIN)
_OVER = Wake(Reason.OVER)
_GONE = Wake(Reason.GONE)
_DUE = Wake(Reason.DUE)


class LongPolls:
    """All waiting receives of one process, by queue."""

    def __init__(self, clock: Clock, replicas: Replicas, *, shared: bool) -> None:
        """`shared` where others may write to the database beside `replicas` that tell of it."""
        self._clock = clock
        self._replicas = replicas
        self._shared = shared
        self._waiting: dict[int, dict[asyncio.Future[Wake], None]] = {}
        self._timers: dict[int, tuple[float, asyncio.TimerHandle]] = {}
        self._changes: dict[int, int] = {}
        self._untold: dict[int, int] = {}
        self._stopping = False
        clock.subscribe(self._clock_moved)
        replicas.subscribe(_READY, lambda values: self._wake_for_messages(values[0], values[1]))
        replicas.subscribe(_CHANGED, lambda values: self._wake_all_here(values[0]))
        replicas.subscribe(_ALL_CHANGED, lambda _: self.wake_everyone_here())

    def changes(self, queue_id: int) -> int:
        """A number that changes whenever waiting receives of the queue are woken."""
        return self._changes.get(queue_id, 0)

    def waiting_count(self) -> int:
        """How many receives wait, of all queues."""
        return sum(map(len, self._waiting.values()))

    def messages_came(self, queue_id: int, count: int = 1) -> None:
        """`count` messages of the queue became ready, by a committed transaction."""
        woken = self._wake_for_messages(queue_id, count)
        if woken < count and self._replicas.page[0]:
            self._tell(queue_id, count - woken)

    def _tell(self, queue_id: int, count: int) -> None:
        """Let the other replicas know, at once of the first messages, a moment later of all that follow upon them."""
        if queue_id in self._untold:
            self._untold[queue_id] += count
            return
        self._replicas.tell(_READY, queue_id, count)
        self._untold[queue_id] = 0
        asyncio.get_running_loop().call_later(_TELL_AGAIN_SECONDS, self._tell_rest, queue_id)

    def _tell_rest(self, queue_id: int) -> None:
        count = self._untold.pop(queue_id)
        if count:
            self._tell(queue_id, count)

    def _wake_for_messages(self, queue_id: int, count: int) -> int:
        """Wake as many of those who wait here as there are messages; how many."""
        self._changes[queue_id] = self._changes.get(queue_id, 0) + 1
        waiting = self._waiting.get(queue_id)
        if not waiting:
            return 0
        share = -(-count // len(waiting))
        return self._wake_first(waiting, min(count, len(waiting)), Wake(Reason.MESSAGES, share))

    def more_are_due(self, queue_id: int) -> None:
        """There may be further messages whose time has come: let the next one look."""
        waiting = self._waiting.get(queue_id)
        if waiting:
            self._wake_first(waiting, 1, _DUE)

    def becomes_due(self, queue_id: int, at: float) -> None:
        """A message of the queue becomes visible at `at` (the clock's seconds), by a committed transaction."""
        if not self._waiting.get(queue_id) or at == float("inf"):
            return
        timer = self._timers.get(queue_id)
        if timer is not None:
            if timer[0] <= at:
                return
            timer[1].cancel()
        delay = max(at - self._clock.now(), 0)
        handle = asyncio.get_running_loop().call_later(delay, self._timer_fired, queue_id)
        self._timers[queue_id] = (at, handle)

    def wake_all(self, queue_id: int) -> None:
        """The queue was changed or deleted: let all look again."""
        self._wake_all_here(queue_id)
        self._replicas.tell(_CHANGED, queue_id)

    def _wake_all_here(self, queue_id: int) -> None:
        self._changes[queue_id] = self._changes.get(queue_id, 0) + 1
        waiting = self._waiting.get(queue_id)
        if waiting:
            self._wake_first(waiting, len(waiting), _LOOK_AGAIN)

    def wake_everyone(self) -> None:
        """Any queue may be gone: let all look again."""
        self.wake_everyone_here()
        self._replicas.tell(_ALL_CHANGED)

    def wake_everyone_here(self) -> None:
        """The same, of those who wait in this process: the others know."""
        for queue_id in list(self._waiting):
            self._wake_all_here(queue_id)

    def stop(self) -> None:
        """The process ends: so do all waits, as if their time were over."""
        self._stopping = True
        for waiting in list(self._waiting.values()):
            self._wake_first(waiting, len(waiting), _OVER)

    def forget(self, queue_id: int) -> None:
        """The queue is gone for good."""
        self._changes.pop(queue_id, None)

    async def wait(self, queue_id: int, until: float, due_at: float, gone: asyncio.Future[None]) -> Wake:
        """Wait for a wake, until the clock shows `until` at most; `due_at` is when the queue's next message is due."""
        if self._stopping:
            return _OVER
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Wake] = loop.create_future()
        waiting = self._waiting.setdefault(queue_id, {})
        waiting[future] = None
        now = self._clock.now()
        if self._shared or self._replicas.page[0]:
            soon = now + _SHARED_POLL_SECONDS
            due_at = min(due_at, soon) if due_at > now else soon
        self.becomes_due(queue_id, due_at)
        timer = loop.call_later(max(until - now, 0), _resolve, future, _OVER)

        def client_has_gone(_: asyncio.Future[None]) -> None:
            _resolve(future, _GONE)

        gone.add_done_callback(client_has_gone)
        try:
            return await future
        finally:
            timer.cancel()
            gone.remove_done_callback(client_has_gone)
            waiting.pop(future, None)
            if not waiting:
                self._nobody_waits(queue_id, waiting)

    def _nobody_waits(self, queue_id: int, waiting: dict[asyncio.Future[Wake], None]) -> None:
        if self._waiting.get(queue_id) is waiting:
            del self._waiting[queue_id]
        timer = self._timers.pop(queue_id, None)
        if timer is not None:
            timer[1].cancel()

    @staticmethod
    def _wake_first(waiting: dict[asyncio.Future[Wake], None], count: int, wake: Wake) -> int:
        woken = 0
        for future in list(waiting):
            if woken == count:
                break
            del waiting[future]
            woken += _resolve(future, wake)
        return woken

    def _timer_fired(self, queue_id: int) -> None:
        self._timers.pop(queue_id, None)
        self.more_are_due(queue_id)

    def _clock_moved(self) -> None:
        for queue_id in list(self._waiting):
            timer = self._timers.pop(queue_id, None)
            if timer is not None:
                timer[1].cancel()
            self._wake_all_here(queue_id)


def _resolve(future: asyncio.Future[Wake], wake: Wake) -> bool:
    if future.done():
        return False
    future.set_result(wake)
    return True


class ClientWatch:
    """Tells when the client of one request has gone."""

    def __init__(self, disconnected: Callable[[], Awaitable[None]]) -> None:
        async def watch() -> None:
            await disconnected()

        self._task: asyncio.Task[None] = asyncio.ensure_future(watch())

    @property
    def gone(self) -> asyncio.Future[None]:
        """Done once the client has gone; never before."""
        return self._task

    def check(self) -> None:
        """Raises `ClientDisconnected` where the client has gone."""
        if self._task.done():
            raise ClientDisconnected

    def __enter__(self) -> ClientWatch:
        return self

    def __exit__(self, *_: Any) -> None:
        self._task.cancel()
