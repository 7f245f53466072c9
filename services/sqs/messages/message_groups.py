"""FIFO queues: the order within message groups, and their being locked by a message of theirs that is in flight.

A group is *available* from a moment on: when its first message is visible. Its messages are received in the order in
which they were sent, up to the first that is delayed or in flight: what comes after that one waits for it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
"""

from __future__ import annotations

from awskit.database import Transaction
from services.sqs.local_state.local_state import LocalState
from services.sqs.queues.queue import Queue
from services.sqs.store import fifo
from services.sqs.store.tables import READY

_SEQUENCE_BASE = 18_849_496_460_467_696_128


def sequence_number(message_key: int) -> str:
    """A message's `SequenceNumber`: 20 digits, ever growing, with gaps, as AWS's are."""
    return str(_SEQUENCE_BASE + 256 * message_key)


def settle_group(transaction: Transaction, local: LocalState, queue: Queue, group_id: str, now: float) -> None:
    """Find out anew when a group is available, after messages of it were deleted, hidden or shown."""
    first = fifo.first_of_group(transaction, queue.backlog_id, group_id, 1)
    if not first:
        fifo.close_group(transaction, queue.backlog_id, group_id)
        return
    at = now if first[0].state == READY else max(first[0].visible_at, now)
    fifo.set_available(transaction, queue.backlog_id, group_id, at)
    if at <= now:
        transaction.after_commit(lambda: local.long_polls.messages_came(queue.id))


def change_delay(transaction: Transaction, local: LocalState, queue: Queue, seconds: int, now: float) -> None:
    """Let the queue's delay count for the messages that are in it already; of standard queues it never does.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
    """
    fifo.delay_anew(transaction, queue.backlog_id, seconds, now)
    local.backlogs.waits_until(queue.backlog_id, now)
