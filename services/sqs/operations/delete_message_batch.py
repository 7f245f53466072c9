"""DeleteMessageBatch.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.sqs.messages.batches import batch_result, check_entries, failed_entry
from services.sqs.messages.message_groups import settle_group
from services.sqs.receiving.in_flight import delete
from services.sqs.receiving.receipt_handles import read_receipt_handle
from services.sqs.runtime import SqsContext, queue_for_messages
from services.sqs.store import messages


@write_operation("DeleteMessageBatch")
def delete_message_batch(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_for_messages(context, transaction, input["QueueUrl"])
    entries = input["Entries"]
    check_entries(entries, "DeleteMessageBatchRequestEntry", "ReceiptHandle")
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    groups: dict[str, None] = {}
    keys: list[int] = []
    for entry in entries:
        try:
            if queue.fifo:
                group_id = delete(transaction, queue, entry["ReceiptHandle"], context.now)
                if group_id is not None:
                    groups[group_id] = None
            else:
                keys.append(read_receipt_handle(entry["ReceiptHandle"], queue.id).message_key)
        except AwsError as error:
            failed.append(failed_entry(entry, error))
            continue
        successful.append({"Id": entry["Id"]})
    messages.delete_received(transaction, queue.backlog_id, keys)
    for group_id in groups:
        settle_group(transaction, context.runtime.local, queue, group_id, context.now)
    context.request.messages = "\n".join([entry["ReceiptHandle"] for entry in entries])
    return batch_result(successful, failed)
