"""GetTopicAttributes and SetTopicAttributes.

https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.operation import Input, Output, read_operation, write_operation
from services.sns.errors import invalid_parameter
from services.sns.message import timestamp_of
from services.sns.policy import default_policy
from services.sns.runtime import SnsContext, topic_of
from services.sns.store import fifo, subscriptions, topics
from services.sns.topic_attributes import (
    InvalidAttribute,
    archive_retention_days,
    changed_attributes,
    effective_delivery_policy_text,
)


@read_operation("GetTopicAttributes")
def get_topic_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    topic = topic_of(context, transaction, input["TopicArn"])
    counts = subscriptions.counts(transaction, topic.arn)
    shown = {
        "Policy": default_policy(topic.arn, topic.account_id),
        "Owner": topic.account_id,
        "SubscriptionsPending": str(counts.get("pending", 0)),
        "TopicArn": topic.arn,
        "EffectiveDeliveryPolicy": effective_delivery_policy_text(topic.attributes),
        "SubscriptionsConfirmed": str(counts.get("confirmed", 0)),
        "SubscriptionsDeleted": str(topic.subscriptions_deleted),
        "DisplayName": "",
    }
    if topic.is_fifo:
        shown |= {"ContentBasedDeduplication": "false", "FifoThroughputScope": "Topic"}
    shown.update(topic.attributes)
    if archive_retention_days(topic.attributes.get("ArchivePolicy")) is not None:
        beginning = fifo.beginning_of_archive(transaction, topic.arn)
        shown["BeginningArchiveTime"] = timestamp_of(beginning if beginning is not None else context.now)
    return {"Attributes": shown}


@write_operation("SetTopicAttributes")
def set_topic_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Set one attribute; without a value, or with an empty one, it is as if it had never been set."""
    topic = topic_of(context, transaction, input["TopicArn"])
    name = input["AttributeName"]
    try:
        attributes = changed_attributes(topic.attributes, name, input.get("AttributeValue"))
        archives = archive_retention_days(attributes.get("ArchivePolicy")) is not None
    except InvalidAttribute as error:
        raise invalid_parameter(str(error)) from error
    topics.set_attributes(transaction, topic.arn, attributes)
    if name == "ArchivePolicy" and not archives:
        fifo.clear_archive(transaction, topic.arn)
    context.runtime.directory.changed(transaction, topic.arn)
    return {}
