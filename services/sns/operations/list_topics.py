"""ListTopics: https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.sns.paging import PAGE_SIZE, page, position_of
from services.sns.runtime import SnsContext
from services.sns.store import topics


@read_operation("ListTopics")
def list_topics(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    after = position_of(input.get("NextToken"))
    rows = topics.page(transaction, context.account_id, context.region, after, PAGE_SIZE + 1)
    arns, token = page(rows, PAGE_SIZE)
    output: Output = {"Topics": [{"TopicArn": arn} for arn in arns]}
    if token is not None:
        output["NextToken"] = token
    return output
