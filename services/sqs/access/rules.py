"""The permissions that operations need, as data: their actions in policies, and the queues that they act on.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from awskit.access.condition_keys import tag_keys
from awskit.access.decision import Permission, ResourcePolicy
from awskit.access.guard import Guarded, Rule
from awskit.access.refusals import SQS
from awskit.database import Transaction
from awskit.resources.arns import build_arn
from services.sqs.arns import QueueAddress, parse_queue_arn
from services.sqs.queues.access_policies import permission, policy_of_queue
from services.sqs.queues.queue_urls import read_queue_url
from services.sqs.redrive.task_handles import read_task_handle
from services.sqs.runtime import SqsContext, own_address, region_of

Input = Mapping[str, Any]

_BATCHES = ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")
_OF_A_QUEUE_URL = (
    *("AddPermission", "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "GetQueueAttributes"),
    *("ListDeadLetterSourceQueues", "ListQueueTags", "PurgeQueue", "ReceiveMessage", "RemovePermission"),
    *("SendMessage", "SetQueueAttributes", "TagQueue", "UntagQueue"),
)


def _on_queue(operation: str) -> Rule[SqsContext]:
    def rule(context: SqsContext, input: Input) -> Iterable[Permission]:
        keys = tag_keys(input.get("Tags"), names=tuple(input["TagKeys"]) if "TagKeys" in input else None)
        yield permission(operation, read_queue_url(input["QueueUrl"], context.account_id, region_of(context)), keys)

    return rule


def _create(context: SqsContext, input: Input) -> Iterable[Permission]:
    address = own_address(context, input["QueueName"])
    tags = input.get("tags")
    yield permission("CreateQueue", address, tag_keys(tags))
    if tags:
        yield permission("TagQueue", address, tag_keys(tags))


def _get_url(context: SqsContext, input: Input) -> Iterable[Permission]:
    owner = input.get("QueueOwnerAWSAccountId") or context.account_id
    yield permission("GetQueueUrl", QueueAddress(owner, region_of(context), input["QueueName"]))


def _list(context: SqsContext, input: Input) -> Iterable[Permission]:
    account = context.account_id
    yield Permission("sqs:ListQueues", build_arn("sqs", region_of(context), account, "*"), account, owner_only=True)


def _start_move(context: SqsContext, input: Input) -> Iterable[Permission]:
    source = _address(context, input["SourceArn"])
    for operation in ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        yield permission(operation, source)
    if "DestinationArn" in input:
        yield permission("SendMessage", _address(context, input["DestinationArn"]))


def _cancel_move(context: SqsContext, input: Input) -> Iterable[Permission]:
    source = _address(context, read_task_handle(input["TaskHandle"]).source_arn)
    for operation in ("CancelMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        yield permission(operation, source)


def _list_moves(context: SqsContext, input: Input) -> Iterable[Permission]:
    yield permission("ListMessageMoveTasks", _address(context, input["SourceArn"]))


def _address(context: SqsContext, arn: str) -> QueueAddress:
    """The queue with that ARN; of what is none, a queue of the caller's that is not there either."""
    return parse_queue_arn(arn) or own_address(context, arn)


def _resolve(
    transaction: Transaction, context: SqsContext, permission: Permission
) -> tuple[Permission, ResourcePolicy | None]:
    address = parse_queue_arn(permission.resource)
    queue = None if address is None else context.runtime.local.catalog.find(transaction, address)
    if queue is None:
        return permission, None
    keys = {**tag_keys(existing=queue.tags), **permission.keys}
    return replace(permission, keys=keys), policy_of_queue(queue)


RULES: Mapping[tuple[str, str], Rule[SqsContext]] = MappingProxyType(
    {
        **{("sqs", name): _on_queue(name) for name in (*_OF_A_QUEUE_URL, *_BATCHES)},
        ("sqs", "CreateQueue"): _create,
        ("sqs", "GetQueueUrl"): _get_url,
        ("sqs", "ListQueues"): _list,
        ("sqs", "StartMessageMoveTask"): _start_move,
        ("sqs", "CancelMessageMoveTask"): _cancel_move,
        ("sqs", "ListMessageMoveTasks"): _list_moves,
    }
)

GUARDED = Guarded(RULES, _resolve, SQS, "sqs")
