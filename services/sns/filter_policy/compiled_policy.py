"""Filter policies: which messages a subscription accepts.

`compile_filter_policy(source, scope)` gives a `FilterPolicy`; its `accepts` takes the message's attributes or body as
`attribute_values` and `body_values` give them. The same source is compiled once.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from awskit.bounds.text_cache import text_cache
from services.sns.filter_policy.match_conditions import Condition, compile_conditions
from services.sns.filter_policy.policy_document import Document, FilterPolicyError, NestedFilterPolicyError
from services.sns.policy_json import Node

MESSAGE_ATTRIBUTES = "MessageAttributes"
MESSAGE_BODY = "MessageBody"
SCOPES = (MESSAGE_ATTRIBUTES, MESSAGE_BODY)

MAX_KEYS = 5
MAX_COMBINATIONS = 150
MAX_BYTES = 256 * 1024

# Names that AWS keeps for operators; "$or" over an object that uses one is an ordinary name.
RESERVED_IN_OR = frozenset(
    [
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
        *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after"),
        *("date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    ]
)

Values = Mapping[str, Any]
Path = tuple[str, ...]
Match = Callable[[Values, Values], bool]
"""Does this object of the message (and the whole message, for what must be absent from all of it) match?"""


@dataclass(frozen=True, slots=True)
class FilterPolicy:
    """A compiled policy. `scope` says what `accepts` is to be given."""

    scope: str
    _matches: Match

    def accepts(self, values: Values | None) -> bool:
        """Whether a message with these attributes, or this body, is delivered. No values, no match."""
        return bool(values) and values is not None and self._matches(values, values)


@dataclass(frozen=True, slots=True)
class _Compiled:
    match: Match
    combinations: int


@text_cache(8192, 2048, long_ones=64, longest_of_all=MAX_BYTES)
def compile_filter_policy(source: str, scope: str) -> FilterPolicy:
    """Compile and validate. Raises FilterPolicyError with AWS's text."""
    if len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise FilterPolicyError("Filter policy is too large")
    document = Document(source)
    root = document.root
    if root.kind != "object":
        document.refuse("Filter is not an object", root.seen)
    nested = scope == MESSAGE_BODY
    compiled = _Compiler(document, nested=nested).object(root, ())
    if not nested and _has_objects(root):
        raise NestedFilterPolicyError("Filter policy scope MessageAttributes does not support nested filter policy")
    if len(_key_names(root)) > MAX_KEYS:
        raise FilterPolicyError(f"Filter policy can not have more than {MAX_KEYS} keys")
    if compiled.combinations > MAX_COMBINATIONS:
        raise FilterPolicyError("Filter policy is too complex")
    return FilterPolicy(scope, compiled.match)


def attribute_values(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Message attributes as the values a policy is matched with: Binary is ignored, arrays are opened."""
    values: dict[str, Any] = {}
    for name, attribute in attributes.items():
        kind, text = attribute["DataType"], attribute.get("StringValue")
        if text is None or kind.startswith("Binary"):
            continue
        values[name] = _attribute_value(kind, text)
    return values


def body_values(message: str) -> dict[str, Any] | None:
    """The message body as the values a policy is matched with; None where it is not a JSON object."""
    try:
        body = orjson.loads(message)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    opened: dict[str, Any] = _opened(body) if "." in message else body
    return opened


def _opened(value: Any) -> Any:
    """`value` with names like `a.b` as objects within objects: AWS does not tell the two from each other."""
    if isinstance(value, list):
        return [_opened(item) for item in value]
    if not isinstance(value, dict):
        return value
    opened: dict[str, Any] = {}
    for name, inner in value.items():
        *outer, last = name.split(".")
        within = opened
        for part in outer:
            below = within.get(part)
            if not isinstance(below, dict):
                below = within[part] = {}
            within = below
        found = _opened(inner)
        known = within.get(last)
        within[last] = {**known, **found} if isinstance(known, dict) and isinstance(found, dict) else found
    return opened


def _attribute_value(kind: str, text: str) -> Any:
    if kind == "String":
        return text
    if kind.endswith(".Array"):
        try:
            items = orjson.loads(text)
        except ValueError:
            return text
        return items if isinstance(items, list) else text
    if kind.startswith("Number"):
        try:
            return float(text) if any(sign in text for sign in ".eE") else int(text)
        except ValueError:
            return text
    return text


class _Compiler:
    def __init__(self, document: Document, *, nested: bool) -> None:
        self._document = document
        self._nested = nested

    def object(self, node: Node, path: Path) -> _Compiled:
        """An object of the policy: all of its members have to match. `path` is where it stands."""
        if not node.value:
            self._document.refuse("Empty objects are not allowed", node.end)
        matches: list[Match] = []
        combinations = 1
        for name, value in node.value:
            compiled = self._member(name, value, path)
            matches.append(compiled.match)
            combinations *= compiled.combinations
        return _Compiled(_all_of(tuple(matches)), combinations)

    def _member(self, name: str, value: Node, path: Path) -> _Compiled:
        if name == "$or" and _is_or(value):
            alternatives = [self.object(item, path) for item in value.value]
            tests = tuple(alternative.match for alternative in alternatives)
            return _Compiled(
                lambda values, root: any(test(values, root) for test in tests),
                sum(alternative.combinations for alternative in alternatives),
            )
        first, dot, rest = name.partition(".") if self._nested else (name, "", "")
        if dot:
            inner = self._member(rest, value, (*path, first))
            return _Compiled(_inside(first, inner.match), inner.combinations)
        if value.kind == "object":
            inner = self.object(value, (*path, name))
            return _Compiled(_inside(name, inner.match), inner.combinations)
        if value.kind != "array":
            self._document.refuse(f'"{name}" must be an object or an array', value.seen)
        condition = compile_conditions(self._document, value)
        # Each level of nesting counts in the complexity: a key three levels deep with four values is 3 x 4.
        return _Compiled(_leaf(name, condition, (*path, name)), condition.size * (len(path) + 1))


def _is_or(value: Node) -> bool:
    if value.kind != "array" or len(value.value) < 2:
        return False
    return all(
        item.kind == "object" and not any(name in RESERVED_IN_OR for name, _ in item.value) for item in value.value
    )


def _has_objects(node: Node) -> bool:
    """Whether the policy is nested: a key that has an object, also within `$or`."""
    for name, value in node.value:
        if name == "$or" and _is_or(value):
            if any(_has_objects(item) for item in value.value):
                return True
        elif value.kind == "object":
            return True
    return False


def _key_names(node: Node) -> set[str]:
    """The names AWS counts: the parent keys, those of `$or` alternatives among them."""
    names: set[str] = set()
    for name, value in node.value:
        if name == "$or" and _is_or(value):
            for item in value.value:
                names |= _key_names(item)
        else:
            names.add(name)
    return names


def _all_of(matches: tuple[Match, ...]) -> Match:
    if len(matches) == 1:
        return matches[0]
    if len(matches) == 2:
        first, second = matches
        return lambda values, root: first(values, root) and second(values, root)
    return lambda values, root: all(match(values, root) for match in matches)


def _inside(name: str, match: Match) -> Match:
    def matches(values: Values, root: Values) -> bool:
        value = values.get(name)
        if isinstance(value, dict):
            return match(value, root)
        if isinstance(value, list):
            # All of a nested policy is to hold in the same element.
            objects = [item for item in _flattened(value) if isinstance(item, dict)]
            if objects:
                return any(match(item, root) for item in objects)
        return match({}, root)

    return matches


def _leaf(name: str, condition: Condition, path: Path) -> Match:
    accepts, absent = condition.accepts, condition.absent

    def matches(values: Values, root: Values) -> bool:
        if name in values:
            value = values[name]
            if isinstance(value, list):
                if any(accepts(item) for item in _flattened(value) if not isinstance(item, dict)):
                    return True
            elif not isinstance(value, dict) and accepts(value):
                return True
        return absent and not _has_leaf(root, path)

    return matches


def _flattened(items: list[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list):
            yield from _flattened(item)
        else:
            yield item


def _has_leaf(value: Any, path: Path) -> bool:
    """Whether the property is anywhere in the message as a leaf: `exists` does not look at intermediate nodes."""
    if isinstance(value, list):
        return any(_has_leaf(item, path) for item in value) or (not path and not value)
    if not path:
        return not isinstance(value, dict)
    return isinstance(value, dict) and path[0] in value and _has_leaf(value[path[0]], path[1:])
