"""From a message and its subscribers to parcels for the outbox and, for the protocols that end here, to the sinks.

https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from awskit.outbox import Parcel
from services.sns.delivery.outbox_payloads import HTTP_PREFIX, Waybill, pack
from services.sns.delivery.queue_multicast import Bundle, envelope_entry
from services.sns.messages.envelope import NotificationEnvelope, attributes_document, unsubscribe_url
from services.sns.messages.message import Message
from services.sns.messages.signing import SignatureVersion, Signer
from services.sns.store.deliveries import SinkMessage
from services.sns.store.subscriptions import Subscription
from services.sns.topics.catalog import Subscriber


class Packer:
    """Packs one message for its subscribers; what is the same for all is made once."""

    def __init__(self, message: Message, signer: Signer, version: SignatureVersion) -> None:
        self._message = message
        self._envelope = NotificationEnvelope(message, signer, version)
        self._parcels: list[Parcel] = []
        self._bundled: dict[str | None, list[tuple[str, str]]] = {}

    def pack(self, subscriber: Subscriber) -> bool:
        """Pack it for a subscriber by SQS or HTTP/S; False for the protocols whose messages end in a sink."""
        subscription = subscriber.subscription
        if subscriber.protocol == "sqs":
            if subscription.endpoint.endswith(".fifo"):
                self._parcels.append(self._fifo_queue_parcel(subscription))
            else:
                url = None if subscription.is_raw else self._message.callback_url or subscription.callback_url
                self._bundled.setdefault(url, []).append((subscription.endpoint, subscription.arn))
            return True
        if subscriber.protocol in ("http", "https"):
            self._parcels.append(self._http_parcel(subscription))
            return True
        return False

    def parcels(self) -> list[Parcel]:
        """What has been packed: a parcel for each subscriber, but for the standard queues, which share theirs."""
        message, parcels = self._message, self._parcels
        for url, addressees in self._bundled.items():
            text = self._raw_entry() if url is None else envelope_entry(*self._envelope.around_arn("sqs", url))
            if message.group_id is not None and message.deduplication_id is None:
                text += b',"MessageGroupId":' + orjson.dumps(message.group_id)
            text += self._trace_member()
            bundle = Bundle(message.message_id, message.topic_arn, url is None, addressees, text + b"}")
            parcels.append(bundle.parcel())
        return parcels

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

    def _fifo_queue_parcel(self, subscription: Subscription) -> Parcel:
        message, group = self._message, self._message.group_id
        if subscription.is_raw:
            entry = self._raw_entry()
        else:
            entry = b'"MessageBody":' + orjson.dumps(self._text("sqs", subscription))
        if group is not None:
            entry += b',"MessageGroupId":' + orjson.dumps(group)
        entry += b',"MessageDeduplicationId":' + orjson.dumps(message.deduplication_id or message.message_id)
        entry += self._trace_member()
        waybill = Waybill(
            "Notification", message.message_id, message.topic_arn, subscription.arn, raw=subscription.is_raw
        )
        return Parcel(subscription.endpoint, pack(waybill, entry + b"}"), f"{subscription.arn} {group}")

    def _trace_member(self) -> bytes:
        """The member of a queue's entry that carries the publisher's trace header, if there is one."""
        text = self._message.trace_header
        if not text:
            return b""
        return b',"MessageSystemAttributes":' + orjson.dumps(
            {"AWSTraceHeader": {"DataType": "String", "StringValue": text}}
        )

    def _raw_entry(self) -> bytes:
        return queue_entry(self._message.body_for("sqs"), self._message.attributes)

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
    """The beginning of an entry for a queue: body and attributes as they go on the wire."""
    entry = b'"MessageBody":' + orjson.dumps(body)
    if attributes:
        entry += b',"MessageAttributes":' + orjson.dumps(
            {name: _on_the_wire(attribute) for name, attribute in attributes.items()}
        )
    return entry


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
