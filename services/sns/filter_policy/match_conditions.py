"""The conditions of one policy key, `[ "rugby", {"prefix": "bas"}, {"exists": false} ]`, compiled to one function.

In: the array's node. Out: a `Condition`, which tells of one value whether it is accepted. Raised: `FilterPolicyError`.

Taken from https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html, numeric-value-matching.html and
attribute-key-matching.html; the operators' grammar and error texts are those of AWS's event ruler, which SNS uses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.sns.filter_policy.policy_document import Document, FilterPolicyError
from services.sns.policy_json import Node
from services.sns.policy_json.nodes import number_of

Test = Callable[[Any], bool]

NUMERIC_LIMIT = 1_000_000_000

_CONSTANTS = {"true": True, "false": False, "null": None}
_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IPV6 = re.compile(r"(?=[^:]*+:)[0-9a-fA-F:]*+")


@dataclass(frozen=True, slots=True)
class Condition:
    """`accepts(value)` for one scalar of the message; `absent` where the property's absence is accepted too."""

    accepts: Test
    absent: bool
    size: int


def compile_conditions(document: Document, array: Node) -> Condition:
    """The OR of everything in `array`. Raises FilterPolicyError where an entry is not of the grammar."""
    strings: set[str] = set()
    numbers: set[float] = set()
    constants: set[Any] = set()
    tests: list[Test] = []
    absent = False
    for item in array.value:
        if item.kind == "string":
            strings.add(item.value)
        elif item.kind == "number":
            numbers.add(_comparable(number_of(item.value)))
        elif item.kind in _CONSTANTS:
            constants.add(_CONSTANTS[item.kind])
        elif item.kind == "object":
            test = _expression(document, item)
            if test is None:
                absent = True
            else:
                tests.append(test)
        else:
            document.refuse("Match value must be String, number, true, false, or null", item.seen)
    if not array.value:
        document.refuse("Empty arrays are not allowed", array.end)
    literal = _literals(frozenset(strings), frozenset(numbers), frozenset(constants))
    return Condition(_any_of(literal, tuple(tests)), absent, len(array.value))


def _literals(strings: frozenset[str], numbers: frozenset[float], constants: frozenset[Any]) -> Test | None:
    if not (strings or numbers or constants):
        return None
    if not numbers and not constants:
        return lambda value: type(value) is str and value in strings

    def accepts(value: Any) -> bool:
        if isinstance(value, str):
            return value in strings
        if value is None or isinstance(value, bool):
            return value in constants
        return _is_number(value) and _comparable(value) in numbers

    return accepts


def _any_of(literal: Test | None, tests: tuple[Test, ...]) -> Test:
    every = tests if literal is None else (literal, *tests)
    if len(every) == 1:
        return every[0]
    if not every:
        return lambda value: False
    return lambda value: any(test(value) for test in every)


def _expression(document: Document, node: Node) -> Test | None:
    """One match expression's test; None for `{"exists": false}`."""
    if not node.value:
        document.refuse("Match expression name not found", node.end)
    operator, operand = node.value[0]
    if operator == "exists":
        present = _exists(document, operand)
        _only_one(document, node)
        return _is_present if present else None
    if operator == "numeric":
        if operand.kind != "array":
            document.refuse("Value of numeric must be an array.", operand.seen)
        test = _numeric(document, operand)
        _only_one(document, node, "Too many elements in numeric expression")
    elif operator == "anything-but":
        test = _anything_but(document, operand)
        if operand.kind != "object":
            _only_one(document, node, "Too many elements in numeric expression")
    elif operator in ("exactly", "prefix", "suffix", "equals-ignore-case", "wildcard", "cidr"):
        test = _string_test(document, operator, operand)
    else:
        document.refuse(f"Unrecognized match type {operator}", operand.seen)
    _only_one(document, node)
    return test


def _only_one(document: Document, node: Node, otherwise: str = "Only one key allowed in match expression") -> None:
    if len(node.value) > 1:
        document.refuse(otherwise, node.value[1][1].seen)


def _exists(document: Document, operand: Node) -> bool:
    if operand.kind not in ("true", "false"):
        document.refuse("exists match pattern must be either true or false.", operand.seen)
    return operand.kind == "true"


def _is_present(value: Any) -> bool:
    # "The key must have a non-null and non-empty value."
    return value is not None and value != ""


def _string_test(document: Document, operator: str, operand: Node) -> Test:
    if operand.kind != "string":
        # AWS's words for a cidr that is no string speak of a prefix, those for "exactly" of "exact".
        named = {"cidr": "prefix", "exactly": "exact"}.get(operator, operator)
        document.refuse(f"{named} match pattern must be a string", operand.seen)
    if operator == "cidr":
        return _cidr(operand)
    return _text_test(operator, operand)


def _text_test(operator: str, operand: Node) -> Test:
    text = operand.value
    if operator == "exactly":
        return lambda value: type(value) is str and value == text
    if operator == "prefix":
        return lambda value: type(value) is str and value.startswith(text)
    if operator == "suffix":
        return lambda value: type(value) is str and value.endswith(text)
    if operator == "equals-ignore-case":
        lowered = text.lower()
        return lambda value: type(value) is str and value.lower() == lowered
    pieces = _wildcard_pieces(text)
    return lambda value: type(value) is str and _has_pieces(value, pieces)


def _wildcard_pieces(text: str) -> tuple[str, ...]:
    """What stands between the stars of a wildcard. Raises FilterPolicyError."""
    pieces = [""]
    place = 0
    while place < len(text):
        if text[place] == "*":
            if text[place + 1 : place + 2] == "*":
                raise FilterPolicyError(f"Consecutive wildcard characters at pos {place}")
            pieces.append("")
        elif text[place] == "\\":
            place += 1
            if text[place : place + 1] not in ("*", "\\"):
                raise FilterPolicyError(f"Invalid escape character at pos {place}")
            pieces[-1] += text[place]
        else:
            pieces[-1] += text[place]
        place += 1
    return tuple(pieces)


def _has_pieces(value: str, pieces: tuple[str, ...]) -> bool:
    """Whether the pieces come in the value one after the other, the first and the last at its ends."""
    if len(pieces) == 1:
        return value == pieces[0]
    first, *middle, last = pieces
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    place, end = len(first), len(value) - len(last)
    for piece in middle:
        place = value.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True


def _cidr(operand: Node) -> Test:
    """The errors have no place: it is not the parser of JSON that raises them."""
    parts = operand.value.split("/")
    if len(parts) != 2:
        raise FilterPolicyError("Malformed CIDR, one '/' required")
    address, mask = parts
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", mask):
        raise FilterPolicyError("Malformed CIDR, mask bits must be an integer")
    if mask.startswith("-"):
        raise FilterPolicyError("Malformed CIDR, mask bits must not be negative")
    ip = _address(address)
    if ip is None:
        looks = _IPV4.fullmatch(address) or _IPV6.fullmatch(address)
        raise FilterPolicyError(f"{'Invalid' if looks else 'Nonstandard'} IP address: {address}")
    if int(mask) >= ip.max_prefixlen:
        raise FilterPolicyError(f"IPv{ip.version} mask bits must be < {ip.max_prefixlen}")
    network = ipaddress.ip_network(f"{ip}/{int(mask)}", strict=False)

    def accepts(value: Any) -> bool:
        found = _address(value) if isinstance(value, str) else None
        return found is not None and found.version == network.version and found in network

    return accepts


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _comparable(number: float) -> float:
    """Numbers count up to their sixth decimal place; AWS's pages promise five."""
    scaled = number * 1_000_000
    # What is beyond 10^15 has no decimal places, and infinity is no integer. The rounding takes off what binary adds.
    return scaled if isinstance(number, int) or abs(scaled) > 1e15 else int(round(scaled, 3))


def _bounded(document: Document, node: Node) -> float:
    number = number_of(node.value)
    if abs(number) > NUMERIC_LIMIT:
        document.refuse("Value must be between -1.0E9 and 1.0E9, inclusive", node.end)
    return number


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numeric(document: Document, array: Node) -> Test:
    items: tuple[Node, ...] = array.value
    if not items or items[0].kind != "string":
        shown, offset = ("]", array.end) if not items else (_shown(items[0]), items[0].seen)
        document.refuse(f"Invalid member in numeric match: {shown}", offset)
    operator = items[0].value
    if operator not in ("=", "<", "<=", ">", ">="):
        # The one after the operator has been read, too.
        document.refuse(
            f"Unrecognized numeric range operator: {operator}", items[1].seen if len(items) > 1 else array.end
        )
    bound = _operand(document, array, items, 1, "equals" if operator == "=" else operator)
    if operator in (">", ">=") and len(items) > 2:
        return _range(document, array, operator, bound)
    if len(items) > 2:
        document.refuse("Too many elements in numeric expression", items[2].seen)
    return _comparison(operator, bound)


def _operand(document: Document, array: Node, items: tuple[Node, ...], index: int, named: str) -> float:
    if len(items) <= index:
        document.refuse(f"Value of {named} must be numeric", array.end)
    if items[index].kind != "number":
        document.refuse(f"Value of {named} must be numeric", items[index].seen)
    return _bounded(document, items[index])


def _range(document: Document, array: Node, lower: str, bottom: float) -> Test:
    items: tuple[Node, ...] = array.value
    if items[2].kind != "string":
        document.refuse(f"Bad value in numeric range: {_shown(items[2])}", items[2].seen)
    upper = items[2].value
    if upper not in ("<", "<="):
        document.refuse(f"Bad numeric range operator: {upper}", items[2].end)
    top = _operand(document, array, items, 3, upper)
    if len(items) > 4:
        document.refuse("Too many terms in numeric range expression", items[4].seen)
    if bottom >= top:
        document.refuse("Bottom must be less than top", array.end)
    above, below = _comparison(lower, bottom), _comparison(upper, top)
    return lambda value: above(value) and below(value)


def _comparison(operator: str, number: float) -> Test:
    bound = _comparable(number)
    if operator == "=":
        return lambda value: _is_number(value) and _comparable(value) == bound
    if operator == "<":
        return lambda value: _is_number(value) and _comparable(value) < bound
    if operator == "<=":
        return lambda value: _is_number(value) and _comparable(value) <= bound
    if operator == ">":
        return lambda value: _is_number(value) and _comparable(value) > bound
    return lambda value: _is_number(value) and _comparable(value) >= bound


def _anything_but(document: Document, operand: Node) -> Test:
    if operand.kind == "object":
        return _anything_but_prefix(document, operand)
    if operand.kind not in ("array", "string", "number"):
        document.refuse("Value of anything-but must be an array or single string/number value.", operand.seen)
    items = operand.value if operand.kind == "array" else (operand,)
    for item in items:
        if item.kind not in ("string", "number"):
            document.refuse("Inside anything but list, start|null|boolean is not supported.", item.seen)
    if len({item.kind for item in items}) != 1:
        document.refuse(
            "Inside anything but list, either all values are number or string, mixed type is not supported", operand.end
        )
    if items[0].kind == "string":
        strings = frozenset(item.value for item in items)
        return lambda value: not (isinstance(value, str) and value in strings)
    numbers = frozenset(_comparable(_bounded(document, item)) for item in items)
    return lambda value: not (_is_number(value) and _comparable(value) in numbers)


def _anything_but_prefix(document: Document, operand: Node) -> Test:
    """SNS knows no other operator within "anything-but", though the event ruler of today does."""
    if not operand.value:
        document.refuse("Anything-But expression name not found", operand.end)
    operator, pattern = operand.value[0]
    if operator != "prefix":
        document.refuse(f"Unsupported anything-but pattern: {operator}", pattern.seen)
    if pattern.kind != "string":
        document.refuse("prefix match pattern must be a string", pattern.seen)
    if not pattern.value:
        document.refuse("Null prefix not allowed", pattern.end)
    _only_one(document, operand)
    test = _text_test(operator, pattern)
    return lambda value: not test(value)


def _shown(node: Node) -> str:
    return {"object": "{", "array": "["}.get(node.kind) or str(node.value)
