"""What a message may hold: characters, sizes, attributes, and the digests AWS answers with.

In: the members of SendMessage, SendMessageBatch's entries included. Out: nothing, a size in bytes, or an MD5. Raises
`InvalidMessageContents`, `InvalidParameterValue`, `MissingParameter`.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""

from __future__ import annotations

import hashlib
import random
import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from services.sqs.errors import (
    VALID_CHARACTERS,
    invalid_message_contents,
    invalid_parameter,
    invalid_value,
    missing_parameter,
)

MessageAttributes = Mapping[str, Mapping[str, Any]]

_INVALID_CHARACTER = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VALID_ASCII = b"\t\n\r" + bytes(range(0x20, 0x80))
# AWS says A-Z, a-z, 0-9, and takes the letters and digits of every script.
_ATTRIBUTE_NAME = re.compile(r"[\w.-]+")
_MAXIMUM_NAME = 256
_DATA_TYPE = re.compile(r"(String|Number|Binary)(?:\.[ -~]{1,250})?")
_MAXIMUM_ATTRIBUTES = 10
_MAXIMUM_DIGITS = 38
_STRING, _BINARY = b"\x01", b"\x02"


def check_body(body: str) -> None:
    """Raises `MissingParameter` for an empty body, `InvalidMessageContents` for characters that XML cannot hold."""
    if not body:
        raise missing_parameter("MessageBody")
    # Most bodies are ASCII, which takes a tenth of the time without an expression.
    is_plain = body.isascii() and not body.encode().translate(None, _VALID_ASCII)
    found = None if is_plain else _INVALID_CHARACTER.search(body)
    if found is not None:
        raise invalid_message_contents(
            f"Invalid binary character '#x{ord(found[0]):X}' was found in the message body, "
            f"the set of allowed characters is {VALID_CHARACTERS}."
        )


def size_of(body: str, attributes: MessageAttributes | None) -> int:
    """Bytes that count against `MaximumMessageSize`: the body's, and each attribute's name, type and value."""
    size = len(body) if body.isascii() else len(body.encode())
    for name, value in (attributes or {}).items():
        size += len(name.encode()) + len(value["DataType"].encode())
        size += len(value.get("StringValue", "").encode()) + len(value.get("BinaryValue", b""))
    return size


def check_size(size: int, maximum: int) -> None:
    """`size` and `maximum` are in bytes. Raises `InvalidParameterValue`."""
    if size > maximum:
        raise invalid_parameter(
            f"One or more parameters are invalid. Reason: Message must be shorter than {maximum} bytes."
        )


def check_attributes(attributes: MessageAttributes) -> None:
    """Check the attributes a sender gives."""
    if len(attributes) > _MAXIMUM_ATTRIBUTES:
        raise invalid_parameter(f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [10].")
    for name, value in attributes.items():
        _check_attribute_name(name)
        _check_attribute_value(name, value, "(user)")


def check_system_attributes(attributes: MessageAttributes) -> None:
    """Check the system attributes a sender gives; there is but one, AWSTraceHeader."""
    for name, value in attributes.items():
        if name != "AWSTraceHeader":
            raise invalid_parameter(
                f"Message system attribute name '{name}' is invalid. "
                "You can use only the following message system attributes: [AWSTraceHeader]."
            )
        if value.get("DataType") != "String":
            raise invalid_parameter("The message system attribute 'AWSTraceHeader' must be of data type 'String'.")
        _check_attribute_value(name, value, "system")


def _check_attribute_name(name: str) -> None:
    if not name:
        raise invalid_parameter("The request must contain non-empty message (user) attribute names.")
    if len(name) > _MAXIMUM_NAME:
        raise invalid_parameter(f"Message (user) attribute name must be shorter than {_MAXIMUM_NAME} bytes.")
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise invalid_parameter(
            f"The message attribute name '{name}' is invalid. "
            "Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters."
        )
    if name.lower().startswith(("aws.", "amazon.")):
        raise invalid_parameter(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. "
            "These strings are reserved for internal use."
        )
    if name.startswith("."):
        raise invalid_parameter("Message (user) attribute name must not begin with character '.'.")
    if name.endswith("."):
        raise invalid_parameter("Message (user) attribute name must not end with character '.'.")
    if ".." in name:
        raise invalid_parameter("Message (user) attribute name must not have successive '.' characters.")


def _check_attribute_value(name: str, value: Mapping[str, Any], kind: str) -> None:
    data_type = value.get("DataType")
    if not data_type:
        raise invalid_parameter(
            f"The message {kind} attribute '{name}' must contain a non-empty message attribute type."
        )
    match = _DATA_TYPE.fullmatch(data_type)
    if match is None:
        raise invalid_parameter(
            f"The type of message {kind} attribute '{name}' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String."
        )
    if value.get("StringListValues") or value.get("BinaryListValues"):
        raise invalid_parameter(f"Message attribute list values in SendMessage operation are not supported: '{name}'.")
    base = match[1]
    member, other = ("BinaryValue", "StringValue") if base == "Binary" else ("StringValue", "BinaryValue")
    if other in value:
        if member in value:
            raise invalid_parameter(f"Message {kind} attribute '{name}' must have a single value.")
        raise invalid_parameter(
            f"Message {kind} attribute '{name}' with type '{data_type}' must use field "
            f"'{member.removesuffix('Value')}'."
        )
    content = value.get(member)
    if not content:
        wanted = member.removesuffix("Value")
        raise invalid_parameter(f"Message {kind} attribute '{name}' must contain a non-empty value of type '{wanted}'.")
    if base == "Binary":
        return
    if _INVALID_CHARACTER.search(content):
        raise invalid_parameter(
            f"Invalid characters found in the value of message {kind} attribute '{name}', "
            f"the set of allowed characters is {VALID_CHARACTERS}."
        )
    if base == "Number":
        _check_number(name, content, kind)


def _check_number(name: str, content: str, kind: str) -> None:
    try:
        number = Decimal(content)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(number.as_tuple().digits) > _MAXIMUM_DIGITS:
        raise invalid_parameter(f"Can't cast the value of message {kind} attribute '{name}' to a number.")


def check_group_id(value: str) -> None:
    _check_token(value, "MessageGroupId")


def check_deduplication_id(value: str) -> None:
    _check_token(value, "MessageDeduplicationId")


def check_attempt_id(value: str) -> None:
    _check_token(value, "ReceiveRequestAttemptId")


_TOKEN = re.compile(r"[!-~]{1,128}")


def _check_token(value: str, parameter: str) -> None:
    if not _TOKEN.fullmatch(value):
        raise invalid_value(
            value,
            parameter,
            f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def dump_attributes(attributes: MessageAttributes) -> str:
    """Message attributes as the store keeps them: JSON, bytes as base64."""
    return orjson.dumps(attributes, default=_base64).decode()


def _base64(content: bytes) -> str:
    return b64encode(content).decode()


def load_attributes(text: str) -> dict[str, dict[str, Any]]:
    """What `dump_attributes` made a text of."""
    attributes: dict[str, dict[str, Any]] = orjson.loads(text)
    for value in attributes.values():
        if "BinaryValue" in value:
            value["BinaryValue"] = b64decode(value["BinaryValue"])
    return attributes


def new_message_id() -> str:
    """A version 4 UUID; written out by hand, which is four times as fast as `uuid` does it."""
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def md5_of_body(body: str) -> str:
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def content_deduplication_id(body: str) -> str:
    """What `ContentBasedDeduplication` deduplicates by: the body's SHA-256, whatever the attributes are."""
    return hashlib.sha256(body.encode()).hexdigest()


def md5_of_attributes(attributes: MessageAttributes) -> str:
    """The digest over names, types and values in the order of the names, as SDKs check it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
    """
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        digest.update(_sized(name.encode()))
        digest.update(_sized(value["DataType"].encode()))
        if "BinaryValue" in value:
            digest.update(_BINARY + _sized(value["BinaryValue"]))
        else:
            digest.update(_STRING + _sized(value.get("StringValue", "").encode()))
    return digest.hexdigest()


def _sized(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content
