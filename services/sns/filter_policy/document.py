"""A filter policy's JSON text as nodes that know where they stand, because AWS's errors name the line and column.

In: the policy's source text. Out: a tree of `Node`. Raised: `FilterPolicyError` with AWS's wording and location.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

Kind = Literal["object", "array", "string", "number", "true", "false", "null"]

MAX_DEPTH = 64
MAX_QUOTED_SOURCE = 500

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<punctuation>[{}\[\]:,])
      | (?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
      | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.]))
      | (?P<word>true|false|null)(?![0-9A-Za-z_])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_A_NAME = ": was expecting double-quote to start field name"
_A_COLON = ": was expecting a colon to separate field name and value"
_A_COMMA = ": was expecting comma to separate {} entries"
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class FilterPolicyError(ValueError):
    """A policy that AWS would not take; the text is AWS's, without the `Invalid parameter: FilterPolicy: ` in front."""


class NestedFilterPolicyError(FilterPolicyError):
    """A nested policy over message attributes; AWS's text has no `FilterPolicy: ` in front."""


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value. `value` holds pairs of name and node for an object, nodes for an array, text for the others.

    `start` and `end` are offsets into the source: the value's first character and the one after its last.
    """

    kind: Kind
    value: Any
    start: int
    end: int

    @property
    def seen(self) -> int:
        """How far a streaming parser has read when it meets this value: past a scalar, or into anything else."""
        return self.start + 1 if self.kind in ("object", "array", "string") else self.end


class Document:
    """One policy's source: parses it, and words errors at a place in it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._offset = 0

    def parse(self) -> Node:
        """The whole text as one node. Raises FilterPolicyError where it is not JSON."""
        node = self._value(0, *self._next())
        kind, text, start, _ = self._next()
        if kind != "end":
            self._unexpected(text, start)
        return node

    def refuse(self, message: str, offset: int) -> NoReturn:
        """Raise `message` with the location of `offset`, as AWS's parser words it."""
        line = self.source.count("\n", 0, offset) + 1
        column = offset - (self.source.rfind("\n", 0, offset) + 1) + 1
        quoted = self.source[:MAX_QUOTED_SOURCE]
        more = len(self.source) - len(quoted)
        shown = f'"{quoted}"' + (f"[truncated {more} chars]" if more else "")
        raise FilterPolicyError(f"{message}\n at [Source: (String){shown}; line: {line}, column: {column}]")

    def _next(self, expected: str = "") -> tuple[str, str, int, int]:
        match = _TOKEN.match(self.source, self._offset)
        if match is None or match.lastgroup is None:
            rest = self.source[self._offset :].lstrip(" \t\r\n")
            self._unexpected(rest[:1], len(self.source) - len(rest), expected)
        self._offset = match.end()
        kind = match.lastgroup
        return kind, match.group(kind), match.start(kind), match.end()

    def _unexpected(self, text: str, offset: int, expected: str = "") -> NoReturn:
        if not text:
            self.refuse("failed to parse JSON. Unexpected end-of-input", offset)
        self.refuse(
            f"failed to parse JSON. Unexpected character ('{text[0]}' (code {ord(text[0])})){expected}", offset + 1
        )

    def _value(self, depth: int, kind: str, text: str, start: int, end: int) -> Node:
        if depth > MAX_DEPTH:
            raise FilterPolicyError("Filter policy is too complex")
        if kind == "string":
            return Node("string", _unescape(text), start, end)
        if kind == "number":
            return Node("number", text, start, end)
        if kind == "word":
            return Node(text, text, start, end)  # type: ignore[arg-type]
        if text not in ("{", "["):
            self._unexpected(text, start)
        return self._object(depth, start) if text == "{" else self._array(depth, start)

    def _object(self, depth: int, start: int) -> Node:
        members: dict[str, Node] = {}
        token = self._next(_A_NAME)
        if token[1] == "}":
            return Node("object", (), start, token[3])
        while True:
            kind, text, offset, _ = token
            if kind != "string":
                self._unexpected(text, offset, _A_NAME)
            _, colon, offset, _ = self._next(_A_COLON)
            if colon != ":":
                self._unexpected(colon, offset, _A_COLON)
            # The last of two equal names counts, as in AWS's rule compiler.
            members[_unescape(text)] = self._value(depth + 1, *self._next())
            _, separator, offset, end = self._next(_A_COMMA.format("Object"))
            if separator == "}":
                return Node("object", tuple(members.items()), start, end)
            if separator != ",":
                self._unexpected(separator, offset, _A_COMMA.format("Object"))
            token = self._next(_A_NAME)

    def _array(self, depth: int, start: int) -> Node:
        items: list[Node] = []
        token = self._next()
        if token[1] == "]" and token[0] == "punctuation":
            return Node("array", (), start, token[3])
        while True:
            items.append(self._value(depth + 1, *token))
            _, separator, offset, end = self._next(_A_COMMA.format("Array"))
            if separator == "]":
                return Node("array", tuple(items), start, end)
            if separator != ",":
                self._unexpected(separator, offset, _A_COMMA.format("Array"))
            token = self._next()


def _unescape(text: str) -> str:
    body = text[1:-1]
    if "\\" not in body:
        return body
    unescaped = _ESCAPE.sub(lambda match: _character(match.group(1)), body)
    # Two escaped surrogates are one character.
    return unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16)) if escape[0] == "u" else _ESCAPED[escape]
