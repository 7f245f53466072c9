"""GetQueueUrl. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.sqs.arns import QueueAddress
from services.sqs.queues.queue_names import check_text
from services.sqs.runtime import SqsContext, foreign_queue, region_of, url_of


@read_operation("GetQueueUrl")
def get_queue_url(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    check_text(input)
    owner = input.get("QueueOwnerAWSAccountId") or context.account_id
    queue = foreign_queue(context, transaction, QueueAddress(owner, region_of(context), input["QueueName"]))
    return {"QueueUrl": url_of(context, queue.address)}
