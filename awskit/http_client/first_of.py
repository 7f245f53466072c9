"""A connection to the first of several addresses that takes one.

A host that is gone does not refuse a connection: nothing comes back at all. Who waited for each in turn would come too
late to the one that is there; so each is given a short start before the next is tried beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

from awskit.http_client.connection import Connection
from awskit.http_client.endpoint import Endpoint

_START_SECONDS = 0.05

Connecting = asyncio.Task[Connection]


async def first_of(candidates: Sequence[Endpoint], deadline: float, under_way: set[Connecting]) -> Connection | None:
    """A connection to one of them, the earlier ones before the later; None where none takes one by `deadline`.

    That is by `time.monotonic`. Attempts that others have outrun are in `under_way` until they end; what comes of them
    is kept for later requests.
    """
    if len(candidates) == 1:
        return await _only(candidates[0], deadline)
    loop = asyncio.get_running_loop()
    waiting = list(reversed(candidates))
    trying: dict[Connecting, Endpoint] = {}
    try:
        while waiting or trying:
            if waiting:
                candidate = waiting.pop()
                timeout = min(candidate.connect_seconds, deadline - monotonic())
                if timeout > 0:
                    trying[loop.create_task(candidate.connect(timeout))] = candidate
            done: set[Connecting] = set()
            if trying:
                most = _START_SECONDS if waiting else None
                done, _ = await asyncio.wait(trying, timeout=most, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.exception() is None:
                    del trying[task]
                    return task.result()
                if not isinstance(task.exception(), OSError):
                    task.result()
                del trying[task]
        return None
    finally:
        for task, candidate in trying.items():
            _keep(task, candidate, under_way)


async def _only(candidate: Endpoint, deadline: float) -> Connection | None:
    timeout = min(candidate.connect_seconds, deadline - monotonic())
    if timeout <= 0:
        return None
    try:
        return await candidate.connect(timeout)
    except OSError:
        return None


def _keep(task: Connecting, endpoint: Endpoint, under_way: set[Connecting]) -> None:
    def ended(_: Connecting) -> None:
        under_way.discard(task)
        if not task.cancelled() and task.exception() is None:
            endpoint.push(task.result())

    under_way.add(task)
    task.add_done_callback(ended)
