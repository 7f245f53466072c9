"""How attribute values compare: whether they are equal, and the order of those that have one.

In: values in normal form.
"""

from __future__ import annotations

from base64 import b64decode
from decimal import Decimal
from typing import Any

from services.dynamodb.values.attribute_values import SCALAR_KEY_TYPES, AttributeValue
from services.dynamodb.values.numbers import number_sort_key


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
