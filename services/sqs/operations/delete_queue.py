"""DeleteQueue and PurgeQueue: both give up the queue's backlog, which is swept out afterwards.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sqs.errors import purge_queue_in_progress
from services.sqs.queues.queue import Queue
from services.sqs.runtime import SqsContext, queue_to_change
from services.sqs.store import fifo, queues

_PURGE_SECONDS = 60


@write_operation("DeleteQueue")
def delete_queue(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_to_change(context, transaction, input["QueueUrl"])
    queues.remove(transaction, queue.id, queue.backlog_id, queue.address, context.now)
    _backlog_given_up(context, transaction, queue)
    transaction.after_commit(lambda: context.runtime.local.long_polls.forget(queue.id))
    return {}


@write_operation("PurgeQueue")
def purge_queue(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_to_change(context, transaction, input["QueueUrl"])
    recently = queue.purged_at is not None and context.now < queue.purged_at + _PURGE_SECONDS
    if recently and context.runtime.settings.delay_purge_retry:
        raise purge_queue_in_progress(queue.address.name)
    queues.purge(transaction, queue.id, queue.backlog_id, context.now)
    if queue.fifo:
        fifo.forget_all_of(transaction, queue.id)
    _backlog_given_up(context, transaction, queue)
    return {}


def _backlog_given_up(context: SqsContext, transaction: Transaction, queue: Queue) -> None:
    local = context.runtime.local
    local.catalog.changed(transaction, queue.address)

    def committed() -> None:
        local.backlogs.forget(queue.backlog_id)
        local.long_polls.wake_all(queue.id)
        context.runtime.housekeeping.sweep_soon()

    transaction.after_commit(committed)
