"""AddPermission and RemovePermission.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sqs.queues.permissions import add_statement, remove_statement
from services.sqs.queues.queue import Queue
from services.sqs.runtime import SqsContext, queue_to_change
from services.sqs.store import queues


@write_operation("AddPermission")
def add_permission(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_to_change(context, transaction, input["QueueUrl"])
    policy = add_statement(
        queue.attributes.get("Policy"), queue.address, input["Label"], input["AWSAccountIds"], input["Actions"]
    )
    _set_policy(context, transaction, queue, policy)
    return {}


@write_operation("RemovePermission")
def remove_permission(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_to_change(context, transaction, input["QueueUrl"])
    policy = remove_statement(queue.attributes.get("Policy"), input["Label"])
    _set_policy(context, transaction, queue, policy)
    return {}


def _set_policy(context: SqsContext, transaction: Transaction, queue: Queue, policy: str | None) -> None:
    attributes = {name: value for name, value in queue.attributes.items() if name != "Policy"}
    if policy is not None:
        attributes["Policy"] = policy
    target = queue.redrive_policy.dead_letter_queue.arn if queue.redrive_policy is not None else None
    queues.set_attributes(transaction, queue.id, attributes, target, context.now)
    context.runtime.local.catalog.changed(transaction, queue.address)
