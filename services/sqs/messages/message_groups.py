"""FIFO queues: the order within message groups, and their being locked while messages of theirs are in flight.

A group is *available* from a moment on: when its first message is visible and none of its messages is in flight. Its
messages are received in the order in which they were sent, and the group is then locked until they are all deleted or
visible again.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
"""

from __future__ import annotations

from awskit.database import Transaction
from services.sqs.local_state.local_state import LocalState
from services.sqs.queues.queue import Queue
from services.sqs.store import fifo
from services.sqs.store.tables import DELAYED, IN_FLIGHT

# A receive takes ten messages of a group at most and locks it, so those in flight are among its first ten.
MOST_IN_FLIGHT = 10
_SEQUENCE_BASE = 18_849_496_460_467_696_128


def sequence_number(message_key: int) -> str:
    """A message's `SequenceNumber`: 20 digits, ever growing, with gaps, as AWS's are."""
    return str(_SEQUENCE_BASE + 256 * message_key)


def settle_group(transaction: Transaction, local: LocalState, queue: Queue, group_id: str, now: float) -> None:
    """Find out anew when a group is available, after messages of it were deleted, hidden or shown."""
    first = fifo.first_of_group(transaction, queue.backlog_id, group_id, MOST_IN_FLIGHT)
    if not first:
        fifo.close_group(transaction, queue.backlog_id, group_id)
        return
    at = max((message.visible_at for message in first if message.state == IN_FLIGHT), default=0.0)
    if not at and first[0].state == DELAYED:
        at = first[0].visible_at
    fifo.set_available(transaction, queue.backlog_id, group_id, max(at, now))
    if at <= now:
        transaction.after_commit(lambda: local.long_polls.messages_came(queue.id))
