"""ListQueues. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.sqs.queues.paging import page
from services.sqs.queues.queue_names import check_text
from services.sqs.runtime import SqsContext, own_address, region_of, url_of
from services.sqs.store import queues


@read_operation("ListQueues")
def list_queues(context: SqsContext, input: Input, transaction: Transaction) -> Output:
    check_text(input)
    prefix = input.get("QueueNamePrefix", "")

    def names_after(name: str, most: int) -> list[str]:
        return queues.list_names(transaction, context.account_id, region_of(context), prefix, name, most)

    names, token = page(input, names_after)
    output: Output = {}
    if names:
        output["QueueUrls"] = [url_of(context, own_address(context, name)) for name in names]
    if token is not None:
        output["NextToken"] = token
    return output
