"""Attribute values: what DynamoDB accepts, and its normal form.

In and out: values in wire form (`{"S": "x"}`, `{"N": "1.5"}`, `{"M": {...}}`; binary is base64 text as on the wire);
an item is a dict of attribute name to value. `normalize_item` and `normalize_value` check a value that a caller sent
and bring its numbers into normal form, so that two numbers are equal exactly if their texts are.
Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from services.dynamodb.errors import NestingException, UncountedException, ValidationException
from services.dynamodb.values.numbers import normalize_number
from services.dynamodb.values.sizes import utf8_length

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]

TYPES: Final = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")
SCALAR_KEY_TYPES: Final = frozenset({"S", "N", "B"})
SET_TYPES: Final = frozenset({"SS", "NS", "BS"})
MAXIMUM_ITEM_SIZE: Final = 400 * 1024
MAXIMUM_NESTING: Final = 32
ANY_DEPTH: Final = -(2**31)
"""A level from which no value is nested too deep."""

_EMPTY: Final = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL: Final = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
_INVALID: Final = "One or more parameter values were invalid: "
_MAXIMUM_NAME: Final = 65535


def normalize_item(item: Mapping[str, AttributeValue]) -> Item:
    """Check each value of `item`, in order; a new dict with numbers in normal form. Values may be shared."""
    normal: Item = {}
    for name, value in item.items():
        if not 0 < len(name) <= 21_845:
            _check_name(name)
        if len(value) == 1 and "S" in value and value["S"].__class__ is str:
            normal[name] = value
        elif len(value) == 1 and "N" in value:
            text = value["N"]
            number = normalize_number(text)
            normal[name] = value if number == text else {"N": number}
        else:
            normal[name] = normalize_value(value)
    return normal


def normalize_value(value: AttributeValue, depth: int = 1) -> AttributeValue:
    """Check one value (nested ones too): itself, or a copy where a number in it was not in normal form.

    `depth` is the nesting level of the value itself; an item's attribute is level 1.
    """
    if depth > MAXIMUM_NESTING:
        raise NestingException
    if len(value) == 1 and "S" in value:
        return value
    kind = _only_type(value)
    content = value[kind]
    if kind == "B" or kind == "BOOL":
        return value
    if kind == "N":
        normal = normalize_number(content)
        return value if normal == content else {"N": normal}
    if kind == "M":
        return _normalize_map(value, content, depth)
    if kind == "L":
        elements = [normalize_value(element, depth + 1) for element in content]
        return value if all(map(_same, elements, content)) else {"L": elements}
    if kind == "NS":
        numbers = _check_number_set(content)
        return value if numbers == content else {"NS": numbers}
    _check_others(kind, content)
    if kind == "SS":
        ordered = sorted(content)
        return value if ordered == content else {"SS": ordered}
    return value


def _same(first: object, second: object) -> bool:
    return first is second


def _normalize_map(value: AttributeValue, content: Mapping[str, AttributeValue], depth: int) -> AttributeValue:
    changed = False
    members = {}
    for name, member in content.items():
        if not 0 < len(name) <= 21_845:
            _check_name(name)
        normal = normalize_value(member, depth + 1)
        changed = changed or normal is not member
        members[name] = normal
    return {"M": members} if changed else value


def _check_name(name: str) -> None:
    if not name:
        raise ValidationException("Empty attribute name")
    if utf8_length(name) > _MAXIMUM_NAME:
        raise ValidationException("Attribute name is too large, must be less than 65536 bytes")


def _only_type(value: AttributeValue) -> str:
    """The one datatype that is set. Where several are, DynamoDB checks each for itself before it counts them."""
    if len(value) == 1:
        for kind in value:
            if kind in TYPES:
                return kind
        raise UncountedException(_EMPTY)
    given = [kind for kind in TYPES if kind in value]
    if not given:
        raise UncountedException(_EMPTY)
    if len(given) == 1:
        return given[0]
    for kind in given:
        if kind == "N":
            normalize_number(value[kind])
        elif kind == "NS":
            _check_number_set(value[kind])
        else:
            _check_others(kind, value[kind])
    raise UncountedException(_SEVERAL)


def _check_others(kind: str, content: Any) -> None:
    if kind == "NULL":
        if not content:
            raise ValidationException(_INVALID + "Null attribute value types must have the value of true")
    elif kind == "SS":
        if not content:
            raise ValidationException(_INVALID + "An string set  may not be empty")
        if len(set(content)) != len(content):
            raise ValidationException(f"{_INVALID}Input collection [{', '.join(content)}] contains duplicates.")
    elif kind == "BS":
        if not content:
            raise ValidationException(_INVALID + "Binary sets should not be empty")
        if len(set(map(b64decode, content))) != len(content):
            raise ValidationException(
                f"{_INVALID}Input collection [{', '.join(content)}]of type BS contains duplicates."
            )


def _check_number_set(content: list[str]) -> list[str]:
    if not content:
        raise ValidationException(_INVALID + "An number set  may not be empty")
    numbers = [normalize_number(text) for text in content]
    if len(set(numbers)) != len(numbers):
        raise ValidationException("Input collection contains duplicates")
    return numbers


def type_of(value: AttributeValue) -> str:
    """The value's datatype: `S`, `N`, `SS`, ..."""
    return next(iter(value))
