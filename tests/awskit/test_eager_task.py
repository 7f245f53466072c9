"""A coroutine that begins at once, and is a task in everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from awskit.eager_task import EagerTask, Wakeup


class Ran:
    """What became of one: `end` is what it raised, or None, once it is over."""

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self.waiting: set[Any] = set()
        self.end: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        self.task = EagerTask(asyncio.get_running_loop(), coroutine, self.waiting, self.end.set_result)


async def run(coroutine: Coroutine[Any, Any, None]) -> Ran:
    """Started as the server starts it: in a callback of the loop."""
    ran = Ran(coroutine)
    asyncio.get_running_loop().call_soon(ran.task.start)
    await asyncio.sleep(0)
    return ran


async def test_what_does_not_wait_is_over_at_once() -> None:
    seen = []

    async def work() -> None:
        seen.append(1)

    ran = await run(work())
    assert seen == [1]
    assert ran.task.done()
    assert ran.end.result() is None
    assert not ran.waiting
    assert not ran.task.cancel()


async def test_what_it_raises_is_told() -> None:
    async def work(wait: bool) -> None:
        if wait:
            await asyncio.sleep(0)
        raise KeyError("a bug")

    for wait in (False, True):
        assert isinstance(await (await run(work(wait))).end, KeyError)


async def test_it_waits_for_whatever_a_task_waits_for() -> None:
    ready, failing = asyncio.Event(), asyncio.get_running_loop().create_future()
    seen: list[Any] = []

    async def work() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        await ready.wait()
        seen.append(await asyncio.to_thread(lambda: 7))
        seen.extend(await asyncio.gather(asyncio.sleep(0, 8), asyncio.sleep(0, 9)))
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
        try:
            await failing
        except ValueError as error:
            seen.append(str(error))

    ran = await run(work())
    assert ran.waiting == {ran.task}
    ready.set()
    failing.set_exception(ValueError("no"))
    assert await ran.end is None
    assert seen == [7, 8, 9, "no"]
    assert not ran.waiting


async def test_it_is_the_current_task_and_keeps_its_context() -> None:
    variable = ContextVar("variable", default=0)
    seen: list[Any] = []

    async def work() -> None:
        token = variable.set(1)
        for _ in range(2):
            seen.append(asyncio.current_task())
            await asyncio.sleep(0)
        variable.reset(token)
        await asyncio.wait_for(asyncio.sleep(0), 1)
        seen.append(variable.get())

    ran = await run(work())
    assert await ran.end is None
    assert seen == [ran.task, ran.task, 0]
    assert variable.get() == 0


@pytest.mark.parametrize("begin", [lambda: asyncio.sleep(0), lambda: asyncio.sleep(0.001), None])
async def test_a_time_out_within_it(begin: Callable[[], Awaitable[None]] | None) -> None:
    seen = []

    async def work() -> None:
        if begin is not None:
            await begin()
        try:
            async with asyncio.timeout(0.001):
                await asyncio.get_running_loop().create_future()
        except TimeoutError:
            seen.append("timed out")
        await asyncio.sleep(0)
        seen.append("went on")

    assert await (await run(work())).end is None
    assert seen == ["timed out", "went on"]


async def test_cancelling_ends_what_it_waits_for() -> None:
    for wait in (asyncio.get_running_loop().create_future, lambda: asyncio.sleep(0)):

        async def work(wait: Callable[[], Awaitable[None]] = wait) -> None:
            await wait()

        ran = await run(work())
        assert ran.task.cancel("because")
        error = await ran.end
        assert isinstance(error, asyncio.CancelledError)
        assert error.args == ("because",)
        assert ran.task.cancelling() == 1


async def test_a_cancellation_may_be_answered() -> None:
    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            ran.task.uncancel()
        await asyncio.sleep(0)

    ran = Ran(work())
    asyncio.get_running_loop().call_soon(ran.task.start)
    await asyncio.sleep(0)
    ran.task.cancel()
    assert await ran.end is None
    assert ran.task.cancelling() == 0


async def test_who_is_woken_goes_on_at_once_in_its_own_context() -> None:
    loop = asyncio.get_running_loop()
    variable = ContextVar("variable", default=0)
    seen: list[Any] = []

    async def work(number: int, wakeup: Wakeup) -> None:
        variable.set(number)
        await wakeup
        seen.append((variable.get(), asyncio.current_task()))

    wakeups = [Wakeup(loop), Wakeup(loop)]
    eager = await run(work(1, wakeups[0]))
    usual = asyncio.create_task(work(2, wakeups[1]))
    await asyncio.sleep(0)

    def wake() -> None:
        for number, wakeup in enumerate(wakeups, 1):
            wakeup.wake()
            assert len(seen) == number
            wakeup.wake()

    loop.call_soon(wake)
    await asyncio.gather(usual, eager.end)
    assert seen == [(1, eager.task), (2, usual)]


async def test_waiting_for_what_has_happened_takes_no_time() -> None:
    wakeup = Wakeup(asyncio.get_running_loop())
    wakeup.wake()
    await wakeup
    assert not wakeup.cancel()


async def test_cancelling_who_waits_to_be_woken() -> None:
    wakeups: list[Wakeup] = []

    async def work() -> None:
        wakeups.append(Wakeup(asyncio.get_running_loop()))
        await wakeups[-1]

    async def work_in_time() -> None:
        async with asyncio.timeout(0.001):
            await work()

    ran = await run(work())
    ran.task.cancel()
    assert isinstance(await ran.end, asyncio.CancelledError)
    assert isinstance(await (await run(work_in_time())).end, TimeoutError)
    with pytest.raises(TimeoutError):
        await work_in_time()
    for wakeup in wakeups:
        wakeup.wake()
