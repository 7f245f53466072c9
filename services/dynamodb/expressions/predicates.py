"""What conditions are made of: closures from an item and the constants of a request to a boolean.

A missing operand makes every test false, except that `<>` is exactly the negation of `=`.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from types import MappingProxyType
from typing import Any, Final

from services.dynamodb.expressions.operands import Constants, ItemView, OperandPlan
from services.dynamodb.values.attribute_values import AttributeValue
from services.dynamodb.values.comparison import comparable, equal

Test = Callable[[ItemView, Constants], bool]

Order = Callable[[Any, Any], bool]

_ORDERS: Final[Mapping[str, Order]] = MappingProxyType({"<": lt, "<=": le, ">": gt, ">=": ge})
_CONVERT: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType({"S": str, "N": Decimal, "B": b64decode})
_ORDERED: Final = frozenset({"S", "N", "B"})


def every(operands: Sequence[Test]) -> Test:
    """AND."""
    if len(operands) == 1:
        return operands[0]
    if len(operands) == 2:
        first, second = operands
        return lambda item, constants: first(item, constants) and second(item, constants)
    tests = tuple(operands)

    def test(item: ItemView, constants: Constants) -> bool:
        for operand in tests:  # noqa: SIM110 - a generator costs a frame for each item
            if not operand(item, constants):
                return False
        return True

    return test


def some(operands: Sequence[Test]) -> Test:
    """OR."""
    if len(operands) == 1:
        return operands[0]
    if len(operands) == 2:
        first, second = operands
        return lambda item, constants: first(item, constants) or second(item, constants)
    tests = tuple(operands)

    def test(item: ItemView, constants: Constants) -> bool:
        for operand in tests:  # noqa: SIM110 - a generator costs a frame for each item
            if operand(item, constants):
                return True
        return False

    return test


def negate(operand: Test) -> Test:
    """NOT."""
    return lambda item, constants: not operand(item, constants)


def exists(operand: OperandPlan) -> Test:
    """`attribute_exists`."""
    path, fetch = operand.path, operand.fetch
    if path is not None and len(path) == 1:
        name = str(path[0])
        return lambda item, constants: name in item
    return lambda item, constants: fetch(item, constants) is not None


def equals(left: OperandPlan, right: OperandPlan) -> Test:
    """`=`."""
    if left.value is not None and right.path is not None:
        left, right = right, left
    if left.path is not None and len(left.path) == 1 and right.value is not None:
        return _attribute_equals(str(left.path[0]), right.value)
    first, second = left.fetch, right.fetch

    def test(item: ItemView, constants: Constants) -> bool:
        one = first(item, constants)
        if one is None:
            return False
        other = second(item, constants)
        return other is not None and equal(one, other)

    return test


def _attribute_equals(name: str, key: str) -> Test:
    def test(item: ItemView, constants: Constants) -> bool:
        value = item.get(name)
        return value is not None and equal(value, constants[key])

    return test


def ordered(operator: str, left: OperandPlan, right: OperandPlan) -> Test:
    """`<`, `<=`, `>`, `>=`: false unless both are of one of the types S, N, B."""
    order = _ORDERS[operator]
    if right.value is not None and right.type is not None:
        return _ordered_by_constant(order, left, right.type, "<" + right.value)
    first, second = left.fetch, right.fetch

    def test(item: ItemView, constants: Constants) -> bool:
        one = first(item, constants)
        if one is None:
            return False
        other = second(item, constants)
        if other is None:
            return False
        kind = next(iter(one))
        if kind not in _ORDERED or kind not in other:
            return False
        return order(comparable(one), comparable(other))

    return test


def _ordered_by_constant(order: Order, left: OperandPlan, kind: str, bound: str) -> Test:
    fetch = left.fetch
    convert = _CONVERT[kind]

    def test(item: ItemView, constants: Constants) -> bool:
        value = fetch(item, constants)
        if value is None or kind not in value:
            return False
        return order(convert(value[kind]), constants[bound])

    return test


def has_type(operand: OperandPlan, key: str) -> Test:
    """`attribute_type`; `key` is the value that names the type."""
    fetch = operand.fetch

    def test(item: ItemView, constants: Constants) -> bool:
        value = fetch(item, constants)
        return value is not None and constants[key]["S"] in value

    return test


def begins_with(left: OperandPlan, right: OperandPlan) -> Test:
    """`begins_with`: two strings or two binaries."""
    first, second = left.fetch, right.fetch

    def test(item: ItemView, constants: Constants) -> bool:
        value = first(item, constants)
        if value is None:
            return False
        prefix = second(item, constants)
        return prefix is not None and value_begins_with(value, prefix)

    return test


def value_begins_with(value: AttributeValue, prefix: AttributeValue) -> bool:
    """Whether the string or binary `value` begins with `prefix` of the same type."""
    if "S" in value:
        return "S" in prefix and bool(value["S"].startswith(prefix["S"]))
    if "B" in value and "B" in prefix:
        return b64decode(value["B"]).startswith(b64decode(prefix["B"]))
    return False


def contains(left: OperandPlan, right: OperandPlan) -> Test:
    """`contains`."""
    first, second = left.fetch, right.fetch

    def test(item: ItemView, constants: Constants) -> bool:
        value = first(item, constants)
        if value is None:
            return False
        part = second(item, constants)
        return part is not None and value_contains(value, part)

    return test


def value_contains(value: AttributeValue, part: AttributeValue) -> bool:
    """Whether `part` is a substring, an element of the set of its type, or equal to an element of the list."""
    kind, content = next(iter(value.items()))
    if kind == "S":
        return "S" in part and part["S"] in content
    if kind == "L":
        return any(equal(element, part) for element in content)
    if kind == "B":
        return "B" in part and b64decode(part["B"]) in b64decode(content)
    if kind == "SS" or kind == "NS":
        return part.get(kind[0]) in content
    if kind == "BS":
        return "B" in part and b64decode(part["B"]) in map(b64decode, content)
    return False
