"""Background jobs: work that outlasts its request, in steps that are each committed, so that a restart goes on with it.

A job is a row (`store/jobs.py`) whose document says how far it has come. A `Step` does the next part in a transaction
and gives the document as it then is, or None where the job is over. `begin` runs the first step in the caller's own
transaction: what is small is done at once and never becomes a row. Jobs that talk to other services have an `Errand`
instead, which opens its transactions itself.

One process works on a job at a time: it claims the row, and the claim lapses where the process dies, or is given back
where it is told to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from awskit.database import Transaction
from awskit.process.storage_faults import fault_of
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import jobs as store
from services.dynamodb.store.jobs import Job

AT_ONCE: Final = 1000
"""Items that a first step goes over, where it is not told otherwise."""
CHUNK: Final = 250
"""Items that a later step goes over: few, so that requests do not wait long for it."""

_INTERVAL: Final = 1.0
_CLAIM_SECONDS: Final = 60.0
_LONGEST_WAIT: Final = 86_400.0
_TRIES: Final = 5
_AT_A_TIME: Final = 4

Document = dict[str, Any]
Step = Callable[[DynamoDbRuntime, Transaction, Document, int], Document | None]


def begin(
    runtime: DynamoDbRuntime,
    transaction: Transaction,
    kind: str,
    step: Step,
    account_id: str,
    document: Document,
    table_id: int | None = None,
    *,
    at_once: int = AT_ONCE,
) -> bool:
    """Do the first step of a job of that kind, over `at_once` items; whether that was all of it."""
    left = step(runtime, transaction, document, at_once)
    if left is None:
        return True
    leave(runtime, transaction, kind, account_id, left, table_id)
    return False


def leave(
    runtime: DynamoDbRuntime,
    transaction: Transaction,
    kind: str,
    account_id: str,
    document: Document,
    table_id: int | None = None,
) -> None:
    """Leave a job to the background."""
    store.add(transaction, kind, account_id, document, table_id)
    transaction.after_commit(runtime.job_added.set)


class Progress:
    """A job in the hands of this process. `document` is as it was last written down."""

    def __init__(self, runtime: DynamoDbRuntime, job: Job, owner: str) -> None:
        self.runtime = runtime
        self.job = job
        self.document = job.document
        self._owner = owner

    async def step(self, work: Callable[[Transaction, Document], Document | None]) -> bool:
        """Do a part of the job in a transaction; whether something is left of it, and it is still this process's."""
        found = await self.runtime.database.write(partial(self._step, work))
        if found is None:
            self.runtime.restless.set()
            return False
        self.document = found
        return True

    def _step(
        self, work: Callable[[Transaction, Document], Document | None], transaction: Transaction
    ) -> Document | None:
        job = store.mine(transaction, self.job.job_id, self._owner)
        if job is None:
            return None
        left = work(transaction, job.document)
        if left is None:
            store.remove(transaction, job.job_id)
        else:
            until = self.runtime.clock.now() + _CLAIM_SECONDS
            store.keep(transaction, job.job_id, self._owner, left, until)
        return left

    async def note_failure(self) -> int:
        """How often the job has failed, this time included; it waits the longer for its next try."""
        failures = int(self.document.get("Failures", 0)) + 1

        def work(transaction: Transaction) -> None:
            job = store.mine(transaction, self.job.job_id, self._owner)
            if job is not None:
                until = self.runtime.clock.now() + min(_CLAIM_SECONDS * 2 ** (failures - 1), _LONGEST_WAIT)
                left = {**job.document, "Failures": failures}
                store.keep(transaction, self.job.job_id, self._owner, left, until)

        await self.runtime.database.write(work)
        return failures


Errand = Callable[[Progress], Awaitable[None]]


def errand_of(step: Step) -> Errand:
    """The errand of a job that only the database has a part in."""

    async def run(progress: Progress) -> None:
        def work(transaction: Transaction, document: Document) -> Document | None:
            return step(progress.runtime, transaction, document, CHUNK)

        going_on = True
        while going_on:
            going_on = await progress.step(work)
            await asyncio.sleep(0)

    return run


async def give_up(progress: Progress) -> None:
    """The ending of a job that nobody waits for."""
    await progress.step(lambda transaction, document: None)


class JobRunner:
    """What works on jobs in this process."""

    def __init__(
        self, runtime: DynamoDbRuntime, errands: Mapping[str, Errand], endings: Mapping[str, Errand] | None = None
    ) -> None:
        """`endings` are how a job that has failed too often ends; of another kind nothing is left but the log."""
        self._runtime = runtime
        self._errands = errands
        self._endings = endings or {}
        self._owner = uuid.uuid4().hex
        self._log = logging.getLogger("ruststack.dynamodb.jobs")
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if not self._runtime.database.is_shared:
            await self._runtime.database.write(store.forget_claims)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End: what is not done goes on with the next start."""
        tasks = [task for task in (self._task, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._runtime.database.write(lambda transaction: store.give_back(transaction, self._owner))

    async def run_once(self) -> None:
        """Work on every job that is there until it is over."""
        while jobs := await self._claim():
            await asyncio.gather(*map(self._work, jobs))

    async def _run(self) -> None:
        added = self._runtime.job_added
        while True:
            try:
                for job in await self._claim():
                    task = asyncio.create_task(self._work(job))
                    self._running.add(task)
                    task.add_done_callback(self._ended)
            except Exception:
                self._log.exception("jobs could not be looked for")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_INTERVAL):
                    await added.wait()
            added.clear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._runtime.job_added.set()

    async def _claim(self) -> list[Job]:
        free = _AT_A_TIME - len(self._running)
        if free <= 0:
            return []
        now = self._runtime.clock.now()
        if not await self._runtime.database.read(lambda transaction: store.are_free(transaction, now)):
            return []
        return await self._runtime.database.write(
            lambda transaction: store.claim(transaction, self._owner, now, now + _CLAIM_SECONDS, free)
        )

    async def _work(self, job: Job) -> None:
        try:
            await self._errands[job.kind](Progress(self._runtime, job, self._owner))
        except Exception as error:
            await self._on_failure(job, error)

    async def _on_failure(self, job: Job, error: Exception) -> None:
        """A job whose failures are its own, not the disk's, has a last try."""
        self._log.error("job %d (%s) failed", job.job_id, job.kind, exc_info=error)
        if fault_of(error) is not None:
            return
        try:
            progress = Progress(self._runtime, job, self._owner)
            failures = await progress.note_failure()
            if failures >= _TRIES:
                self._log.error("job %d (%s) is given up after %d tries", job.job_id, job.kind, failures)
                ending = self._endings.get(job.kind, give_up)
                await (ending if failures < 2 * _TRIES else give_up)(progress)  # which may fail as the job does
        except Exception:
            self._log.exception("job %d (%s) could not be ended; it is tried again", job.job_id, job.kind)
