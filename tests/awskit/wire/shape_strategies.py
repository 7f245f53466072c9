"""Hypothesis strategies for values of a botocore shape that survive their wire: what the wire cannot carry is left out.

The values are in our terms (timestamps as epoch seconds); `for_botocore` turns them into what botocore takes.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st

# XML 1.0 has no other control characters, and parsers turn a bare carriage return into a line feed.
XML_TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\t\n", exclude_characters="\ufffe\uffff"
    ),
    max_size=12,
)
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
TOKEN = st.text(string.ascii_letters + string.digits + "-_./:=+", min_size=1, max_size=12)
_LOWER_TOKEN = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8)
_SECONDS = st.integers(0, 4_000_000_000)
_MILLISECONDS = st.integers(0, 4_000_000_000_000).map(lambda value: value / 1000)


class Values:
    """Values for one direction of one protocol.

    `text` is what strings in a body may hold; `sparse` False keeps empty structures and maps out, which the query
    protocol cannot say; `answers` keeps to what botocore itself reads of an answer, `seconds` to times without a
    fraction.
    """

    def __init__(
        self, text: st.SearchStrategy[str], *, sparse: bool = True, answers: bool = False, seconds: bool = False
    ) -> None:
        self._text = text
        self._seconds = seconds
        self._sparse = sparse
        self._answers = answers

    def of(self, shape: Shape, depth: int = 0, skip: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
        """A value of `shape`."""
        if shape.serialization.get("location"):
            return self._located(shape)
        if isinstance(shape, StructureShape):
            return self._structure(shape, depth, skip)
        if isinstance(shape, ListShape):
            # An empty flattened list is no element at all.
            smallest = 1 if shape.serialization.get("flattened") else 0
            return st.lists(self.of(shape.member, depth + 1), min_size=smallest, max_size=3)
        if isinstance(shape, MapShape):
            smallest = 0 if self._sparse and not shape.serialization.get("flattened") else 1
            keys = self._text.filter(bool)
            return st.dictionaries(keys, self.of(shape.value, depth + 1), min_size=smallest, max_size=2)
        if shape.serialization.get("xmlAttribute"):
            return st.sampled_from(shape.enum) if getattr(shape, "enum", None) else TOKEN
        return self._simple(shape, self._text)

    def _structure(self, shape: StructureShape, depth: int, skip: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
        members = {name: member for name, member in shape.members.items() if name not in skip}
        if depth > 4:  # deep enough: what may be left out is, unless it is simple
            members = {
                name: member
                for name, member in members.items()
                if name in shape.required_members or member.type_name not in ("structure", "list", "map")
            }
        if shape.is_tagged_union:
            return st.sampled_from(list(members)).flatmap(
                lambda name: st.fixed_dictionaries({name: self.of(members[name], depth + 1)})
            )
        required = {name: self.of(members[name], depth + 1) for name in shape.required_members if name in members}
        payload = shape.serialization.get("payload")
        if payload in members:
            required[payload] = self._payload(members[payload], depth)
        if not required and not self._sparse and members:
            first = next(iter(members))
            required[first] = self.of(members[first], depth + 1)
        optional = {
            name: st.deferred(lambda m=m: self.of(m, depth + 1)) for name, m in members.items() if name not in required
        }
        return st.fixed_dictionaries(required, optional=optional)

    def _payload(self, shape: Shape, depth: int) -> st.SearchStrategy[Any]:
        """What is the whole body: an empty text would be none at all."""
        return self._text.filter(bool) if shape.type_name == "string" else self.of(shape, depth + 1)

    def _located(self, shape: Shape) -> st.SearchStrategy[Any]:
        location = shape.serialization["location"]
        if location == "headers":
            return st.dictionaries(_LOWER_TOKEN, TOKEN, max_size=3).filter(bool)
        if location == "statusCode":
            return st.sampled_from((200, 206))
        if shape.type_name == "list":
            text = TOKEN if location == "header" else ANY_TEXT
            return st.lists(self._simple(shape.member, text), min_size=1, max_size=3)
        if shape.serialization.get("hostLabel"):
            return st.text(string.digits, min_size=12, max_size=12)
        if location == "header":
            return self._simple(shape, TOKEN, default_format="rfc822")
        if location == "uri":
            return ANY_TEXT.filter(bool)
        return self._simple(shape, ANY_TEXT)

    def _simple(
        self, shape: Shape, text: st.SearchStrategy[str], default_format: str = "iso8601"
    ) -> st.SearchStrategy[Any]:
        kind = shape.type_name
        if kind == "string":
            return st.sampled_from(shape.enum) if getattr(shape, "enum", None) else text
        if kind == "timestamp":
            is_header = shape.serialization.get("location") == "header"
            is_rfc822 = shape.serialization.get("timestampFormat", default_format) == "rfc822"
            # botocore cuts whatever it puts into a header to seconds.
            cut = is_rfc822 or self._seconds or (is_header and not self._answers)
            return _SECONDS.map(float) if cut else _MILLISECONDS
        return {
            "integer": st.integers(-(2**31), 2**31 - 1),
            "long": st.integers(-(2**53), 2**53),
            "boolean": st.booleans(),
            "float": st.floats(width=32, allow_nan=not self._answers, allow_infinity=not self._answers),
            "double": st.floats(allow_nan=not self._answers, allow_infinity=not self._answers),
            "blob": st.binary(max_size=12),
        }[kind]


def for_botocore(shape: Shape | None, value: Any) -> Any:
    """`value` with its timestamps as datetimes, which botocore's serializers want."""
    return _convert(shape, value, lambda seconds: datetime.fromtimestamp(seconds, UTC))


def from_botocore(shape: Shape | None, value: Any) -> Any:
    """`value` with its datetimes as epoch seconds to the millisecond."""
    return _convert(shape, value, lambda moment: round(moment.timestamp(), 3))


def _convert(shape: Shape | None, value: Any, timestamp: Callable[[Any], Any]) -> Any:
    if shape is None:
        return value
    if isinstance(shape, StructureShape):
        return {name: _convert(shape.members[name], item, timestamp) for name, item in value.items()}
    if isinstance(shape, ListShape):
        return [_convert(shape.member, item, timestamp) for item in value]
    if isinstance(shape, MapShape):
        return {key: _convert(shape.value, item, timestamp) for key, item in value.items()}
    return timestamp(value) if shape.type_name == "timestamp" else value
