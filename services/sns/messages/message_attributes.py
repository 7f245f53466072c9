"""Message attributes: the names, types and values they may have.

In: a request's attributes. Raised: ParameterValueInvalid with AWS's texts.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from services.sns.errors import invalid_attribute_value
from services.sns.messages.message import Attributes

_ATTRIBUTE_NAME = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.\-]{1,256}(?<!\.)")
_NOT_IN_ATTRIBUTE_NAMES = re.compile(r"[^A-Za-z0-9_.\-]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
# Names below AWS.SNS and AWS.MM are the ones that mobile push and SMS messages are controlled by.
_RESERVED_NAME = re.compile(r"(?i)(?:aws|amazon)\.(?!(?:sns|mm)\.)")


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
    kind, dot, custom = data_type.partition(".")
    if kind not in ("String", "Number", "Binary") or (dot and not custom) or len(data_type) > 256:
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
