"""Attribute values: what DynamoDB accepts, and how it orders, compares and measures them.

In and out: values in wire form (`{"S": "x"}`, `{"N": "1.5"}`, `{"M": {...}}`; binary is base64 text as on the wire);
an item is a dict of attribute name to value. `normalize_item` and `normalize_value` check a value that a caller sent
and bring its numbers into normal form; every other function takes values that went through them, so that two numbers
are equal exactly if their texts are.
Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any, Final

from awskit.errors import AwsError

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]

TYPES: Final = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")
SCALAR_KEY_TYPES: Final = frozenset({"S", "N", "B"})
SET_TYPES: Final = frozenset({"SS", "NS", "BS"})
MAXIMUM_ITEM_SIZE: Final = 400 * 1024
MAXIMUM_NESTING: Final = 32
MAXIMUM_DIGITS: Final = 38

_EMPTY: Final = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL: Final = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
_INVALID: Final = "One or more parameter values were invalid: "
_NESTING: Final = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)
_NOT_NUMERIC: Final = "The parameter cannot be converted to a numeric value"
_TOO_PRECISE: Final = "Attempting to store more than 38 significant digits in a Number"
_OVERFLOW: Final = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_UNDERFLOW: Final = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
_MAXIMUM_NAME: Final = 65535

_NUMBER: Final = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,10}))?")


class ValidationException(AwsError):
    """DynamoDB's `ValidationException`."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


# Checking and normal form


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
        raise ValidationException(_NESTING)
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
        raise ValidationException(_EMPTY)
    given = [kind for kind in TYPES if kind in value]
    if not given:
        raise ValidationException(_EMPTY)
    if len(given) == 1:
        return given[0]
    for kind in given:
        if kind == "N":
            normalize_number(value[kind])
        elif kind == "NS":
            _check_number_set(value[kind])
        else:
            _check_others(kind, value[kind])
    raise ValidationException(_SEVERAL)


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


# Numbers


def normalize_number(text: str) -> str:
    """The number as DynamoDB returns it: plain notation, no leading or trailing zeros, at most 38 digits."""
    if len(text) <= MAXIMUM_DIGITS and text.isdecimal() and text.isascii() and text[0] != "0":
        return text
    if text == "0":
        return text
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValidationException(f"{_NOT_NUMERIC}: {text}" if text else _NOT_NUMERIC)
    sign, whole, fraction, only_fraction, exponent = match.groups()
    after = fraction or only_fraction or ""
    digits = ((whole or "") + after).lstrip("0")
    if not digits:
        return "0"
    point = int(exponent or 0) - len(after)
    significant = digits.rstrip("0")
    point += len(digits) - len(significant)
    return ("-" if sign == "-" else "") + _plain(significant, point)


def _plain(digits: str, point: int) -> str:
    """`digits` times ten to the power of `point`, checked for DynamoDB's precision and range."""
    if len(digits) > MAXIMUM_DIGITS:
        raise ValidationException(_TOO_PRECISE)
    magnitude = len(digits) + point - 1
    if magnitude > 125:
        raise ValidationException(_OVERFLOW)
    if magnitude < -130:
        raise ValidationException(_UNDERFLOW)
    if point >= 0:
        return digits + "0" * point
    if magnitude >= 0:
        return f"{digits[:point]}.{digits[point:]}"
    return "0." + "0" * (-magnitude - 1) + digits


def add_numbers(first: str, second: str, *, negate: bool = False) -> str:
    """`first + second` (`first - second` where `negate`), exact; ValidationException where it leaves the range."""
    if len(first) < 18 and len(second) < 18:
        try:
            return str(int(first) - int(second) if negate else int(first) + int(second))
        except ValueError:
            pass  # at least one has a fraction
    with localcontext() as context:
        context.prec = 260  # both operands' whole range: 126 digits before the point and 130 after it
        left, right = Decimal(first), Decimal(second)
        return normalize_number(f"{left - right if negate else left + right:f}")


def number_sort_key(text: str) -> bytes:
    """Bytes that order as the numbers do: sign, exponent, then decimal digits (complemented for negative numbers)."""
    if text == "0":
        return b"\x80"
    negative = text[0] == "-"
    whole, _, fraction = text.lstrip("-").partition(".")
    if whole == "0":
        digits = fraction.lstrip("0")
        magnitude = len(digits) - len(fraction) - 1
    else:
        digits = whole + fraction
        magnitude = len(whole) - 1
    digits = digits.rstrip("0")
    pairs = [int(digits[index : index + 2].ljust(2, "0")) + 1 for index in range(0, len(digits), 2)]
    # 131 (1e-130 is the smallest) keeps the exponent in 1..256, so it is split over two bytes.
    body = (magnitude + 131).to_bytes(2, "big") + bytes(pairs) + b"\x00"
    if negative:
        return b"\x40" + bytes(255 - byte for byte in body)
    return b"\xc0" + body


# Comparison


def type_of(value: AttributeValue) -> str:
    """The value's datatype: `S`, `N`, `SS`, ..."""
    return next(iter(value))


def equal(first: AttributeValue, second: AttributeValue) -> bool:
    """Whether both are the same value of the same type; sets are without order, binary compares by its bytes."""
    if first == second:
        return True
    kind = next(iter(first))
    if kind not in second:
        return False
    left, right = first[kind], second[kind]
    if kind == "SS" or kind == "NS":
        return len(left) == len(right) and set(left) == set(right)
    if kind == "B":
        return b64decode(left) == b64decode(right)
    if kind == "BS":
        return len(left) == len(right) and set(map(b64decode, left)) == set(map(b64decode, right))
    if kind == "L":
        return len(left) == len(right) and all(map(equal, left, right))
    if kind == "M":
        return left.keys() == right.keys() and all(equal(member, right[name]) for name, member in left.items())
    return False


def compare(first: AttributeValue, second: AttributeValue) -> int | None:
    """-1, 0 or 1 for two strings (UTF-8 byte order), numbers or binaries; None where types differ or have no order."""
    kind = next(iter(first))
    if kind not in second or kind not in SCALAR_KEY_TYPES:
        return None
    left, right = comparable(first), comparable(second)
    return int(left > right) - int(left < right)


def comparable(value: AttributeValue) -> Any:
    """A key whose Python order is DynamoDB's, for values of one scalar type (code points order as UTF-8 does)."""
    kind, content = next(iter(value.items()))
    if kind == "N":
        return Decimal(content)
    if kind == "B":
        return b64decode(content)
    return content


def sort_key(value: AttributeValue) -> bytes:
    """Bytes that order as key values of one type do (`memcmp`): for storing and comparing sort keys."""
    kind, content = next(iter(value.items()))
    if kind == "N":
        return number_sort_key(content)
    if kind == "B":
        return b64decode(content)
    return bytes(content, "utf-8", "surrogatepass")


# Sizes


def utf8_length(text: str) -> int:
    """Bytes of `text` in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def item_size(item: Mapping[str, AttributeValue]) -> int:
    """Bytes of names and values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    total = 0
    for name, value in item.items():
        total += len(name) if name.isascii() else utf8_length(name)
        text = value.get("S")
        if text is None:
            total += value_size(value)
        else:
            total += len(text) if text.isascii() else utf8_length(text)
    return total


def value_size(value: AttributeValue) -> int:
    """Bytes of one value, without its name."""
    kind, content = next(iter(value.items()))
    if kind == "S":
        return len(content) if content.isascii() else utf8_length(content)
    if kind == "N":
        return number_size(content)
    if kind == "B":
        return binary_length(content)
    if kind == "M":
        return 3 + len(content) + item_size(content)
    if kind == "L":
        return 3 + len(content) + sum(map(value_size, content))
    if kind == "SS":
        return sum(map(utf8_length, content))
    if kind == "NS":
        return sum(map(number_size, content))
    if kind == "BS":
        return sum(map(binary_length, content))
    return 1


def number_size(text: str) -> int:
    """One byte for sign and exponent, one for each pair of significant digits, one more for negative numbers.

    Pairs are aligned to the decimal point, as DynamoDB stores base-100 digits.
    """
    if text == "0":
        return 1
    if text.isdigit():
        return min((((len(text) & 1) + len(text.rstrip("0")) + 1) >> 1) + 1, 21)
    negative = text[0] == "-"
    whole, _, fraction = (text[1:] if negative else text).partition(".")
    if len(whole) & 1:
        whole = "0" + whole
    if len(fraction) & 1:
        fraction += "0"
    digits = whole + fraction
    first = (len(digits) - len(digits.lstrip("0"))) // 2
    last = (len(digits.rstrip("0")) + 1) // 2
    return min(last - first + 1 + negative, 21)


def binary_length(text: str) -> int:
    """Bytes that the base64 `text` stands for."""
    return len(text) * 3 // 4 - (text.endswith("=") + text.endswith("=="))
