"""A shape's own constraints and AWS's words for their violation.

In: a shape's traits. Out: what holds for good values and the text about bad ones, in the order in which AWS lists
them.
AWS's coral services are Java: they show values by `toString` and walk hash maps, so that members and enum values come
in the order of Java's hashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

# A constraint: what holds for a good value, and what AWS says of a bad one.
Constraint = tuple[Callable[[Any], bool], str]

# Of a value in an error: more than any that AWS takes, and bounded.
_MOST_SHOWN = 1000
_LONGEST_SHOWN = 1_000_000
_SAYS_NOTHING = frozenset((".*", r"[\s\S]*", r"[\S\s]*"))
# The model's patterns that would go back and forth over long values, and what says the same without.
_LINEAR: Mapping[str, str] = {
    r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$": r"[a-z0-9A-Z][.\-\w]*+(?<=[a-z0-9A-Z])(?<=..)",
}
# Value sets whose recorded order is not that of their hashes.
_RECORDED_SETS: tuple[tuple[str, ...], ...] = (
    ("B", "N", "S"),
    ("HASH", "RANGE"),
    ("INDEXES", "TOTAL", "NONE"),
    ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
    (
        *("IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE"),
        *("BEGINS_WITH", "GE", "CONTAINS"),
    ),
)
_RECORDED = {frozenset(values): values for values in _RECORDED_SETS}


def constraints(shape_type: str, traits: Mapping[str, Any]) -> list[Constraint]:
    """The constraints that `traits` put on values of a shape type, without what is `required`."""
    minimum, maximum = traits.get("min"), traits.get("max")
    if shape_type in ("integer", "long", "float", "double"):
        return _range(minimum, maximum)
    result = _length(minimum, maximum)
    pattern = traits.get("pattern")
    if pattern is not None and (matches := _java_pattern(pattern)) is not None:
        text = f"Member must satisfy regular expression pattern: {pattern}"
        result.append((lambda value: matches(value) is not None, text))
    if "enum" in traits:
        allowed = frozenset(traits["enum"])
        listed = ", ".join(_RECORDED.get(allowed) or java_order(traits["enum"]))
        result.append((lambda value: value in allowed, f"Member must satisfy enum value set: [{listed}]"))
    return result


def length_bounds(traits: Mapping[str, Any]) -> tuple[int, int] | None:
    """The least and greatest length where lengths are all that `traits` constrain; None otherwise."""
    if "enum" in traits or traits.get("pattern", ".*") not in _SAYS_NOTHING:
        return None
    return traits.get("min", 0), traits.get("max", 2**62)


def _range(minimum: float | None, maximum: float | None) -> list[Constraint]:
    result: list[Constraint] = []
    if maximum is not None:
        result.append((lambda value: value <= maximum, f"Member must have value less than or equal to {maximum}"))
    if minimum is not None:
        result.append((lambda value: value >= minimum, f"Member must have value greater than or equal to {minimum}"))
    return result


def _length(minimum: int | None, maximum: int | None) -> list[Constraint]:
    result: list[Constraint] = []
    if maximum is not None:
        text = f"Member must have length less than or equal to {maximum}"
        result.append((lambda value: len(value) <= maximum, text))
    if minimum:
        text = f"Member must have length greater than or equal to {minimum}"
        result.append((lambda value: len(value) >= minimum, text))
    return result


def _java_pattern(pattern: str) -> Callable[[str], re.Match[str] | None] | None:
    """Java's `matches` of a model's pattern; None for one that says nothing or that Python cannot read."""
    if pattern in _SAYS_NOTHING:
        return None
    pattern = _LINEAR.get(pattern, pattern)
    python = pattern.replace(r"[\p{L}\p{Z}\p{N}", r"[\w\s").replace(r"\p{L}", "^\\W\\d_").replace(r"\p{N}", r"\d")
    try:
        return re.compile(python, 0 if "\\p{" in pattern else re.ASCII).fullmatch
    except re.error:
        return None


def java_hash(text: str) -> int:
    """`String.hashCode` with the spread of `HashMap`, unsigned."""
    value = 0
    for character in text:
        value = (value * 31 + ord(character)) & 0xFFFFFFFF
    return value ^ (value >> 16)


def java_order(names: Iterable[str]) -> list[str]:
    """`names` as a Java `HashMap` or `HashSet` that grew with them walks them; of one bucket, the last first."""
    listed = list(names)
    buckets = 16
    while len(listed) > buckets * 0.75:
        buckets *= 2
    placed = sorted(enumerate(listed), key=lambda item: (java_hash(item[1]) % buckets, -item[0]))
    return [name for _, name in placed]


def violation(value: Any, path: str, text: str) -> str:
    """One violation as AWS words it; None is AWS's null."""
    shown = "null" if value is None else f"'{java_text(value)[:_LONGEST_SHOWN]}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {text}"


def listing(found: list[str]) -> str:
    """The message over the first ten violations."""
    kept = found[:10]
    return f"{len(kept)} validation error{'s' if len(kept) > 1 else ''} detected: {'; '.join(kept)}"


def camel(name: str) -> str:
    """A member's name as AWS's validation shows it: TableName is tableName, SSESpecification is sSESpecification."""
    return name[:1].lower() + name[1:]


def java_text(value: Any) -> str:
    """A value as Java's `toString` shows it."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={java_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(java_text(item) for item in value[:_MOST_SHOWN]) + "]"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
