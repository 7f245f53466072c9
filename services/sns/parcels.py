"""Deliveries as the outbox keeps them: for each protocol a destination and a payload, and back again.

In: a message and a subscriber. Out: parcels, and for the protocols that end here, messages for the sinks.

A payload is a line of JSON about the delivery, then the text to send. For SQS that text is an entry of SendMessageBatch
as it goes on the wire, without its first brace, so that nothing is encoded again at a try.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from awskit.outbox import Parcel
from services.sns.directory import Subscriber
from services.sns.envelope import NotificationEnvelope, attributes_document, unsubscribe_url
from services.sns.message import Message
from services.sns.signing import SignatureVersion, Signer
from services.sns.store.deliveries import SinkMessage
from services.sns.store.subscriptions import Subscription

HTTP_PREFIX = "http:"
FAN_OUT_PREFIX = "fan-out:"
REPLAY_PREFIX = "replay:"


@dataclass(frozen=True, slots=True)
class Waybill:
    """What a delivery function has to know of a parcel. `kind` is the SNS message type; `endpoint` an HTTP URL."""

    kind: str
    message_id: str
    topic_arn: str
    subscription_arn: str
    endpoint: str = ""
    raw: bool = False
    dead_letter: bool = False
    trace_header: str = ""


def pack(waybill: Waybill, text: bytes) -> bytes:
    fields = [
        *(waybill.kind, waybill.message_id, waybill.topic_arn, waybill.subscription_arn),
        *(waybill.endpoint, waybill.raw, waybill.dead_letter),
    ]
    if waybill.trace_header:
        fields.append(waybill.trace_header)
    return orjson.dumps(fields) + b"\n" + text


def unpack(payload: bytes) -> tuple[Waybill, bytes]:
    line, _, text = payload.partition(b"\n")
    return Waybill(*orjson.loads(line)), text


class Packer:
    """Packs one message for its subscribers; what is the same for all is made once."""

    def __init__(self, message: Message, signer: Signer, version: SignatureVersion) -> None:
        self._message = message
        self._envelope = NotificationEnvelope(message, signer, version)
        self._raw_entries: dict[str, bytes] = {}

    def parcel(self, subscriber: Subscriber) -> Parcel | None:
        """The parcel for a subscriber by SQS or HTTP/S; None for the protocols whose messages end in a sink."""
        subscription = subscriber.subscription
        if subscriber.protocol == "sqs":
            return self._queue_parcel(subscription)
        if subscriber.protocol in ("http", "https"):
            return self._http_parcel(subscription)
        return None

    def sink_message(self, subscriber: Subscriber) -> SinkMessage:
        """The message for the sink of the subscriber's protocol."""
        subscription = subscriber.subscription
        content = self._sink_content(subscription)
        return SinkMessage(
            subscription.protocol,
            subscription.account_id,
            subscription.region,
            subscription.endpoint,
            orjson.dumps(content),
        )

    def _text(self, protocol: str, subscription: Subscription) -> str:
        return self._envelope.text(protocol, subscription.arn, subscription.callback_url)

    def _queue_parcel(self, subscription: Subscription) -> Parcel:
        message = self._message
        to_fifo_queue = subscription.endpoint.endswith(".fifo")
        if subscription.is_raw:
            entry = self._raw_entry()
        else:
            entry = b'"MessageBody":' + orjson.dumps(self._text("sqs", subscription))
        group = message.group_id
        if group is not None and (to_fifo_queue or message.deduplication_id is None):
            entry += b',"MessageGroupId":' + orjson.dumps(group)
        if message.trace_header:
            entry += b',"MessageSystemAttributes":' + orjson.dumps(_trace_attribute(message.trace_header))
        ordering_key = None
        if to_fifo_queue:
            entry += b',"MessageDeduplicationId":' + orjson.dumps(message.deduplication_id or message.message_id)
            ordering_key = f"{subscription.arn} {group}"
        waybill = Waybill(
            "Notification", message.message_id, message.topic_arn, subscription.arn, raw=subscription.is_raw
        )
        return Parcel(subscription.endpoint, pack(waybill, entry + b"}"), ordering_key)

    def _raw_entry(self) -> bytes:
        body = self._message.body_for("sqs")
        entry = self._raw_entries.get(body)
        if entry is None:
            entry = queue_entry(body, self._message.attributes)
            self._raw_entries[body] = entry
        return entry

    def _http_parcel(self, subscription: Subscription) -> Parcel:
        message = self._message
        if subscription.is_raw:
            text = message.body_for(subscription.protocol)
        else:
            text = self._text(subscription.protocol, subscription)
        waybill = Waybill(
            "Notification",
            message.message_id,
            message.topic_arn,
            subscription.arn,
            subscription.endpoint,
            subscription.is_raw,
            trace_header=message.trace_header or "",
        )
        return Parcel(HTTP_PREFIX + subscription.arn, pack(waybill, text.encode("utf-8", "surrogatepass")))

    def _sink_content(self, subscription: Subscription) -> dict[str, Any]:
        message, protocol = self._message, subscription.protocol
        if protocol == "lambda":
            return self._lambda_event(subscription)
        if protocol == "application":
            platform = subscription.endpoint.split("/")[1]
            return application_content(message, subscription.endpoint, platform)
        if protocol == "email-json":
            return {**described(message, protocol), "Message": self._text(protocol, subscription)}
        if protocol == "firehose" and not subscription.is_raw:
            record = orjson.loads(self._text(protocol, subscription))
            return {**described(message, protocol), "Message": orjson.dumps(record).decode("utf-8") + "\n"}
        content = described(message, protocol)
        if protocol == "sms":
            return {"PhoneNumber": subscription.endpoint, **content, "SubscriptionArn": subscription.arn}
        if protocol == "email":
            content["UnsubscribeURL"] = unsubscribe_url(
                message.callback_url or subscription.callback_url, subscription.arn
            )
        return {**content, "SubscriptionArn": subscription.arn}

    def _lambda_event(self, subscription: Subscription) -> dict[str, Any]:
        """The event that the function is invoked with; it does not know attribute types beside String and Binary."""
        notification = orjson.loads(self._text("lambda", subscription))
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
            "MessageId": self._message.message_id,
            "TopicArn": self._message.topic_arn,
            "Event": {"Records": [record]},
        }


def queue_entry(body: str, attributes: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The beginning of a SendMessageBatch entry: body and attributes as they go on the wire."""
    entry = b'"MessageBody":' + orjson.dumps(body)
    if attributes:
        entry += b',"MessageAttributes":' + orjson.dumps(
            {name: _on_the_wire(attribute) for name, attribute in attributes.items()}
        )
    return entry


def _trace_attribute(trace_header: str) -> dict[str, dict[str, str]]:
    return {"AWSTraceHeader": {"DataType": "String", "StringValue": trace_header}}


def _on_the_wire(attribute: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for key, value in attribute.items()
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
