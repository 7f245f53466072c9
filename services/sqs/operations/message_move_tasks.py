"""StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sqs.arns import parse_queue_arn
from services.sqs.errors import invalid_parameter, invalid_value, resource_not_found, unsupported_operation
from services.sqs.messages.backlog_refresh import refresh_backlog
from services.sqs.queues.queue import Queue
from services.sqs.redrive.task_handles import read_task_handle, write_task_handle
from services.sqs.runtime import SqsContext, foreign_queue, region_of
from services.sqs.store import message_counts, move_tasks, queues
from services.sqs.store.move_tasks import CANCELLING, RUNNING, MoveTask

_MAXIMUM_PER_SECOND = 500
_MAXIMUM_RESULTS = 10


@write_operation("StartMessageMoveTask")
def start_message_move_task(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    source = _queue(context, transaction, input["SourceArn"], "SourceArn")
    queues.lock(transaction, source.id)  # who starts another one at the same time waits
    if not queues.is_dead_letter_queue(transaction, source.address):
        raise invalid_parameter("Source queue must be configured as a Dead Letter Queue.")
    destination_arn = input.get("DestinationArn")
    if destination_arn is not None:
        destination = _queue(context, transaction, destination_arn, "DestinationArn")
        if destination.id == source.id:
            raise invalid_parameter("Source queue arn and destination queue arn cannot be the same.")
        if destination.fifo != source.fifo:
            raise invalid_parameter("Source and destination queues must be of the same type.")
    rate = input.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= _MAXIMUM_PER_SECOND:
        raise invalid_value(rate, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.")
    newest = move_tasks.newest(transaction, source.address.arn, 1)
    if newest and newest[0].status in (RUNNING, CANCELLING):
        raise invalid_parameter(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    refresh_backlog(transaction, context.runtime.local, source, context.now)
    task = MoveTask(
        task_id=str(uuid4()),
        account_id=source.address.account_id,
        region=source.address.region,
        source_arn=source.address.arn,
        destination_arn=destination_arn,
        maximum_per_second=rate,
        status=RUNNING,
        moved=0,
        to_move=message_counts.count(transaction, source.backlog_id, context.now).ready,
        failure_reason=None,
        started_at=context.now,
    )
    move_tasks.add(transaction, task)
    transaction.after_commit(context.runtime.move_tasks.work_soon)
    return {"TaskHandle": write_task_handle(task.task_id, task.source_arn)}


@write_operation("CancelMessageMoveTask")
def cancel_message_move_task(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    handle = read_task_handle(input["TaskHandle"])
    _queue(context, transaction, handle.source_arn, "SourceArn")
    task = move_tasks.lock(transaction, handle.task_id)
    if task is None or task.source_arn != handle.source_arn:
        raise resource_not_found("Task does not exist.")
    if task.status != RUNNING:
        raise unsupported_operation("Only active tasks can be cancelled.")
    move_tasks.update(transaction, task._replace(status=CANCELLING))
    transaction.after_commit(context.runtime.move_tasks.work_soon)
    return {"ApproximateNumberOfMessagesMoved": task.moved}


@read_operation("ListMessageMoveTasks")
def list_message_move_tasks(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    source = _queue(context, transaction, input["SourceArn"], "SourceArn")
    most = input.get("MaxResults", 1)
    if not 1 <= most <= _MAXIMUM_RESULTS:
        raise invalid_value(most, "MaxResults", "Must be between 1 and 10, if provided.")
    found = move_tasks.newest(transaction, source.address.arn, most)
    return {"Results": [_described(task) for task in found]}


def _queue(context: SqsContext, transaction: Transaction, arn: str, parameter: str) -> Queue:
    address = parse_queue_arn(arn)
    if address is None:
        raise invalid_parameter(
            f"You must use this format to specify the {parameter}: arn:<partition>:sqs:<region>:<account_id>:<name>"
        )
    missing = resource_not_found(f"The resource that you specified for the {parameter} parameter doesn't exist.")
    if address.region != region_of(context):
        raise missing
    try:
        return foreign_queue(context, transaction, address)
    except AwsError as error:
        # what is another account's is not there either
        raise missing if error.code in ("QueueDoesNotExist", "AccessDenied") else error from None


def _described(task: MoveTask) -> dict[str, Any]:
    described: dict[str, Any] = {
        "Status": task.status,
        "SourceArn": task.source_arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": round(task.started_at * 1000),
    }
    if task.status == RUNNING:
        described["TaskHandle"] = write_task_handle(task.task_id, task.source_arn)
    if task.destination_arn is not None:
        described["DestinationArn"] = task.destination_arn
    if task.maximum_per_second is not None:
        described["MaxNumberOfMessagesPerSecond"] = task.maximum_per_second
    if task.failure_reason is not None:
        described["FailureReason"] = task.failure_reason
    return described
