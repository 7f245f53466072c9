"""Moving a message that was received too often to its queue's dead-letter queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html: a standard
queue's message keeps its id and the time it was sent; in a FIFO queue it is enqueued anew, and its deduplication id
becomes its message id.
"""

from __future__ import annotations

from awskit.database import Transaction
from services.sqs.local_state.local_state import LocalState
from services.sqs.queues.queue import Queue
from services.sqs.store import fifo, messages
from services.sqs.store.messages import Message
from services.sqs.store.tables import READY


def dead_letter_queue_of(transaction: Transaction, local: LocalState, queue: Queue) -> Queue | None:
    """Where the queue's failed messages go; None where it keeps them, or its dead-letter queue is gone."""
    policy = queue.redrive_policy
    if policy is None:
        return None
    target = local.catalog.find(transaction, policy.dead_letter_queue)
    return target if target is not None and target.fifo == queue.fifo else None


def has_failed(queue: Queue, receives: int) -> bool:
    """Whether a message that was received `receives` times from `queue` is not to be received again."""
    return queue.redrive_policy is not None and receives >= queue.redrive_policy.max_receive_count


def move_to_dead_letter_queue(
    transaction: Transaction, local: LocalState, queue: Queue, dead_letter_queue: Queue, message: Message, now: float
) -> None:
    """Move `message`, whose `receive_count` says how often it was received in all."""
    dead = message._replace(
        backlog_id=dead_letter_queue.backlog_id,
        state=READY,
        turn=0 if not dead_letter_queue.fair else messages.first_turn(transaction, dead_letter_queue.backlog_id),
        visible_at=now,
        earlier_receives=message.receive_count,
        received_at=None,
        receipt=None,
        source_arn=queue.address.arn,
    )
    if queue.fifo:
        assert message.group_id is not None
        local.catalog.lock_for_messages(transaction, dead_letter_queue)
        dead = dead._replace(sent_at=now, deduplication_id=message.message_id)
        messages.replace(transaction, message, dead)
        fifo.open_group(transaction, dead_letter_queue.backlog_id, message.group_id, now)
    else:
        messages.transfer(transaction, message, dead, now)
    local.messages_ready(transaction, dead_letter_queue, 1, dead.sent_at)
    text = f"received {message.receive_count} times from {queue.address.name}"
    local.trail.note(now, "dead letter", message.message_id, dead.message_id, dead_letter_queue.address.name, text)
