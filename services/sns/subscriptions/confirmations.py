"""Subscribing and unsubscribing as endpoints see it: tokens, and the messages that carry them.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import secrets
import uuid

import orjson

from awskit.database import Transaction
from awskit.outbox import Batch, Outbox, OutboxEntry
from services.sns.delivery.outbox_payloads import HTTP_PREFIX, DeliveryMetadata, encode_payload
from services.sns.messages.envelope import confirmation, subscribe_url
from services.sns.messages.message import timestamp_of
from services.sns.messages.signing import Signer
from services.sns.store import deliveries
from services.sns.store.deliveries import SinkMessage
from services.sns.store.subscriptions import Subscription
from services.sns.store.topics import Topic
from services.sns.topics.topic_attributes import signature_version

TOKEN_SECONDS = 2 * 86_400

_SUBSCRIBE = (
    "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)
_UNSUBSCRIBE = (
    "You have chosen to deactivate subscription {subscription}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
)


def new_token() -> str:
    """Like AWS's: long, hexadecimal, not to be guessed."""
    return "2336412f37" + secrets.token_hex(147)


def send_subscription_confirmation(
    transaction: Transaction, outbox: Outbox, signer: Signer, topic: Topic, subscription: Subscription, now: float
) -> Batch | None:
    """Ask the endpoint whether it wants the subscription."""
    text = _SUBSCRIBE.format(topic=topic.arn)
    return _send("SubscriptionConfirmation", text, transaction, outbox, signer, topic, subscription, now)


def send_unsubscribe_confirmation(
    transaction: Transaction, outbox: Outbox, signer: Signer, topic: Topic, subscription: Subscription, now: float
) -> Batch | None:
    """Tell the endpoint that the subscription is gone, and how it comes back."""
    text = _UNSUBSCRIBE.format(subscription=subscription.arn)
    return _send("UnsubscribeConfirmation", text, transaction, outbox, signer, topic, subscription, now)


def _send(
    kind: str,
    text: str,
    transaction: Transaction,
    outbox: Outbox,
    signer: Signer,
    topic: Topic,
    subscription: Subscription,
    now: float,
) -> Batch | None:
    message_id = str(uuid.uuid4())
    token = subscription.token or ""
    fields = {
        "Type": kind,
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic.arn,
        "Message": text,
        "SubscribeURL": subscribe_url(subscription.callback_url, topic.arn, token),
        "Timestamp": timestamp_of(now),
    }
    if subscription.protocol in ("email", "email-json"):
        content = {**fields, "SubscriptionArn": subscription.arn}
        deliveries.add_to_sinks(transaction, [_email(subscription, content)], now)
        return None
    document = confirmation(fields, signer, signature_version(topic.attributes), subscription.callback_url)
    metadata = DeliveryMetadata(kind, message_id, topic.arn, subscription.arn, subscription.endpoint)
    if subscription.protocol == "sqs":
        entry = b'"MessageBody":' + orjson.dumps(document)
        if subscription.endpoint.endswith(".fifo"):
            group = orjson.dumps(message_id)
            entry += b',"MessageGroupId":' + group + b',"MessageDeduplicationId":' + group
        return outbox.add(transaction, [OutboxEntry(subscription.endpoint, encode_payload(metadata, entry + b"}"))])
    return outbox.add(
        transaction, [OutboxEntry(HTTP_PREFIX + subscription.arn, encode_payload(metadata, document.encode("utf-8")))]
    )


def _email(subscription: Subscription, content: dict[str, str]) -> SinkMessage:
    return SinkMessage(
        subscription.protocol,
        subscription.account_id,
        subscription.region,
        subscription.endpoint,
        orjson.dumps({**content, "Subject": "AWS Notification - Subscription Confirmation"}),
    )
