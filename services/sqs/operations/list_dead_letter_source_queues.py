"""ListDeadLetterSourceQueues.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.sqs.queues.paging import page
from services.sqs.runtime import SqsContext, queue_of, url_of
from services.sqs.store import queues


@read_operation("ListDeadLetterSourceQueues")
def list_dead_letter_source_queues(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    queue = queue_of(context, transaction, input["QueueUrl"])

    def names_after(name: str, most: int) -> list[str]:
        return queues.list_source_names(transaction, queue.address, name, most)

    names, token = page(input, names_after)
    output: Output = {"queueUrls": [url_of(context, queue.address._replace(name=name)) for name in names]}
    if token is not None:
        output["NextToken"] = token
    return output
