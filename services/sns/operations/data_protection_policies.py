"""GetDataProtectionPolicy and PutDataProtectionPolicy.

https://docs.aws.amazon.com/sns/latest/api/API_PutDataProtectionPolicy.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.runtime import SnsContext, topic_of
from services.sns.store import topics
from services.sns.topics.data_protection_policy import check_data_protection_policy


@read_operation("GetDataProtectionPolicy")
def get_data_protection_policy(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    topic = topic_of(context, transaction, input["ResourceArn"], "ResourceArn")
    return {"DataProtectionPolicy": topic.data_protection_policy or ""}


@write_operation("PutDataProtectionPolicy")
def put_data_protection_policy(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Set the policy; an empty one takes it away."""
    topic = topic_of(context, transaction, input["ResourceArn"], "ResourceArn")
    policy = input["DataProtectionPolicy"]
    if policy:
        check_data_protection_policy(policy)
    topics.set_data_protection_policy(transaction, topic.arn, policy or None)
    return {}
