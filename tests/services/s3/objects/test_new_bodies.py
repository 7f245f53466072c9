"""Whoever waits for a body's row may be cancelled: the bytes stay where it was committed, and go where it was not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from awskit.database import Transaction, open_database
from services.s3.bodies.body_receiver import ReceivedBody
from services.s3.objects.new_bodies import commit_body


class Blobs:
    """Which blobs have been removed."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def remove(self, blobs: Any) -> None:
        self.removed += blobs


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancelled_commit(migrated_database_url: Callable[[str], str], fails: bool) -> None:
    database = open_database(migrated_database_url("s3"))
    blobs, entered, go_on = Blobs(), threading.Event(), threading.Event()
    runtime: Any = SimpleNamespace(database=database, blobs=blobs)

    def store(transaction: Transaction) -> dict[str, Any]:
        entered.set()
        if database.engine.name == "postgresql":
            go_on.wait(10)
        if fails:
            raise LookupError
        return {}

    waiting = asyncio.create_task(commit_body(runtime, ReceivedBody(1, "", {}, blob="a"), store))
    while not entered.is_set():  # noqa: ASYNC110 - another thread sets it
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0.01)
    go_on.set()
    (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
    if database.engine.in_process and not fails:  # its waiter goes on with the commit: there is no moment in between
        assert not isinstance(outcome, BaseException)
    else:
        assert isinstance(outcome, asyncio.CancelledError | LookupError)
    assert blobs.removed == (["a"] if fails else [])
    database.close()
