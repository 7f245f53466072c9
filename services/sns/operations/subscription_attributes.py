"""GetSubscriptionAttributes and SetSubscriptionAttributes.

https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.errors import invalid_parameter
from services.sns.runtime import SnsContext, subscription_of
from services.sns.store import subscriptions, topics
from services.sns.subscriptions.replays import start_replay, without_replay
from services.sns.subscriptions.subscription_attributes import Target, changed_attributes, shown_attributes
from services.sns.topics.topic_attributes import InvalidAttribute


@read_operation("GetSubscriptionAttributes")
def get_subscription_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    subscription = subscription_of(context, transaction, input["SubscriptionArn"])
    topic = topics.find(transaction, subscription.topic_arn)
    own = shown_attributes(
        subscription.attributes, topic.attributes if topic is not None else {}, subscription.protocol
    )
    return {
        "Attributes": {
            "SubscriptionArn": subscription.arn,
            "TopicArn": subscription.topic_arn,
            "Owner": subscription.account_id,
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "PendingConfirmation": "true" if subscription.status == "pending" else "false",
            "ConfirmationWasAuthenticated": "true" if subscription.confirmation_was_authenticated else "false",
            "SubscriptionPrincipal": subscription.principal,
            **own,
        }
    }


@write_operation("SetSubscriptionAttributes")
def set_subscription_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Set one attribute; without a value (or with `{}`, of a policy) it is taken away."""
    subscription = subscription_of(context, transaction, input["SubscriptionArn"])
    name, value = input["AttributeName"], input.get("AttributeValue")
    target = Target(
        subscription.protocol,
        subscription.endpoint,
        subscription.account_id,
        subscription.region,
        subscription.topic_arn.endswith(".fifo"),
    )
    try:
        attributes = changed_attributes(subscription.attributes, name, value, target)
    except InvalidAttribute as error:
        raise invalid_parameter(str(error)) from error
    if name == "ReplayPolicy" and name in attributes:
        attributes = start_replay(transaction, context.runtime.outbox, subscription.arn, attributes)
    elif name == "ReplayPolicy":
        attributes = without_replay(attributes)
    subscriptions.set_attributes(transaction, subscription.arn, attributes)
    context.runtime.catalog.changed(transaction, subscription.topic_arn)
    return {}
