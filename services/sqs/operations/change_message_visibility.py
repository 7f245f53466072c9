"""ChangeMessageVisibility and ChangeMessageVisibilityBatch.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.sqs.messages.batches import batch_result, check_entries, failed_entry
from services.sqs.messages.message_groups import settle_group
from services.sqs.receiving.in_flight import change_visibility
from services.sqs.runtime import SqsContext, queue_for_messages


@write_operation("ChangeMessageVisibility")
def change_message_visibility(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_for_messages(context, transaction, input["QueueUrl"])
    local, now = context.runtime.local, context.now
    handle, seconds = input["ReceiptHandle"], input["VisibilityTimeout"]
    group_id = change_visibility(transaction, local, queue, handle, seconds, now)
    if group_id is not None:
        settle_group(transaction, local, queue, group_id, now)
    context.request.messages = handle
    return {}


@write_operation("ChangeMessageVisibilityBatch")
def change_message_visibility_batch(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_for_messages(context, transaction, input["QueueUrl"])
    local, now = context.runtime.local, context.now
    entries = input["Entries"]
    check_entries(entries, "ChangeMessageVisibilityBatchRequestEntry", "ReceiptHandle")
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    groups: dict[str, None] = {}
    for entry in entries:
        # AWS takes an entry without a timeout for one that asks for the queue's own.
        seconds = entry.get("VisibilityTimeout", queue.visibility_timeout)
        try:
            group_id = change_visibility(transaction, local, queue, entry["ReceiptHandle"], seconds, now)
        except AwsError as error:
            failed.append(failed_entry(entry, error))
            continue
        successful.append({"Id": entry["Id"]})
        if group_id is not None:
            groups[group_id] = None
    for group_id in groups:
        settle_group(transaction, local, queue, group_id, now)
    context.request.messages = "\n".join([entry["ReceiptHandle"] for entry in entries])
    return batch_result(successful, failed)
