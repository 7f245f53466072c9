"""A parser of JSON that refuses as AWS's parser does (Jackson, by its own words and places).

In: a policy's text. Out: a `Node`. Raised: `JsonError` with `Unexpected character ('i' (code 105)): ...` and its place.

https://github.com/FasterXML/jackson-core (ReaderBasedJsonParser)
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from services.sns.policy_json.nodes import Kind, Node

MAX_DEPTH = 200
_MOST_COMMAS = 10_000  # ours: every document of SNS has far fewer

_SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]"
_A_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_WHITE_SPACE = re.compile(r"[ \t\r\n]*+")
_PLAIN_TEXT = re.compile(r'[^"\\\x00-\x1f]*+')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_IDENTIFIER = re.compile(r"[\w$]*+")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{0,4}")
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, Kind] = {"t": "true", "f": "false", "n": "null"}


class JsonError(ValueError):
    """What is wrong with a text, and where, in Jackson's words."""


def parse(source: str) -> Node:
    """The whole text as one node. Raises JsonError."""
    if source.count(",") > _MOST_COMMAS:
        raise JsonError(f"Document has more than {_MOST_COMMAS} values\n at {_SOURCE % (1, 1)}")
    return _Parser(source).document()


def parse_object(source: str) -> dict[str, Any]:
    """The text's object, as Python has it. Raises JsonError, also where the text is another JSON value."""
    node = parse(source)
    if node.kind != "object":
        raise JsonError(f"Expected an object\n at {_SOURCE % (1, node.start + 1)}")
    plain: dict[str, Any] = node.plain()
    return plain


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def document(self) -> Node:
        self._skip_white_space()
        if self._at == len(self._source):
            self._refuse("No content to map due to end-of-input", self._at)
        node = self._value(0, ())
        self._skip_white_space()
        if self._at < len(self._source):
            self._unexpected("expected a valid value " + _A_VALUE)
        return node

    def _value(self, depth: int, opened: tuple[int, ...]) -> Node:
        if depth > MAX_DEPTH:
            self._refuse(f"Document nesting depth ({depth}) exceeds the maximum allowed ({MAX_DEPTH})", self._at)
        start, character = self._at, self._source[self._at]
        if character == '"':
            return Node("string", self._string("for a string value"), start, self._at)
        if character == "{":
            return self._object(depth, start, opened)
        if character == "[":
            return self._array(depth, start, opened)
        if character in "-0123456789":
            return self._number(start)
        word = _WORDS.get(character)
        token = _IDENTIFIER.match(self._source, start)
        assert token is not None
        if word is not None and token[0] == word:
            self._at = token.end()
            return Node(word, word, start, self._at)
        if character.isalpha() or character in "_$":
            shown = token[0] if len(token[0]) <= 256 else token[0][:256] + "..."
            self._refuse(f"Unrecognized token '{shown}': was expecting {_A_VALUE}", token.end())
        return self._unexpected("expected a valid value " + _A_VALUE)

    def _object(self, depth: int, start: int, opened: tuple[int, ...]) -> Node:
        members: dict[str, Node] = {}
        opened = (*opened, start)
        self._at += 1
        while True:
            self._next_or_end("Object", opened)
            if self._source[self._at] == "}" and not members:
                break
            if self._source[self._at] != '"':
                self._no_closing("]", "}", "Object", opened)
                self._unexpected("was expecting double-quote to start field name")
            name = self._string("in field name")
            self._skip_within("Object")
            if self._source[self._at] != ":":
                self._unexpected("was expecting a colon to separate field name and value")
            self._at += 1
            self._skip_within("Object")
            # The last of two equal names counts.
            members[name] = self._value(depth + 1, opened)
            if self._ends("}", "]", "Object", opened):
                break
        self._at += 1
        return Node("object", tuple(members.items()), start, self._at)

    def _array(self, depth: int, start: int, opened: tuple[int, ...]) -> Node:
        items: list[Node] = []
        opened = (*opened, start)
        self._at += 1
        while True:
            self._next_or_end("Array", opened)
            if self._source[self._at] == "]" and not items:
                break
            self._no_closing("}", "]", "Array", opened)
            items.append(self._value(depth + 1, opened))
            if self._ends("]", "}", "Array", opened):
                break
        self._at += 1
        return Node("array", tuple(items), start, self._at)

    def _ends(self, close: str, other: str, kind: str, opened: tuple[int, ...]) -> bool:
        """Whether what is open is closed here; else past the comma that has to follow."""
        self._next_or_end(kind, opened)
        if self._source[self._at] == close:
            return True
        self._no_closing(other, close, kind, opened)
        if self._source[self._at] != ",":
            self._unexpected(f"was expecting comma to separate {kind} entries")
        self._at += 1
        self._skip_within(kind)
        return False

    def _number(self, start: int) -> Node:
        found = _NUMBER.match(self._source, start)
        if found is None:
            self._at += 1
            self._end_or_unexpected("expected digit (0-9) to follow minus sign, for valid numeric value")
        self._at = found.end()
        following = self._source[self._at : self._at + 1]
        if found[0] in ("0", "-0") and following.isdecimal():
            self._refuse("Invalid numeric value: Leading zeroes not allowed", self._at)
        if following == "." and "." not in found[0]:
            self._at += 1
            self._end_or_unexpected("Decimal point not followed by a digit")
        if following in ("e", "E") and following:
            self._at += 1
            self._end_or_unexpected("Exponent indicator not followed by a digit")
        return Node("number", found[0], start, self._at)

    def _end_or_unexpected(self, reason: str) -> NoReturn:
        if self._at >= len(self._source):
            self._refuse("Unexpected end-of-input in a Number value", self._at)
        character = self._source[self._at]
        self._refuse(f"Unexpected character ({_described(character)}) in numeric value: {reason}", self._at)

    def _string(self, what: str) -> str:
        parts: list[str] = []
        self._at += 1
        while True:
            plain = _PLAIN_TEXT.match(self._source, self._at)
            assert plain is not None
            parts.append(plain[0])
            self._at = plain.end()
            if self._at >= len(self._source):
                closing = ": was expecting closing quote for a string value" if "string" in what else f" {what}"
                self._refuse(f"Unexpected end-of-input{closing}", self._at)
            character = self._source[self._at]
            if character == '"':
                self._at += 1
                # Two escaped surrogates are one character.
                return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if character != "\\":
                self._refuse(
                    f"Illegal unquoted character ({_described(character)}): has to be escaped using backslash to be "
                    f"included in {'string value' if 'string' in what else 'name'}",
                    self._at + 1,
                )
            parts.append(self._escape())

    def _escape(self) -> str:
        self._at += 1
        character = self._source[self._at : self._at + 1]
        if character in _ESCAPED:
            self._at += 1
            return _ESCAPED[character]
        if not character:
            self._refuse("Unexpected end-of-input in character escape sequence", self._at)
        if character != "u":
            self._refuse(f"Unrecognized character escape {_described(character)}", self._at + 1)
        digits = _HEXADECIMAL.match(self._source, self._at + 1)
        assert digits is not None
        self._at = digits.end()
        if len(digits[0]) < 4:
            if self._at >= len(self._source):
                self._refuse("Unexpected end-of-input in character escape sequence", self._at)
            self._unexpected("expected a hex-digit for character escape sequence")
        return chr(int(digits[0], 16))

    def _skip_white_space(self) -> None:
        found = _WHITE_SPACE.match(self._source, self._at)
        assert found is not None
        self._at = found.end()

    def _skip_within(self, kind: str) -> None:
        self._skip_white_space()
        if self._at >= len(self._source):
            self._refuse(f"Unexpected end-of-input within/between {kind} entries", self._at)

    def _next_or_end(self, kind: str, opened: tuple[int, ...]) -> None:
        self._skip_white_space()
        if self._at >= len(self._source):
            begin = self._place(opened[-1])
            self._refuse(
                f"Unexpected end-of-input: expected close marker for {kind} (start marker at {begin})", self._at
            )

    def _no_closing(self, found: str, expected: str, kind: str, opened: tuple[int, ...]) -> None:
        if self._source[self._at] == found:
            self._refuse(
                f"Unexpected close marker '{found}': expected '{expected}' (for {kind} starting at "
                f"{self._place(opened[-1])})",
                self._at,
            )

    def _unexpected(self, expectation: str) -> NoReturn:
        character = self._source[self._at]
        self._refuse(f"Unexpected character ({_described(character)}): {expectation}", self._at)

    def _place(self, offset: int) -> str:
        line = self._source.count("\n", 0, offset) + 1
        return _SOURCE % (line, offset - self._source.rfind("\n", 0, offset))

    def _refuse(self, message: str, offset: int) -> NoReturn:
        raise JsonError(f"{message}\n at {self._place(offset)}")


def _described(character: str) -> str:
    code = ord(character)
    return f"(CTRL-CHAR, code {code})" if code < 32 else f"'{character}' (code {code})"
