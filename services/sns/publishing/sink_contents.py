"""What the sinks keep of a message: texts of phones and devices, emails, functions' events, streams' records.

In: a message, the subscription or endpoint it goes to, and what writes the notification where one is needed. Out: what
`/_aws/sns/` shows of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.sns.messages.envelope import attributes_document, unsubscribe_url
from services.sns.messages.forms_of_services import function_event, stream_record
from services.sns.messages.message import Message
from services.sns.store.subscriptions import Subscription


def sink_content(message: Message, subscription: Subscription, notification: Callable[[], str]) -> dict[str, Any]:
    """The message as the sink of the subscription's protocol keeps it; `notification()` writes the one around it."""
    protocol = subscription.protocol
    if protocol == "lambda":
        event = function_event(subscription.arn, notification())
        return {"MessageId": message.message_id, "TopicArn": message.topic_arn, "Event": event}
    if protocol == "application":
        platform = subscription.endpoint.split("/")[1]
        return application_content(message, subscription.endpoint, platform)
    if protocol == "email-json":
        return {**described(message, protocol), "Message": notification()}
    if protocol == "firehose" and not subscription.is_raw:
        return {**described(message, protocol), "Message": stream_record(notification())}
    content = described(message, protocol)
    if protocol == "sms":
        return {"PhoneNumber": subscription.endpoint, **content, "SubscriptionArn": subscription.arn}
    if protocol == "email":
        content["UnsubscribeURL"] = unsubscribe_url(message.callback_url or subscription.callback_url, subscription.arn)
    return {**content, "SubscriptionArn": subscription.arn}


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
