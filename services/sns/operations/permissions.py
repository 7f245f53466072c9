"""AddPermission and RemovePermission: https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, write_operation
from services.sns.runtime import SnsContext, topic_of
from services.sns.store import topics
from services.sns.store.topics import Topic
from services.sns.topics.access_policy import default_policy, with_statement, without_statement


@write_operation("AddPermission")
def add_permission(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    topic = topic_of(context, transaction, input["TopicArn"])
    policy = with_statement(_policy_of(topic), topic.arn, input["Label"], input["AWSAccountId"], input["ActionName"])
    _set_policy(context, transaction, topic, policy)
    return {}


@write_operation("RemovePermission")
def remove_permission(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    topic = topic_of(context, transaction, input["TopicArn"])
    _set_policy(context, transaction, topic, without_statement(_policy_of(topic), input["Label"]))
    return {}


def _policy_of(topic: Topic) -> str:
    return topic.attributes.get("Policy") or default_policy(topic.arn, topic.account_id)


def _set_policy(context: SnsContext, transaction: Transaction, topic: Topic, policy: str) -> None:
    topics.set_attributes(transaction, topic.arn, {**topic.attributes, "Policy": policy})
    context.runtime.catalog.changed(transaction, topic.arn)
