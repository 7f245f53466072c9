"""Subscribe: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import global_arn, parse_arn, partition_of
from awskit.service.operation import Input, Output, write_operation
from services.sns.arns import new_subscription_arn
from services.sns.errors import invalid_parameter
from services.sns.runtime import SnsContext, topic_of
from services.sns.store import platform, subscriptions
from services.sns.store.subscriptions import Subscription
from services.sns.store.topics import Topic
from services.sns.subscriptions.confirmations import TOKEN_SECONDS, new_token, send_subscription_confirmation
from services.sns.subscriptions.endpoints import normal_endpoint
from services.sns.subscriptions.replays import start_replay
from services.sns.subscriptions.subscription_attributes import Target, subscribe_attributes, value_of
from services.sns.topics.topic_attributes import (
    LARGE_MESSAGE_PROTOCOLS,
    MAX_LARGE_SUBSCRIPTIONS,
    InvalidAttribute,
    takes_large_messages,
)

PENDING = "pending confirmation"
_MAX_FIFO_SUBSCRIPTIONS = 100


@write_operation("Subscribe")
def subscribe(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Subscribe the endpoint, or answer the subscription it has already; what is pending is asked again."""
    topic = topic_of(context, transaction, input["TopicArn"])
    subscriptions.delete_expired(transaction, context.now)
    protocol = input["Protocol"].lower()
    endpoint = normal_endpoint(protocol, input.get("Endpoint"), is_fifo_topic=topic.is_fifo)
    _check_partition(topic, protocol, endpoint)
    _check_application_endpoint(transaction, protocol, endpoint)
    _check_topic(transaction, topic, protocol, context.now)
    target = Target(protocol, endpoint, context.account_id, topic.region, topic.is_fifo)
    try:
        attributes = subscribe_attributes(input.get("Attributes") or {}, target)
    except InvalidAttribute as error:
        raise invalid_parameter(f"Attributes Reason: {error}") from error
    subscription = subscriptions.find_by_endpoint(transaction, topic.arn, protocol, endpoint)
    if subscription is not None:
        _check_same(subscription, attributes)
        if subscription.status == "pending":
            subscription = _renewed(context, transaction, topic, subscription)
    else:
        subscription = _new_subscription(context, transaction, topic, protocol, endpoint, attributes)
    show_arn = subscription.status == "confirmed" or input.get("ReturnSubscriptionArn", False)
    return {"SubscriptionArn": subscription.arn if show_arn else PENDING}


def _check_partition(topic: Topic, protocol: str, endpoint: str) -> None:
    """A topic reaches queues of all accounts and regions, but of no other partition than its own."""
    arn = parse_arn(endpoint) if protocol == "sqs" else None
    if arn is not None and arn.partition != partition_of(topic.region):
        raise invalid_parameter("SQS endpoint ARN")


def _check_application_endpoint(transaction: Transaction, protocol: str, endpoint: str) -> None:
    if protocol == "application" and platform.find_endpoint(transaction, endpoint) is None:
        raise invalid_parameter(f"Endpoint Reason: Endpoint does not exist for endpoint {endpoint}")


def _check_topic(transaction: Transaction, topic: Topic, protocol: str, now: float) -> None:
    large = takes_large_messages(topic.attributes)
    if large and protocol not in LARGE_MESSAGE_PROTOCOLS:
        raise invalid_parameter(f"Endpoint Reason: protocol {protocol} does not support messages above 256 KiB")
    most = _MAX_FIFO_SUBSCRIPTIONS if topic.is_fifo else MAX_LARGE_SUBSCRIPTIONS
    if (topic.is_fifo or large) and sum(subscriptions.counts(transaction, topic.arn, now).values()) >= most:
        raise AwsError("SubscriptionLimitExceededException", "Subscription limit exceeded", 403)


def _check_same(subscription: Subscription, attributes: Mapping[str, str]) -> None:
    if any(value_of(subscription.attributes, name) != value for name, value in attributes.items()):
        raise invalid_parameter("Attributes Reason: Subscription already exists with different attributes")


def _new_subscription(
    context: SnsContext,
    transaction: Transaction,
    topic: Topic,
    protocol: str,
    endpoint: str,
    attributes: dict[str, str],
) -> Subscription:
    runtime = context.runtime
    pending = _must_confirm(context, protocol, endpoint)
    arn = new_subscription_arn(topic.arn)
    if "ReplayPolicy" in attributes:
        attributes = start_replay(transaction, runtime.outbox, arn, attributes)
    subscription = Subscription(
        id=0,
        arn=arn,
        topic_arn=topic.arn,
        account_id=context.account_id,
        region=topic.region,
        protocol=protocol,
        endpoint=endpoint,
        attributes=attributes,
        status="pending" if pending else "confirmed",
        token=new_token() if pending else None,
        token_expires_at=context.now + TOKEN_SECONDS if pending else None,
        authenticate_on_unsubscribe=False,
        confirmation_was_authenticated=not pending,
        principal=global_arn("iam", context.region, context.account_id, "root"),
        callback_url=context.endpoint,
    )
    subscriptions.add(transaction, subscription, context.now)
    if pending:
        send_subscription_confirmation(transaction, runtime.outbox, runtime.signer, topic, subscription, context.now)
    runtime.catalog.changed(transaction, topic.arn)
    return subscription


def _must_confirm(context: SnsContext, protocol: str, endpoint: str) -> bool:
    """HTTP/S and email are asked; a queue is when it belongs to another account than the caller's."""
    if protocol in ("http", "https", "email", "email-json"):
        return True
    arn = parse_arn(endpoint) if protocol == "sqs" else None
    return arn is not None and arn.account_id != context.account_id


def _renewed(context: SnsContext, transaction: Transaction, topic: Topic, subscription: Subscription) -> Subscription:
    """A pending subscription with a token valid from now; its endpoint is asked once more."""
    subscriptions.set_token(
        transaction, subscription.arn, subscription.token or new_token(), context.now + TOKEN_SECONDS
    )
    found = subscriptions.find(transaction, subscription.arn)
    assert found is not None
    runtime = context.runtime
    send_subscription_confirmation(transaction, runtime.outbox, runtime.signer, topic, found, context.now)
    return found
