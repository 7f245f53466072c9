"""DeleteMessage. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sqs.messages.message_groups import settle_group
from services.sqs.receiving.in_flight import delete
from services.sqs.runtime import SqsContext, queue_for_messages


@write_operation("DeleteMessage")
def delete_message(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_for_messages(context, transaction, input["QueueUrl"])
    group_id = delete(transaction, queue, input["ReceiptHandle"], context.now)
    if group_id is not None:
        settle_group(transaction, context.runtime.local, queue, group_id, context.now)
    context.request.messages = input["ReceiptHandle"]
    return {}
