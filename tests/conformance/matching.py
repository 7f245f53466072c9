"""What an answer should be beside what it is: every difference, with its path.

Placeholders stand for values that are new each time. `<uuid:1>` is any UUID, and the same one wherever `<uuid:1>` is
written in the case; `<uuid:2>` is another one. Without a number (`<datetime>`) it is any value of that kind.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.values import (
    Absent,
    Base64,
    Full,
    Including,
    Json,
    OneOf,
    Partial,
    Pattern,
    Random,
    Repeat,
    Unordered,
)

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
KINDS = {
    "any": r".*",
    "uuid": r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "datetime": _TIME,
    "second": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.0+)?(?:Z|[+-]\d\d:?\d\d)?",
    "httpdate": r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "epoch": r"\d{9,10}(?:\.\d+)?",
    "epoch-ms": r"\d{12,13}",
    "number": r"-?\d+(?:\.\d+)?",
    "hex": r"[0-9a-f]+",
    "md5": r"[0-9a-f]{32}",
    "etag": r'"[0-9a-f]{32}(?:-\d+)?"',
    "base64": r"[A-Za-z0-9+/]+=*",
    "host": r"[A-Za-z0-9.-]+(?::\d+)?",
    "url": r"https?://\S+",
    "request-id": r"[A-Za-z0-9-]{13,}",
}
_PLACEHOLDER = re.compile(r"<([a-z][a-z0-9-]*)(?::([A-Za-z0-9_-]+))?>")
_SHOWN = 300


@dataclass(frozen=True)
class Difference:
    """`sign` is `-` for what AWS alone has, `+` for what AWS has not, `~` for what is otherwise."""

    sign: str
    path: str
    expected: Any = None
    actual: Any = None

    def __str__(self) -> str:
        if self.sign == "~" and isinstance(self.expected, str) and isinstance(self.actual, str):
            return f"(~) {self.path} {_short_beside(self.expected, self.actual)}"
        if self.sign == "~":
            return f"(~) {self.path} {_short(self.expected)} -> {_short(self.actual)}"
        return f"({self.sign}) {self.path} {_short(self.expected if self.sign == '-' else self.actual)}"


@dataclass
class Matcher:
    """Compares the answers of one case; what placeholders stand for is kept from one answer to the next."""

    bound: dict[str, str] = field(default_factory=dict)

    def differences(self, expected: Any, actual: Any, path: str = "", *, partial: bool = False) -> list[Difference]:
        """Every difference. `partial`: what has members may have more than expected."""
        before = dict(self.bound)
        found = self._compare(expected, actual, path, partial)
        if found:
            self.bound = before
        return found

    def _compare(self, expected: Any, actual: Any, path: str, partial: bool) -> list[Difference]:
        match expected:
            case Partial() | Full():
                return self._compare(expected.members, actual, path, isinstance(expected, Partial))
            case Pattern():
                is_right = isinstance(actual, str) and re.fullmatch(expected.text, actual, re.DOTALL) is not None
                return [] if is_right else [Difference("~", path, expected.text, actual)]
            case OneOf():
                return self._any_of(expected, actual, path, partial)
            case Json():
                return self._json(expected, actual, path, partial)
            case Unordered() | Including():
                return self._in_any_order(expected, actual, path, partial)
            case Repeat() | Random() | Base64():
                return self._compare(expected.made(), actual, path, partial)
            case dict() if isinstance(actual, dict):
                return self._members(expected, actual, path, partial)
            case list() if isinstance(actual, list):
                return self._elements(expected, actual, path, partial)
            case str() if isinstance(actual, (str, bytes)):
                return self._text(expected, actual, path)
            case bytes() if isinstance(actual, str):
                return [] if expected == actual.encode() else [Difference("~", path, expected, actual)]
        is_same = expected == actual and isinstance(expected, bool) == isinstance(actual, bool)
        return [] if is_same else [Difference("~", path, expected, actual)]

    def _members(self, expected: dict[str, Any], actual: dict[str, Any], path: str, partial: bool) -> list[Difference]:
        found: list[Difference] = []
        for name, value in expected.items():
            here = f"{path}/{name}"
            if isinstance(value, Absent):
                found += [Difference("+", here, actual=actual[name])] if name in actual else []
            elif name not in actual:
                found.append(Difference("-", here, value))
            else:
                found += self._compare(value, actual[name], here, partial)
        if not partial:
            found += [Difference("+", f"{path}/{name}", actual=actual[name]) for name in actual if name not in expected]
        return found

    def _elements(self, expected: list[Any], actual: list[Any], path: str, partial: bool) -> list[Difference]:
        found: list[Difference] = []
        for number, (one, other) in enumerate(zip(expected, actual, strict=False)):
            found += self._compare(one, other, f"{path}[{number}]", partial)
        found += [Difference("-", f"{path}[{n}]", expected[n]) for n in range(len(actual), len(expected))]
        found += [Difference("+", f"{path}[{n}]", actual=actual[n]) for n in range(len(expected), len(actual))]
        return found

    def _in_any_order(self, expected: Unordered | Including, actual: Any, path: str, partial: bool) -> list[Difference]:
        items = expected.items
        too_many = isinstance(expected, Unordered) and isinstance(actual, list) and len(actual) > len(items)
        if not isinstance(actual, list) or too_many or not self._assign(items, list(actual), path, partial):
            return [Difference("~", f"{path} (in any order)", items, actual)]
        return []

    def _assign(self, items: list[Any], left: list[Any], path: str, partial: bool) -> bool:
        """Whether each item has an element of its own. What placeholders stand for is tried in all ways."""
        if not items:
            return True
        for number, element in enumerate(left):
            before = dict(self.bound)
            if not self._compare(items[0], element, path, partial) and self._assign(
                items[1:], left[:number] + left[number + 1 :], path, partial
            ):
                return True
            self.bound = before
        return False

    def _any_of(self, expected: OneOf, actual: Any, path: str, partial: bool) -> list[Difference]:
        for choice in expected.choices:
            before = dict(self.bound)
            if not self._compare(choice, actual, path, partial):
                return []
            self.bound = before
        return [Difference("~", f"{path} (one of)", expected.choices, actual)]

    def _json(self, expected: Json, actual: Any, path: str, partial: bool) -> list[Difference]:
        try:
            held = json.loads(actual)
        except (TypeError, ValueError):
            return [Difference("~", f"{path} (JSON)", expected.value, actual)]
        return self._compare(expected.value, held, f"{path}/(JSON)", partial)

    def _text(self, expected: str, actual: str | bytes, path: str) -> list[Difference]:
        text = actual if isinstance(actual, str) else actual.decode("utf-8", "replace")
        if expected == text:
            return []
        taken = self._taken(expected, text)
        if taken is None:
            return [Difference("~", path, self._resolved(expected), text)]
        self.bound.update(taken)
        return []

    def _taken(self, expected: str, text: str) -> dict[str, str] | None:
        """What the placeholders of `expected` stand for in `text`; None where it is not such a text."""
        pattern, groups, end = "", {}, 0
        for found in _PLACEHOLDER.finditer(expected):
            kind, label = found[1], found[2]
            if label is None and kind not in KINDS:
                continue
            pattern += re.escape(expected[end : found.start()])
            end = found.end()
            key = f"{kind}:{label}"
            if label is not None and key in self.bound:
                pattern += re.escape(self.bound[key])
            elif key in groups.values():
                pattern += f"(?P={next(name for name, held in groups.items() if held == key)})"
            else:
                name = f"g{len(groups)}" if label is not None else None
                # The last placeholder of a text takes all that is left of it, an earlier one as little as it can.
                pattern += f"(?P<{name}>{KINDS.get(kind, '.+?')})" if name else f"(?:{KINDS[kind]})"
                if name:
                    groups[name] = key
        matched = re.fullmatch(pattern + re.escape(expected[end:]), text, re.DOTALL) if end else None
        if matched is None:
            return None
        taken = {key: matched[name] for name, key in groups.items()}
        return taken if self._are_new(taken) else None

    def _are_new(self, taken: dict[str, str]) -> bool:
        """Whether no two labels of one kind stand for the same value."""
        values = {**self.bound, **taken}
        by_kind: dict[str, set[str]] = {}
        for key, value in values.items():
            held = by_kind.setdefault(key.partition(":")[0], set())
            if value in held:
                return False
            held.add(value)
        return True

    def _resolved(self, expected: str) -> str:
        return _PLACEHOLDER.sub(lambda found: self.bound.get(f"{found[1]}:{found[2]}", found[0]), expected)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def _short_beside(expected: str, actual: str) -> str:
    """Both texts; of long ones what lies around the first character that differs."""
    if max(len(expected), len(actual)) <= _SHOWN:
        return f"{expected!r} -> {actual!r}"
    same = next((n for n, (one, other) in enumerate(zip(expected, actual, strict=False)) if one != other), 0)
    begin = max(0, same - _SHOWN // 4)
    shown = slice(begin, begin + _SHOWN)
    return f"from character {begin + 1} on {expected[shown]!r} -> {actual[shown]!r}"
