"""What SNS sends: the JSON document around a message, byte for byte as AWS writes it, and its signature.

In: a `Message` or a confirmation. Out: text. Nothing is raised.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from services.sns.messages.message import Attributes, Message
from services.sns.messages.signing import SignatureVersion, Signer

_REPLAYED = '  "Replayed" : true,\n'


class NotificationEnvelope:
    """The notifications of one message: signed once for each body, written for each subscription."""

    def __init__(self, message: Message, signer: Signer, version: SignatureVersion) -> None:
        self._message = message
        self._signer = signer
        self._version = version
        self._parts: dict[tuple[str, str], tuple[str, str]] = {}
        self._signatures: dict[str, str] = {}

    def text(self, protocol: str, subscription_arn: str, subscriber_url: str) -> str:
        """The document that a subscription of `protocol` gets.

        Its links lead to the endpoint the publisher called or, where that was another service's internal call, to
        `subscriber_url`, the one the subscriber did.
        """
        before, after = self.around_arn(protocol, subscriber_url)
        return f"{before}{subscription_arn}{after}"

    def around_arn(self, protocol: str, subscriber_url: str) -> tuple[str, str]:
        """What stands before and after the subscription's ARN, the one thing in which subscriptions differ."""
        body, url = self._message.body_for(protocol), self._message.callback_url or subscriber_url
        parts = self._parts.get((body, url))
        if parts is None:
            parts = self._parts[body, url] = self._around(body, url)
        return parts

    def _signature(self, body: str) -> str:
        signature = self._signatures.get(body)
        if signature is None:
            text = notification_string_to_sign(self._message, body)
            signature = self._signatures[body] = self._signer.sign(text, self._version)
        return signature

    def _around(self, body: str, url: str) -> tuple[str, str]:
        message = self._message
        sequence = _line("SequenceNumber", message.sequence_number) if message.sequence_number is not None else ""
        subject = _line("Subject", message.subject) if message.subject is not None else ""
        signed = ""
        if message.sequence_number is None:  # What a FIFO topic sends is not signed.
            signed = signature_lines(self._signer, self._signature(body), self._version, url)
        attributes = attribute_lines(message.attributes) if message.attributes else ""
        before = (
            f'{{\n  "Type" : "Notification",\n  "MessageId" : "{message.message_id}",\n{sequence}'
            f'  "TopicArn" : "{message.topic_arn}",\n{subject}  "Message" : {_json(body)},\n'
            f'  "Timestamp" : "{message.timestamp}",\n{_REPLAYED if message.replayed else ""}{signed}'
            f'  "UnsubscribeURL" : "{unsubscribe_url(url, "")}'
        )
        return before, f'"{attributes}\n}}'


def notification_string_to_sign(message: Message, body: str) -> str:
    """Name and value by turns, in byte order of the names, each on a line."""
    subject = f"Subject\n{message.subject}\n" if message.subject is not None else ""
    return (
        f"Message\n{body}\nMessageId\n{message.message_id}\n{subject}Timestamp\n{message.timestamp}\n"
        f"TopicArn\n{message.topic_arn}\nType\nNotification\n"
    )


def confirmation(fields: Mapping[str, str], signer: Signer, version: SignatureVersion, callback_url: str) -> str:
    """A SubscriptionConfirmation or UnsubscribeConfirmation.

    `fields` are Type, MessageId, Token, TopicArn, Message, SubscribeURL and Timestamp, in that order.
    """
    to_sign = "".join(f"{name}\n{fields[name]}\n" for name in sorted(fields))
    signature = signer.sign(to_sign, version)
    lines = "".join(_line(name, value) for name, value in fields.items())
    signed = signature_lines(signer, signature, version, callback_url)
    return "{\n" + lines + signed.removesuffix(",\n") + "\n}"


def signature_lines(signer: Signer, signature: str, version: SignatureVersion, callback_url: str) -> str:
    """The lines about the signature, each with a comma at its end."""
    return (
        f'  "SignatureVersion" : "{version}",\n  "Signature" : "{signature}",\n'
        f'  "SigningCertURL" : "{callback_url}{signer.key.certificate_path}",\n'
    )


def attribute_lines(attributes: Attributes) -> str:
    """The comma after the line before, and the lines of `MessageAttributes`."""
    entries = ",\n".join(f"    {_json(name)} : {_attribute(value)}" for name, value in attributes.items())
    return f',\n  "MessageAttributes" : {{\n{entries}\n  }}'


def attributes_document(attributes: Attributes) -> dict[str, dict[str, str]]:
    """`{"store": {"Type": "String", "Value": "example_corp"}}`; binary values in Base64."""
    return {
        name: {"Type": attribute["DataType"], "Value": _attribute_value(attribute)}
        for name, attribute in attributes.items()
    }


def unsubscribe_url(callback_url: str, subscription_arn: str) -> str:
    """The link that ends the subscription; `callback_url` is the endpoint to call, without a path."""
    return f"{callback_url}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def subscribe_url(callback_url: str, topic_arn: str, token: str) -> str:
    """The link that confirms by its token."""
    return f"{callback_url}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={quote(token)}"


def _attribute(attribute: Mapping[str, Any]) -> str:
    return f'{{"Type":{_json(attribute["DataType"])},"Value":{_json(_attribute_value(attribute))}}}'


def _attribute_value(attribute: Mapping[str, Any]) -> str:
    binary = attribute.get("BinaryValue")
    if binary is not None:
        return base64.b64encode(binary).decode("ascii")
    value: str = attribute["StringValue"]
    return value


def _line(name: str, value: str) -> str:
    return f'  "{name}" : {_json(value)},\n'


def _json(text: str) -> str:
    return orjson.dumps(text).decode("utf-8")
