"""A backlog brought up to now: whoever looks into a queue first makes visible what is due, and deletes what is too old.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

from awskit.database import Transaction
from services.sqs.local_state.backlog_bounds import NEVER
from services.sqs.local_state.local_state import LocalState
from services.sqs.messages import message_groups
from services.sqs.queues.queue import Queue
from services.sqs.store import messages


def refresh_backlog(transaction: Transaction, local: LocalState, queue: Queue, now: float) -> None:
    """Make ready what was delayed or in flight until now, and delete what is past its retention period."""
    bounds = local.backlogs.bounds(queue.backlog_id)
    retention = queue.message_retention_period
    if local.backlogs.shared:  # one look costs less than to do what need not be done
        bounds.due_at, bounds.oldest = (
            NEVER if at is None else at for at in messages.bounds(transaction, queue.backlog_id)
        )
        local.backlogs.looked(queue.backlog_id, now)
    due, old = bounds.due_at <= now, bounds.oldest + retention <= now
    if not (due or old):
        return
    look = bounds.look()
    due_at = oldest = None
    if old:
        groups = messages.expire(transaction, queue.backlog_id, now - retention)
        if queue.fifo:
            for group_id in groups:
                message_groups.settle_group(transaction, local, queue, group_id, now)
        found = messages.oldest(transaction, queue.backlog_id)
        oldest = NEVER if found is None else found
    if due:
        least_turn = messages.first_turn(transaction, queue.backlog_id) if queue.fair else 0
        messages.make_due_ready(transaction, queue.backlog_id, now, least_turn)
        found = messages.next_due(transaction, queue.backlog_id)
        due_at = NEVER if found is None else found
    transaction.after_commit(lambda: bounds.found(look, due_at=due_at, oldest=oldest))
