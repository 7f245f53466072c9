"""TagQueue, UntagQueue and ListQueueTags.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sqs.errors import missing_parameter
from services.sqs.queues.tags import check_key, with_tags
from services.sqs.runtime import SqsContext, queue_of, queue_to_change
from services.sqs.store import queues


@write_operation("TagQueue")
def tag_queue(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_to_change(context, transaction, input["QueueUrl"])
    if not input["Tags"]:
        raise missing_parameter("Tags")
    queues.set_tags(transaction, queue.id, with_tags(queue.address.name, queue.tags, input["Tags"]))
    context.runtime.local.catalog.changed(transaction, queue.address)
    return {}


@write_operation("UntagQueue")
def untag_queue(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_to_change(context, transaction, input["QueueUrl"])
    for key in input["TagKeys"] or [""]:
        check_key(key)
    kept = {key: value for key, value in queue.tags.items() if key not in input["TagKeys"]}
    queues.set_tags(transaction, queue.id, kept)
    context.runtime.local.catalog.changed(transaction, queue.address)
    return {}


@read_operation("ListQueueTags")
def list_queue_tags(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_of(context, transaction, input["QueueUrl"])
    return {"Tags": dict(queue.tags)} if queue.tags else {}
