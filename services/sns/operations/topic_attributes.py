"""GetTopicAttributes and SetTopicAttributes.

https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.delivery.delivery_policy import shown_topic_policy
from services.sns.errors import invalid_parameter
from services.sns.messages.message import timestamp_of
from services.sns.runtime import SnsContext, topic_of
from services.sns.store import fifo, subscriptions, topics
from services.sns.topics.access_policy import default_policy
from services.sns.topics.topic_attributes import (
    LARGE_MESSAGE_PROTOCOLS,
    MAX_LARGE_SUBSCRIPTIONS,
    InvalidAttribute,
    archive_retention_days,
    changed_attributes,
    effective_delivery_policy_text,
    takes_large_messages,
)


@read_operation("GetTopicAttributes")
def get_topic_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    topic = topic_of(context, transaction, input["TopicArn"])
    counts = subscriptions.counts(transaction, topic.arn, context.now)
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
        shown["ContentBasedDeduplication"] = "false"
    shown.update(topic.attributes)
    if "DeliveryPolicy" in shown:
        shown["DeliveryPolicy"] = shown_topic_policy(shown["DeliveryPolicy"])
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
    if name == "MaximumMessageSize":
        check_large_messages(transaction, topic.arn, attributes, context.now)
    topics.set_attributes(transaction, topic.arn, attributes)
    if name == "ArchivePolicy" and not archives:
        fifo.clear_archive(transaction, topic.arn)
    context.runtime.catalog.changed(transaction, topic.arn)
    return {}


def check_large_messages(transaction: Transaction, arn: str, attributes: Mapping[str, str], now: float) -> None:
    """Messages above 256 KiB: only with up to 100 subscriptions, of protocols that carry them."""
    if not takes_large_messages(attributes):
        return
    found = subscriptions.page_of_topic(transaction, arn, 0, MAX_LARGE_SUBSCRIPTIONS + 1, now)
    if len(found) > MAX_LARGE_SUBSCRIPTIONS or any(entry.protocol not in LARGE_MESSAGE_PROTOCOLS for entry in found):
        raise invalid_parameter(
            f"MaximumMessageSize Reason: a topic with messages above 256 KiB has at most {MAX_LARGE_SUBSCRIPTIONS} "
            "subscriptions, each of them of sqs, firehose or lambda"
        )
