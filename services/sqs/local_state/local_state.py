"""What a process keeps in memory about the queues: caches and those who wait. It starts empty, and may be lost."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.journal.trail import Trail
from services.sqs.local_state.backlog_bounds import Backlogs
from services.sqs.local_state.long_polls import LongPolls
from services.sqs.queues.catalog import QueueCatalog
from services.sqs.queues.queue import Queue


@dataclass(frozen=True, slots=True)
class LocalState:
    """All of it; `maximum_in_flight` is how many messages of one queue may be received and not deleted.

    `trail` is told what happens to messages beside requests.
    """

    catalog: QueueCatalog
    backlogs: Backlogs
    long_polls: LongPolls
    maximum_in_flight: int
    trail: Trail

    def messages_ready(self, transaction: Transaction, queue: Queue, count: int, oldest: float) -> None:
        """`count` messages come into the queue with this transaction, ready, none sent before `oldest`."""
        self.backlogs.bounds(queue.backlog_id).sent_at(oldest)
        transaction.after_commit(lambda: self.long_polls.messages_came(queue.id, count))

    def messages_wait(self, transaction: Transaction, queue: Queue, until: float) -> None:
        """Messages of the queue are delayed or in flight with this transaction, until `until` at the earliest."""
        self.backlogs.waits_until(queue.backlog_id, until)
        transaction.after_commit(lambda: self.long_polls.becomes_due(queue.id, until))

    def forget_all(self) -> None:
        self.catalog.forget_all()
        self.backlogs.forget_all()


def local_state(clock: Clock, database: Database, *, maximum_in_flight: int, trail: Trail | None = None) -> LocalState:
    """The state of a process that starts; it is forgotten whenever a replica may have changed what it says."""
    shared = database.engine.several_processes
    local = LocalState(
        QueueCatalog(shared=shared),
        Backlogs(shared=shared, maximum_in_flight=maximum_in_flight),
        LongPolls(clock, database.replicas, shared=shared),
        maximum_in_flight,
        trail or Trail("sqs", 0),
    )
    database.changed_elsewhere(local.forget_all)
    return local
