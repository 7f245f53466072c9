"""A message as it is published: what `Publish` and `PublishBatch` take, checked, and kept for its deliveries.

In: the input of a publish. Out: a `Message`. Raised: InvalidParameter, ParameterValueInvalid, with AWS's texts.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from services.sns.errors import invalid_attribute_value, invalid_parameter

MAX_MESSAGE_BYTES = 262_144
MAX_SUBJECT_CHARACTERS = 100

_SUBJECT = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_GROUP_OR_DEDUPLICATION_ID = re.compile(r"""[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}""")
_ATTRIBUTE_NAME = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.\-]{1,256}(?<!\.)")
_NOT_IN_ATTRIBUTE_NAMES = re.compile(r"[^A-Za-z0-9_.\-]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Names below AWS.SNS and AWS.MM are the ones that mobile push and SMS messages are controlled by.
_RESERVED_NAME = re.compile(r"(?i)(?:aws|amazon)\.(?!(?:sns|mm)\.)")

Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Message:
    """`attributes` are in the request's form (DataType, StringValue or BinaryValue). `bodies` holds the texts by
    protocol where the message structure is json. `callback_url` is the endpoint the publisher called, empty where it
    was no client's. `trace_header` is the publisher's `X-Amzn-Trace-Id`.
    """

    message_id: str
    topic_arn: str
    text: str
    timestamp: str
    callback_url: str
    subject: str | None = None
    attributes: Attributes = field(default_factory=dict)
    bodies: Mapping[str, str] | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    replayed: bool = False
    trace_header: str | None = None

    def body_for(self, protocol: str) -> str:
        """The text that a subscription of `protocol` gets."""
        if self.bodies is None:
            return self.text
        return self.bodies.get(protocol, self.bodies.get("default", self.text))


def encode(message: Message) -> bytes:
    """`message` for a row of the archive or of a fan-out."""
    return orjson.dumps(
        {
            **{name: getattr(message, name) for name in Message.__slots__ if name not in ("attributes", "replayed")},
            "attributes": {
                name: {key: _text_of(value) for key, value in attribute.items()}
                for name, attribute in message.attributes.items()
            },
        }
    )


def decode(data: bytes) -> Message:
    """What `encode` wrote."""
    document = orjson.loads(data)
    attributes = {
        name: {key: base64.b64decode(value) if key == "BinaryValue" else value for key, value in attribute.items()}
        for name, attribute in document.pop("attributes").items()
    }
    return Message(attributes=attributes, **document)


def _text_of(value: Any) -> Any:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def new_message_id() -> str:
    """A version 4 UUID's text; `uuid.uuid4` takes five times as long, and every message needs one."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def timestamp_of(seconds: float) -> str:
    """`2012-04-26T20:45:04.751Z`"""
    whole = int(seconds)
    return f"{_second_of(whole)}.{int((seconds - whole) * 1000):03d}Z"


@lru_cache(maxsize=64)
def _second_of(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def check_text(text: str) -> None:
    """Raises InvalidParameter for an empty message. Its size is checked with the attributes."""
    if not text:
        raise invalid_parameter("Empty message")


def check_subject(subject: str | None) -> None:
    """At most 100 characters, none of them a line break or control character."""
    if subject is not None and not _SUBJECT.fullmatch(subject):
        raise invalid_parameter("Subject")


def size_of(text: str, attributes: Attributes) -> int:
    """Bytes that count toward the limit: the message and each attribute's name, type and value."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    for name, attribute in attributes.items():
        size += len(name) + len(attribute["DataType"])
        binary = attribute.get("BinaryValue")
        size += len(binary if binary is not None else attribute["StringValue"].encode("utf-8", "surrogatepass"))
    return size


def check_size(size: int, limit: int = MAX_MESSAGE_BYTES) -> None:
    if size > limit:
        raise invalid_parameter("Message too long")


def bodies_of(structure: str | None, text: str, *, needs_default: bool = True) -> Mapping[str, str] | None:
    """The texts by protocol of a message of structure json; None for a plain one.

    What goes to one device may be for its platform alone.
    """
    if structure is None:
        return None
    if structure != "json":
        raise invalid_parameter("Invalid value for MessageStructure")
    try:
        document = orjson.loads(text)
    except ValueError as error:
        raise invalid_parameter("Message Structure - JSON message body failed to parse") from error
    if not isinstance(document, dict):
        raise invalid_parameter("Message Structure - JSON message body failed to parse")
    bodies = {name: value for name, value in document.items() if isinstance(value, str)}
    if needs_default and "default" not in bodies:
        raise invalid_parameter("Message Structure - No default entry in JSON message body")
    return bodies


def check_platform_bodies(bodies: Mapping[str, str], platform: str) -> None:
    """A push notification's own text has to be a JSON object."""
    text = bodies.get(platform)
    if text is None or platform not in ("APNS", "APNS_SANDBOX", "GCM", "ADM"):
        return
    try:
        valid = isinstance(orjson.loads(text), dict)
    except ValueError:
        valid = False
    if not valid:
        raise invalid_parameter(
            f"Message Reason: Invalid notification for protocol {platform}: Notification is malformed"
        )


def check_identifier(value: str, member: str) -> None:
    """MessageGroupId and MessageDeduplicationId: 1 to 128 letters, digits and punctuation marks."""
    if not _GROUP_OR_DEDUPLICATION_ID.fullmatch(value):
        raise invalid_parameter(
            f"{member} Reason: {member} can only include alphanumeric and punctuation characters. 1 to 128 in length"
        )


def check_attributes(attributes: Attributes) -> Attributes:
    """`attributes`, each with a valid name, type and value. Raises ParameterValueInvalid."""
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    return attributes


def _check_attribute(name: str, attribute: Mapping[str, Any]) -> None:
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise invalid_attribute_value(_wrong_with_name(name))
    if _RESERVED_NAME.match(name):
        raise invalid_attribute_value(f"The message attribute name '{name}' starts with a reserved prefix.")
    data_type = attribute.get("DataType", "")
    if not data_type:
        raise invalid_attribute_value(f"The message attribute '{name}' must contain non-empty message attribute type.")
    kind = data_type.split(".", 1)[0]
    if kind not in ("String", "Number", "Binary") or len(data_type) > 256:
        raise invalid_attribute_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    member = "BinaryValue" if kind == "Binary" else "StringValue"
    other = "StringValue" if kind == "Binary" else "BinaryValue"
    if attribute.get(other) is not None and attribute.get(member) is None:
        raise invalid_attribute_value(
            f"The message attribute '{name}' with type '{data_type}' must use field '{member.removesuffix('Value')}'."
        )
    value = attribute.get(member)
    if not value:
        raise invalid_attribute_value(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{data_type}'."
        )
    if data_type == "Number" or (data_type.startswith("Number.") and data_type != "Number.Array"):
        if not _NUMBER.fullmatch(value):
            raise invalid_attribute_value(f"Could not cast message attribute '{name}' value to number.")
    elif data_type == "String.Array":
        _check_array(name, value)


def _wrong_with_name(name: str) -> str:
    if not name:
        return "The request must contain non-empty message attribute name."
    if len(name) > 256:
        return "Length of message attribute name must be less than 256 bytes."
    if foreign := _NOT_IN_ATTRIBUTE_NAMES.search(name):
        return (
            f"Invalid non-alphanumeric character '#x{ord(foreign[0]):X}' was found in the message attribute name. Can "
            "only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if name.startswith("."):
        return "Invalid message attribute name starting with character '.' was found."
    if name.endswith("."):
        return "Invalid message attribute name ending with character '.' was found."
    return "Message attribute name can not have successive '.' character."


def _check_array(name: str, value: str) -> None:
    try:
        items = orjson.loads(value)
    except ValueError:
        items = None
    scalars = (str, int, float, bool, type(None))
    if not isinstance(items, list) or not all(isinstance(item, scalars) for item in items):
        raise invalid_attribute_value(
            f"The message attribute '{name}' with type 'String.Array' must hold a JSON array of strings, numbers, "
            "booleans or null."
        )
