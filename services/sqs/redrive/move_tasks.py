"""Message move tasks at work: dead-letter queues emptied into the queues their messages came from, or into another one.

A task is a row; each step moves some messages and says so in the same transaction, so that a task goes on where it was
after a crash. Of replicas on one file the one that holds the lease works on all; on a server several may work on one.
A message that is moved is a new one: its id, the time it was sent and its receive count start anew.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.process.failures import Failures
from awskit.process.storage_faults import fault_of
from services.sqs.arns import parse_queue_arn
from services.sqs.local_state.local_state import LocalState
from services.sqs.messages import message_groups
from services.sqs.messages.backlog_refresh import refresh_backlog
from services.sqs.messages.message_contents import new_message_id
from services.sqs.queues.queue import Queue
from services.sqs.store import fifo, messages, move_tasks
from services.sqs.store.messages import Message
from services.sqs.store.move_tasks import CANCELLED, CANCELLING, COMPLETED, FAILED, MoveTask
from services.sqs.store.tables import READY

_PIECE = 100
_TOPIC = "move"
_LEASE_SECONDS = 2.0
_AGAIN_SECONDS = 1.0
_INTERNAL = "AWS.SimpleQueueService.InternalError"
_LOG = logging.getLogger("ruststack.sqs.move_tasks")


class CannotMove(Exception):
    """A task's message has nowhere to go; the text is the task's `FailureReason`."""


class MoveTasks:
    """The process's worker on move tasks; `start` and `stop` it with the application."""

    def __init__(self, clock: Clock, database: Database, local: LocalState) -> None:
        self._clock = clock
        self._database = database
        self._local = local
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failures = Failures(_LOG)
        clock.subscribe(self._wanted.set)
        self._lease = database.replicas.lease("move-tasks")
        for topic in (_TOPIC, "lease"):
            database.replicas.subscribe(topic, lambda _: self._wanted.set())

    def work_soon(self) -> None:
        """A task was started or cancelled."""
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

    async def _run(self) -> None:
        while True:
            self._wanted.clear()
            try:
                seconds = await self.step() if self._lease.held() else _LEASE_SECONDS
            except Exception:
                _LOG.exception("moving messages failed; it is tried again")
                seconds = 1.0
            if seconds is None or seconds > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wanted.wait()
            else:
                await asyncio.sleep(0)

    async def step(self) -> float | None:
        """Move a piece of every open task; the seconds until there is more to do, or None where none is open."""
        waits: list[float] = []
        for task_id in await self._database.read(move_tasks.open_task_ids):

            def work(transaction: Transaction, task_id: str = task_id) -> float | None:
                return self._advance(transaction, task_id)

            try:
                wait = await self._database.write(work)
            except Exception as error:
                if fault_of(error) is not None:
                    raise
                wait = await self._on_failure(task_id, error)
            else:
                self._failures.forget(task_id)
            if wait is not None:
                waits.append(wait)
        return min(waits, default=None)

    async def _on_failure(self, task_id: str, error: Exception) -> float | None:
        """A task that fails by itself holds up no other, and has a last try."""
        if not self._failures.note(task_id, f"move task {task_id}", error):
            return _AGAIN_SECONDS

        def fail(transaction: Transaction) -> None:
            task = move_tasks.lock(transaction, task_id)
            if task is not None:
                move_tasks.update(transaction, task._replace(status=FAILED, failure_reason=_INTERNAL))

        await self._database.write(fail)
        self._failures.forget(task_id)
        return None

    def _advance(self, transaction: Transaction, task_id: str) -> float | None:
        """One step of one task; the seconds until its next, or None where it is at its end."""
        now = self._clock.now()
        task = move_tasks.lock(transaction, task_id)
        if task is None or task.status not in (move_tasks.RUNNING, CANCELLING):
            return None
        if task.status == CANCELLING:
            move_tasks.update(transaction, task._replace(status=CANCELLED))
            return None
        allowed, wait = _allowance(task, now)
        if not allowed:
            return wait
        try:
            moved, more = self._move(transaction, task, allowed, now)
        except CannotMove as error:
            move_tasks.update(transaction, task._replace(status=FAILED, failure_reason=str(error)))
            return None
        task = task._replace(moved=task.moved + moved, status=task.status if more else COMPLETED)
        move_tasks.update(transaction, task)
        return wait if more else None

    def _move(self, transaction: Transaction, task: MoveTask, most: int, now: float) -> tuple[int, bool]:
        source = self._queue(transaction, task.source_arn)
        refresh_backlog(transaction, self._local, source, now)
        first = messages.first_ready(transaction, source.backlog_id, most)
        moved = 0
        for message in first:
            try:
                self._redrive(transaction, task, source, message, now)
            except CannotMove as error:
                if not moved:
                    raise
                # What was moved in this step stays moved: the next step fails at once.
                _LOG.info("move task %s stops: %s", task.task_id, error)
                break
            moved += 1
        more = len(first) == most and task.moved + moved < task.to_move
        return moved, more or moved < len(first)

    def _redrive(self, transaction: Transaction, task: MoveTask, source: Queue, message: Message, now: float) -> None:
        arn = task.destination_arn or message.source_arn
        if arn is None:
            raise CannotMove("CouldNotDetermineMessageSource")
        destination = self._queue(transaction, arn)
        if destination.fifo != source.fifo:
            raise CannotMove("AWS.SimpleQueueService.UnsupportedOperation")
        anew = message._replace(
            backlog_id=destination.backlog_id,
            state=READY,
            turn=messages.first_turn(transaction, destination.backlog_id) if destination.fair else 0,
            visible_at=now,
            sent_at=now,
            message_id=new_message_id(),
            receive_count=0,
            earlier_receives=0,
            first_received_at=None,
            received_at=None,
            receipt=None,
            source_arn=None,
        )
        if source.fifo:
            assert message.group_id is not None
            messages.replace(transaction, message, anew)
            fifo.open_group(transaction, destination.backlog_id, message.group_id, now)
            message_groups.settle_group(transaction, self._local, source, message.group_id, now)
        else:
            messages.transfer(transaction, message, anew, now)
        self._local.messages_ready(transaction, destination, 1, now)
        self._local.trail.note(now, "redrive", message.message_id, anew.message_id, destination.address.name)

    def _queue(self, transaction: Transaction, arn: str) -> Queue:
        address = parse_queue_arn(arn)
        queue = self._local.catalog.find_for_messages(transaction, address) if address is not None else None
        if queue is None:
            raise CannotMove("AWS.SimpleQueueService.NonExistentQueue")
        return queue


def _allowance(task: MoveTask, now: float) -> tuple[int, float]:
    """How many messages the task may move now, and the seconds after which it may move more."""
    if task.maximum_per_second is None:
        return _PIECE, 0.0
    due = int(max(now - task.started_at, 0.0) * task.maximum_per_second) + 1 - task.moved
    return max(min(due, _PIECE), 0), 0.0 if due > _PIECE else 1 / task.maximum_per_second
