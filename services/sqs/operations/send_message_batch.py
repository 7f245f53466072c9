"""SendMessageBatch. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.sqs.messages.batches import batch_result, check_entries, failed_entry
from services.sqs.messages.sending import (
    Outgoing,
    carry_trace_header,
    check_fifo_entries,
    check_key,
    prepare,
    send_all,
)
from services.sqs.runtime import SqsContext, queue_for_messages

_MAXIMUM_BYTES = 1_048_576


@write_operation("SendMessageBatch")
def send_message_batch(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_for_messages(context, transaction, input["QueueUrl"])
    entries = input["Entries"]
    check_entries(entries, "SendMessageBatchRequestEntry", "MessageBody")
    if queue.fifo:
        check_fifo_entries(queue, entries)
    check_key(queue)
    _check_length(sum(len(entry["MessageBody"].encode("utf-8", "surrogatepass")) for entry in entries))
    batch: list[Outgoing] = []
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            outgoing = prepare(queue, entry, context.account_id, context.now)
        except AwsError as error:
            failed.append(failed_entry(entry, error))
            continue
        carry_trace_header(outgoing, context.request.headers)
        outgoing.answer["Id"] = entry["Id"]
        batch.append(outgoing)
        successful.append(outgoing.answer)
    _check_length(sum(outgoing.size for outgoing in batch))
    send_all(transaction, context.runtime.local, queue, batch, context.now)
    context.request.messages = "\n".join([answer["MessageId"] for answer in successful])
    return batch_result(successful, failed)


def _check_length(size: int) -> None:
    if size > _MAXIMUM_BYTES:
        raise AwsError(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {_MAXIMUM_BYTES} bytes. You have sent {size} bytes.",
        )
