"""Filter policies evaluated the plain way, straight from AWS's documentation pages, to compare the compiled ones with.

It knows nothing of the implementation: a message is a dict of names and values, a policy what `json.loads` makes of it.

* https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html
* https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html
* https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html
* https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
"""

from __future__ import annotations

import ipaddress
from fnmatch import fnmatchcase
from typing import Any


def accepts(policy: dict[str, Any], message: dict[str, Any]) -> bool:
    """Whether `message` is delivered: all names have to match; an empty message matches nothing."""
    return bool(message) and all_match(policy, message)


def all_match(policy: dict[str, Any], values: dict[str, Any]) -> bool:
    return all(member_matches(name, wanted, values) for name, wanted in policy.items())


def member_matches(name: str, wanted: Any, values: dict[str, Any]) -> bool:
    if name == "$or":
        return any(all_match(alternative, values) for alternative in wanted)
    if isinstance(wanted, dict):
        inner = values.get(name)
        return all_match(wanted, inner if isinstance(inner, dict) else {})
    return any(condition_matches(condition, name, values) for condition in wanted)


def condition_matches(condition: Any, name: str, values: dict[str, Any]) -> bool:
    value = values.get(name)
    is_leaf = name in values and not isinstance(value, dict)
    if isinstance(condition, dict) and "exists" in condition:
        if condition["exists"]:
            found = value if isinstance(value, list) else [value]
            return is_leaf and any(item not in (None, "") for item in found)
        return not is_leaf
    if not is_leaf:
        return False
    return any(value_matches(condition, item) for item in (value if isinstance(value, list) else [value]))


def value_matches(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict):
        return same(condition, value)
    ((operator, operand),) = condition.items()
    if operator == "prefix":
        return isinstance(value, str) and value[: len(operand)] == operand
    if operator == "exactly":
        return bool(value == operand)
    if operator == "wildcard":
        return isinstance(value, str) and fnmatchcase(value, operand)
    if operator == "suffix":
        return isinstance(value, str) and value[len(value) - len(operand) :] == operand and len(value) >= len(operand)
    if operator == "equals-ignore-case":
        return isinstance(value, str) and value.lower() == operand.lower()
    if operator == "cidr":
        return in_network(value, operand)
    if operator == "numeric":
        return numeric_matches(operand, value)
    assert operator == "anything-but"
    if isinstance(operand, dict):
        return not value_matches(operand, value)
    return not any(same(item, value) for item in (operand if isinstance(operand, list) else [operand]))


def same(wanted: Any, value: Any) -> bool:
    """Equal, where a number equals a number of another notation, and true is not 1."""
    return kind(wanted) == kind(value) and bool(wanted == value)


def kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "constant"
    return "number" if isinstance(value, int | float) else "string"


def numeric_matches(terms: list[Any], value: Any) -> bool:
    if kind(value) != "number":
        return False
    comparisons = {
        "=": lambda bound: value == bound,
        "<": lambda bound: value < bound,
        "<=": lambda bound: value <= bound,
        ">": lambda bound: value > bound,
        ">=": lambda bound: value >= bound,
    }
    return all(comparisons[terms[index]](terms[index + 1]) for index in range(0, len(terms), 2))


def in_network(value: Any, network: str) -> bool:
    try:
        return isinstance(value, str) and ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
