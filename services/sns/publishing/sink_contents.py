"""What the sinks keep of a message: texts of phones and devices, emails, functions' events, streams' records.

In: a message, the subscription or endpoint it goes to, and what writes the notification where one is needed. Out: what
`/_aws/sns/` shows of it.

https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from services.sns.messages.envelope import attributes_document, unsubscribe_url
from services.sns.messages.message import Message
from services.sns.store.subscriptions import Subscription


def sink_content(message: Message, subscription: Subscription, notification: Callable[[], str]) -> dict[str, Any]:
    """The message as the sink of the subscription's protocol keeps it; `notification()` writes the one around it."""
    protocol = subscription.protocol
    if protocol == "lambda":
        return _lambda_event(message, subscription, notification())
    if protocol == "application":
        platform = subscription.endpoint.split("/")[1]
        return application_content(message, subscription.endpoint, platform)
    if protocol == "email-json":
        return {**described(message, protocol), "Message": notification()}
    if protocol == "firehose" and not subscription.is_raw:
        record = orjson.dumps(orjson.loads(notification())).decode("utf-8") + "\n"
        return {**described(message, protocol), "Message": record}
    content = described(message, protocol)
    if protocol == "sms":
        return {"PhoneNumber": subscription.endpoint, **content, "SubscriptionArn": subscription.arn}
    if protocol == "email":
        content["UnsubscribeURL"] = unsubscribe_url(message.callback_url or subscription.callback_url, subscription.arn)
    return {**content, "SubscriptionArn": subscription.arn}


def _lambda_event(message: Message, subscription: Subscription, text: str) -> dict[str, Any]:
    """The event that the function is invoked with; it does not know attribute types beside String and Binary."""
    notification = orjson.loads(text)
    notification["SigningCertUrl"] = notification.pop("SigningCertURL")
    notification["UnsubscribeUrl"] = notification.pop("UnsubscribeURL")
    notification.setdefault("Subject", None)
    attributes = notification.setdefault("MessageAttributes", {})
    for attribute in attributes.values():
        if attribute["Type"] != "Binary":
            attribute["Type"] = "String"
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": notification,
    }
    return {
        "MessageId": message.message_id,
        "TopicArn": message.topic_arn,
        "Event": {"Records": [record]},
    }


def described(message: Message, protocol: str) -> dict[str, Any]:
    """What the sinks show of every message."""
    return {
        "TopicArn": message.topic_arn or None,
        "SubscriptionArn": None,
        "MessageId": message.message_id,
        "Message": message.body_for(protocol),
        # LocalStack shows those of an SMS that has none in another way than those of a push notification.
        "MessageAttributes": attributes_document(message.attributes) or ({} if protocol == "sms" else None),
        "MessageStructure": "json" if message.bodies is not None else None,
        "Subject": message.subject,
    }


def application_content(message: Message, endpoint_arn: str, platform: str) -> dict[str, Any]:
    """What a mobile push endpoint gets: the text for its platform."""
    return {"TargetArn": endpoint_arn, **described(message, platform)}
