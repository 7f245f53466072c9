"""From a message and its subscribers to entries for the outbox and, for the protocols that end here, to the sinks.

In: a message, and its subscribers one after the other. Out: the outbox's entries, and the sinks' messages.

https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from awskit.outbox import OutboxEntry
from services.sns.delivery.outbox_payloads import HTTP_PREFIX, DeliveryMetadata, encode_payload
from services.sns.delivery.queue_multicast import QueueMulticast, envelope_entry
from services.sns.messages.envelope import NotificationEnvelope
from services.sns.messages.message import Message
from services.sns.messages.signing import SignatureVersion, Signer
from services.sns.publishing.sink_contents import sink_content
from services.sns.store.deliveries import SinkMessage
from services.sns.store.subscriptions import Subscription
from services.sns.topics.catalog import Subscriber, is_fifo


class NotificationEntries:
    """The deliveries of one message; what is the same for all its subscribers is made once."""

    def __init__(
        self, message: Message, signer: Signer, version: SignatureVersion, elsewhere: Mapping[str, str]
    ) -> None:
        """`elsewhere` are the protocols whose messages go to another emulator, with the prefix of a destination."""
        self._message = message
        self._elsewhere = elsewhere
        self._envelope = NotificationEnvelope(message, signer, version)
        self._outbox_entries: list[OutboxEntry] = []
        self._queues_by_url: dict[str | None, list[tuple[str, str]]] = {}

    def add(self, subscriber: Subscriber) -> bool:
        """Add a delivery to a subscriber; False for the protocols whose messages end in a sink."""
        subscription = subscriber.subscription
        if subscriber.protocol == "sqs":
            if is_fifo(subscription.endpoint):
                self._outbox_entries.append(self._fifo_queue_entry(subscription))
            else:
                url = None if subscription.is_raw else self._message.callback_url or subscription.callback_url
                self._queues_by_url.setdefault(url, []).append((subscription.endpoint, subscription.arn))
            return True
        if subscriber.protocol in ("http", "https"):
            self._outbox_entries.append(self._entry(HTTP_PREFIX, subscription))
            return True
        prefix = self._elsewhere.get(subscriber.protocol)
        if prefix is not None:
            self._outbox_entries.append(self._entry(prefix, subscription))
        return prefix is not None

    def outbox_entries(self) -> list[OutboxEntry]:
        """What has been added: an entry for each subscriber, but for the standard queues, which share theirs."""
        message, outbox_entries = self._message, self._outbox_entries
        for url, addressees in self._queues_by_url.items():
            text = self._raw_entry() if url is None else envelope_entry(*self._envelope.around_arn("sqs", url))
            if message.group_id is not None and message.deduplication_id is None:
                text += b',"MessageGroupId":' + orjson.dumps(message.group_id)
            text += self._trail_members()
            multicast = QueueMulticast(message.message_id, message.topic_arn, url is None, addressees, text + b"}")
            outbox_entries.append(multicast.outbox_entry())
        return outbox_entries

    def sink_message(self, subscriber: Subscriber) -> SinkMessage:
        """The message for the sink of the subscriber's protocol."""
        subscription = subscriber.subscription
        content = sink_content(self._message, subscription, lambda: self._text(subscription.protocol, subscription))
        return SinkMessage(
            subscription.protocol,
            subscription.account_id,
            subscription.region,
            subscription.endpoint,
            orjson.dumps(content),
        )

    def _text(self, protocol: str, subscription: Subscription) -> str:
        return self._envelope.text(protocol, subscription.arn, subscription.callback_url)

    def _fifo_queue_entry(self, subscription: Subscription) -> OutboxEntry:
        message, group = self._message, self._message.group_id
        if subscription.is_raw:
            entry = self._raw_entry()
        else:
            entry = b'"MessageBody":' + orjson.dumps(self._text("sqs", subscription))
        if group is not None:
            entry += b',"MessageGroupId":' + orjson.dumps(group)
        entry += b',"MessageDeduplicationId":' + orjson.dumps(message.deduplication_id or message.message_id)
        entry += self._trail_members()
        metadata = DeliveryMetadata(
            "Notification", message.message_id, message.topic_arn, subscription.arn, raw=subscription.is_raw
        )
        return OutboxEntry(subscription.endpoint, encode_payload(metadata, entry + b"}"), f"{subscription.arn} {group}")

    def _trail_members(self) -> bytes:
        """What a queue's entry says of its way: the message it comes of, the publisher's trace header if any."""
        cause = b',"Cause":"%b"' % self._message.message_id.encode("ascii")
        text = self._message.trace_header
        if not text:
            return cause
        return (
            cause
            + b',"MessageSystemAttributes":'
            + orjson.dumps({"AWSTraceHeader": {"DataType": "String", "StringValue": text}})
        )

    def _raw_entry(self) -> bytes:
        return queue_entry(self._message.body_for("sqs"), self._message.attributes)

    def _entry(self, prefix: str, subscription: Subscription) -> OutboxEntry:
        message = self._message
        if subscription.is_raw and subscription.protocol != "lambda":
            text = message.body_for(subscription.protocol)
        else:
            text = self._text(subscription.protocol, subscription)
        metadata = DeliveryMetadata(
            "Notification",
            message.message_id,
            message.topic_arn,
            subscription.arn,
            subscription.endpoint,
            subscription.is_raw,
            trace_header=message.trace_header or "",
        )
        return OutboxEntry(prefix + subscription.arn, encode_payload(metadata, text.encode("utf-8", "surrogatepass")))


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
