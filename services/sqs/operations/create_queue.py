"""CreateQueue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sqs.errors import queue_deleted_recently, queue_name_exists
from services.sqs.queues.dead_letter_targets import check_dead_letter_target
from services.sqs.queues.queue_attributes import (
    dead_letter_target,
    first_difference,
    is_fifo,
    new_attributes,
)
from services.sqs.queues.queue_names import check_queue_name
from services.sqs.queues.tags import with_tags
from services.sqs.runtime import SqsContext, own_address, url_of
from services.sqs.store import queues

_DELETION_SECONDS = 60


@write_operation("CreateQueue")
def create_queue(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    given = input.get("Attributes", {})
    address = own_address(context, input["QueueName"])
    fifo = is_fifo(given)
    check_queue_name(address.name, fifo=fifo)
    attributes = new_attributes(given)
    tags = with_tags(address.name, {}, input.get("tags", {}))
    existing = context.runtime.local.catalog.find(transaction, address)
    if existing is not None:
        different = first_difference(existing, attributes)
        if different is not None:
            raise queue_name_exists(f"a different value for attribute {different}")
        if tags and tags != existing.tags:
            raise queue_name_exists("different tags")
        return {"QueueUrl": url_of(context, address)}
    if context.runtime.settings.delay_recently_deleted:
        deleted_at = queues.deleted_at(transaction, address)
        if deleted_at is not None and context.now < deleted_at + _DELETION_SECONDS:
            raise queue_deleted_recently()
    target = dead_letter_target(attributes)
    if target is not None:
        check_dead_letter_target(
            transaction, context.runtime.local.catalog, address, target, given["RedrivePolicy"], fifo=fifo
        )
    queues.add(
        transaction,
        address,
        fifo=fifo,
        attributes=attributes,
        tags=tags,
        dead_letter_arn=target.arn if target is not None else None,
        now=context.now,
    )
    context.runtime.local.catalog.changed(transaction, address)
    return {"QueueUrl": url_of(context, address)}
