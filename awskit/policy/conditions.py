"""The `Condition` block: operators compiled to functions of a request's condition keys.

In: the block as parsed JSON. Out: a list of `Condition`s, all of which must hold. Raised: `ValueError` for an operator
that AWS does not have or a value that it cannot read, with AWS's text.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from awskit.policy.patterns import arn_matches, fits, restore, substitute

Keys = Mapping[str, tuple[str, ...]]
Test = Callable[[str, str, Keys], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator over one key. `quantifier` is "", "forallvalues" or "foranyvalue"."""

    operator: str
    key: str
    values: tuple[str, ...]
    test: Test
    negated: bool = False
    if_exists: bool = False
    quantifier: str = ""

    def holds(self, keys: Keys) -> bool:
        """Whether the condition is met by a request with these condition keys."""
        found = keys.get(self.key.lower())
        if self.operator == "null":
            return any((found is None) == (value == "true") for value in self.values)
        if found is None:
            # What is not there is unequal to everything, and all of its values fulfil whatever is asked of them.
            return self.if_exists or self.quantifier == "forallvalues" or (self.negated and not self.quantifier)
        if self.quantifier == "forallvalues":
            return all(self._one(value, keys) for value in found)
        if self.quantifier == "foranyvalue" or not self.negated:
            return any(self._one(value, keys) for value in found)
        return all(self._one(value, keys) for value in found)

    def _one(self, value: str, keys: Keys) -> bool:
        return any(self.test(value, wanted, keys) for wanted in self.values) != self.negated


def parse_conditions(block: Any) -> tuple[Condition, ...]:
    """Compile a `Condition` block; ValueError with AWS's text where it is not one."""
    if not isinstance(block, dict):
        raise ValueError("Conditions must be a JSON object")
    conditions: list[Condition] = []
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            raise ValueError(f"Invalid Condition type : {operator}")
        conditions.extend(_condition(operator, key, value) for key, value in keys.items())
    return tuple(conditions)


def _condition(operator: str, key: str, value: Any) -> Condition:
    quantifier, name = "", operator.lower()
    if ":" in name:
        quantifier, _, name = name.partition(":")
    if quantifier not in ("", "forallvalues", "foranyvalue"):
        raise ValueError(f"Invalid Condition type : {operator}")
    if_exists = name.endswith("ifexists") and name != "null"
    name = name.removesuffix("ifexists") if if_exists else name
    values = tuple(_text(item) for item in (value if isinstance(value, list) else [value]))
    if name == "null":
        return Condition(name, key, tuple(item.lower() for item in values), _equal)
    try:
        test, negated, check = _OPERATORS[name]
    except KeyError:
        raise ValueError(f"Invalid Condition type : {operator}") from None
    for item in values:
        if check is not None and "${" not in item:
            check(item)
    return Condition(name, key, values, test, negated, if_exists, quantifier)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError("Invalid policy syntax.")


def _equal(value: str, wanted: str, keys: Keys) -> bool:
    replaced = substitute(wanted, keys)
    return replaced is not None and value == restore(replaced)


def _equal_ignoring_case(value: str, wanted: str, keys: Keys) -> bool:
    replaced = substitute(wanted, keys)
    return replaced is not None and value.lower() == restore(replaced).lower()


def _like(value: str, wanted: str, keys: Keys) -> bool:
    return fits(value, wanted, keys)


def _boolean(value: str, wanted: str, keys: Keys) -> bool:
    return value.lower() == wanted.lower()


def _arn_like(value: str, wanted: str, keys: Keys) -> bool:
    replaced = substitute(wanted, keys)
    return replaced is not None and arn_matches(value, replaced)


def _binary(value: str, wanted: str, keys: Keys) -> bool:
    try:
        return base64.b64decode(value) == base64.b64decode(wanted)
    except binascii.Error:
        return False


def _in_network(value: str, wanted: str, keys: Keys) -> bool:
    try:
        return ipaddress.ip_address(value) in _network(wanted)
    except ValueError:
        return False


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"Invalid IP address or CIDR block: {text}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"Invalid numeric value: {text}") from None


def _date(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"Invalid date value: {text}") from None
    return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).timestamp()


def _compared(read: Callable[[str], float], holds: Callable[[float, float], bool]) -> Test:
    def test(value: str, wanted: str, keys: Keys) -> bool:
        try:
            return holds(read(value), read(wanted))
        except ValueError:
            return False

    return test


def _comparisons(name: str, read: Callable[[str], float]) -> dict[str, tuple[Test, bool, Callable[[str], Any] | None]]:
    return {
        f"{name}equals": (_compared(read, lambda a, b: a == b), False, read),
        f"{name}notequals": (_compared(read, lambda a, b: a == b), True, read),
        f"{name}lessthan": (_compared(read, lambda a, b: a < b), False, read),
        f"{name}lessthanequals": (_compared(read, lambda a, b: a <= b), False, read),
        f"{name}greaterthan": (_compared(read, lambda a, b: a > b), False, read),
        f"{name}greaterthanequals": (_compared(read, lambda a, b: a >= b), False, read),
    }


_OPERATORS: Mapping[str, tuple[Test, bool, Callable[[str], Any] | None]] = {
    "stringequals": (_equal, False, None),
    "stringnotequals": (_equal, True, None),
    "stringequalsignorecase": (_equal_ignoring_case, False, None),
    "stringnotequalsignorecase": (_equal_ignoring_case, True, None),
    "stringlike": (_like, False, None),
    "stringnotlike": (_like, True, None),
    "bool": (_boolean, False, None),
    "binaryequals": (_binary, False, None),
    "ipaddress": (_in_network, False, _network),
    "notipaddress": (_in_network, True, _network),
    "arnequals": (_arn_like, False, None),
    "arnlike": (_arn_like, False, None),
    "arnnotequals": (_arn_like, True, None),
    "arnnotlike": (_arn_like, True, None),
    **_comparisons("numeric", _number),
    **_comparisons("date", _date),
}
