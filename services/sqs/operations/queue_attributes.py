"""GetQueueAttributes and SetQueueAttributes.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sqs.errors import invalid_attribute_name
from services.sqs.messages.backlog_refresh import refresh_backlog
from services.sqs.messages.message_groups import change_delay
from services.sqs.queues.dead_letter_targets import check_dead_letter_target
from services.sqs.queues.queue_attributes import (
    ALL_NAMES,
    COUNTS,
    changed_attributes,
    dead_letter_target,
    shown_attributes,
)
from services.sqs.runtime import SqsContext, queue_for_messages, queue_to_change
from services.sqs.store import message_counts, queues


@write_operation("GetQueueAttributes")
def get_queue_attributes(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    """It writes where messages have expired since anyone last looked: they are not to be counted."""
    queue = queue_for_messages(context, transaction, input["QueueUrl"])
    asked = input.get("AttributeNames", ())
    for name in asked:
        if name not in ALL_NAMES:
            raise invalid_attribute_name(name)
    if not asked:
        return {}
    shown = shown_attributes(queue)
    everything = "All" in asked
    if everything or any(name in COUNTS for name in asked):
        refresh_backlog(transaction, context.runtime.local, queue, context.now)
        counts = message_counts.count(transaction, queue.backlog_id, context.now)
        shown.update(zip(COUNTS, map(str, counts), strict=True))
    if everything:
        return {"Attributes": shown}
    found = {name: shown[name] for name in asked if name in shown}
    return {"Attributes": found} if found else {}


@write_operation("SetQueueAttributes")
def set_queue_attributes(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_to_change(context, transaction, input["QueueUrl"])
    local = context.runtime.local
    attributes = changed_attributes(queue, input["Attributes"])
    target = dead_letter_target(attributes)
    if target is not None and input["Attributes"].get("RedrivePolicy"):
        policy = input["Attributes"]["RedrivePolicy"]
        check_dead_letter_target(transaction, local.catalog, queue.address, target, policy, fifo=queue.fifo)
    if attributes.get("DeduplicationScope", "queue") != queue.set_deduplication_scope:
        queues.change_deduplication_scope(transaction, queue.id, queue.deduplication_scope(context.now), context.now)
    target_arn = target.arn if target is not None else None
    queues.set_attributes(transaction, queue.id, attributes, target_arn, context.now)
    local.catalog.changed(transaction, queue.address)
    if queue.fifo and "DelaySeconds" in input["Attributes"]:
        change_delay(transaction, local, queue, int(attributes["DelaySeconds"]), context.now)
    transaction.after_commit(lambda: local.long_polls.wake_all(queue.id))
    return {}
