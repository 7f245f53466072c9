"""Attribute values from JSON: checked for their JSON types, and left in wire form (binary is base64 text).

Raised: `AwsError` SerializationException with DynamoDB's texts.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from awskit.errors import AwsError
from awskit.wire.json_shapes import parse_blob, serialization_error
from services.dynamodb.errors import NestingException

_STRUCTURE_FOUND: Final = "Start of structure or map found where not expected"
_VALUE_CLASS: Final = "com.amazonaws.dynamodb.v20120810.AttributeValue"
_DEEPEST: Final = 100
_TEXT_BOOLEANS: Final[Mapping[str, bool]] = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
}


def parse_attribute_value(value: Any, depth: int = 0) -> dict[str, Any]:
    """An attribute value with its content checked for JSON types; members that are null or unknown are left out.

    Raises `NestingException` where it is nested deeper than any check needs to see.
    """
    if type(value) is not dict:
        if type(value) is list:
            raise serialization_error(f"Unrecognized collection type class {_VALUE_CLASS}")
        raise serialization_error("Unexpected value type in payload")
    if len(value) == 1:
        for kind, content in value.items():
            if type(content) is str and (kind == "S" or kind == "N"):
                return value
    if depth > _DEEPEST:
        raise NestingException
    return {
        kind: _NESTED[kind](content, depth + 1) if kind in _NESTED else _CONTENTS[kind](content)
        for kind, content in value.items()
        if content is not None and (kind in _CONTENTS or kind in _NESTED)
    }


def parse_member_value(value: Any) -> dict[str, Any]:
    """`parse_attribute_value`, for the member of a structure."""
    if type(value) is not dict and type(value) is not list:
        raise serialization_error("Unexpected field type")
    return parse_attribute_value(value)


def _mismatch(value: Any, kind: str) -> AwsError:
    if type(value) is dict:
        return serialization_error(_STRUCTURE_FOUND)
    if type(value) is list:
        return serialization_error(f"Unrecognized collection type class java.lang.{kind}")
    token = "DECIMAL" if type(value) is float else "NUMBER" if type(value) is int else str(value).upper()
    return serialization_error(f"{token}_VALUE cannot be converted to {kind}")


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise _mismatch(value, "String")


def _binary(value: Any) -> str:
    decoded = parse_blob(value)
    text: str = value
    # left-over bits: two texts for the same bytes would not compare as equal
    if b2a_base64(decoded, newline=False) != text.encode():
        raise serialization_error("Invalid last non-pad Base64 character dectected")
    return text


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    if type(value) is str:
        known = _TEXT_BOOLEANS.get(value)
        if known is None:
            raise serialization_error("Unexpected token received from parser")
        return known
    raise _mismatch(value, "Boolean")


def _set_of(parse: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return lambda value: [parse(element) for element in _elements(value)]


def _list(value: Any, depth: int) -> list[Any]:
    return [parse_attribute_value(element, depth) for element in _elements(value)]


def _elements(value: Any) -> list[Any]:
    if type(value) is not list:
        raise serialization_error(_STRUCTURE_FOUND if type(value) is dict else "Unexpected field type")
    return value


def _map(value: Any, depth: int) -> dict[str, Any]:
    if type(value) is not dict:
        if type(value) is list:
            raise serialization_error(f"Unrecognized collection type java.util.Map<java.lang.String, {_VALUE_CLASS}>")
        raise serialization_error("Unexpected field type")
    return {name: parse_attribute_value(member, depth) for name, member in value.items()}


_CONTENTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "S": _text,
    "N": _text,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _boolean,
    "SS": _set_of(_text),
    "NS": _set_of(_text),
    "BS": _set_of(_binary),
}
_NESTED: Final[Mapping[str, Callable[[Any, int], Any]]] = {"L": _list, "M": _map}
