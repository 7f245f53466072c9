"""SendMessage. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sqs.messages.sending import carry_trace_header, check_key, prepare, send
from services.sqs.runtime import SqsContext, queue_for_messages


@write_operation("SendMessage")
def send_message(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_for_messages(context, transaction, input["QueueUrl"])
    check_key(queue)
    outgoing = prepare(queue, input, context.account_id, context.now)
    carry_trace_header(outgoing, context.request.headers)
    answer = send(transaction, context.runtime.local, queue, outgoing, context.now)
    context.request.messages = answer["MessageId"]
    return answer
