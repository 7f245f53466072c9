"""Amazon Ion text, as far as exports write and imports read it.

In and out: attribute values in wire form. Sets are lists with an annotation (`$dynamodb_SS::["a"]`), numbers are
decimals (`103.`), binary is `{{base64}}`. Raised: `IonError`.
https://amazon-ion.github.io/ion-docs/docs/spec.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from services.dynamodb.values.attribute_values import AttributeValue, Item

VERSION_MARKER: Final = "$ion_1_0"

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SYSTEM_SYMBOL: Final = re.compile(r"\$[0-9]+")
_KEYWORDS: Final = frozenset({"null", "true", "false", "nan"})
SET_ANNOTATIONS: Final[Mapping[str, str]] = {"$dynamodb_SS": "SS", "$dynamodb_NS": "NS", "$dynamodb_BS": "BS"}
_ELEMENTS: Final[Mapping[str, str]] = {"SS": "S", "NS": "N", "BS": "B"}
_ESCAPED_QUOTE: Final = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"})

_SKIPPED: Final = re.compile(r"(?:\s++|//[^\n]*+(?:\n|$)|/\*.*?\*/)++", re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[dDeE][+-]?[0-9]+)?(?=[\s,\]})/]|$)")
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_LONG_STRING: Final = re.compile(r"'''((?:[^'\\]|\\.|'(?!''))*)'''", re.DOTALL)
_SYMBOL: Final = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_BLOB: Final = re.compile(r"\{\{\s*+([A-Za-z0-9+/=\s]*+)\}\}")
_NULL: Final = re.compile(r"null(?:\.[a-z]+)?(?![A-Za-z0-9_$])")
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r\n|.)", re.DOTALL)
_ESCAPES: Final[Mapping[str, str]] = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "v": "\v",
    "\n": "",
    "\r\n": "",
    "\r": "",
}


class IonError(ValueError):
    """The text is not Ion, or has a value that DynamoDB has no type for."""


# Writing


def write_struct(members: Mapping[str, str]) -> str:
    """A struct of values that are written already."""
    return "{" + ",".join(f"{_write_name(name)}:{text}" for name, text in members.items()) + "}"


def write_item(item: Mapping[str, AttributeValue]) -> str:
    """An item as a struct."""
    return write_struct({name: write_value(value) for name, value in item.items()})


def write_value(value: AttributeValue) -> str:
    """One attribute value."""
    kind, content = next(iter(value.items()))
    if kind in _ELEMENTS:
        elements = ",".join(write_value({_ELEMENTS[kind]: element}) for element in content)
        return f"$dynamodb_{kind}::[{elements}]"
    return _WRITERS[kind](content)


def write_number(text: str) -> str:
    """A decimal."""
    return text if "." in text else text + "."


def _write_name(name: str) -> str:
    if _IDENTIFIER.fullmatch(name) and name not in _KEYWORDS and not _SYSTEM_SYMBOL.fullmatch(name):
        return name
    return f"'{name.translate(_ESCAPED_QUOTE)}'"


def _write_list(content: list[AttributeValue]) -> str:
    return "[" + ",".join(map(write_value, content)) + "]"


_WRITERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "S": lambda content: orjson.dumps(content).decode(),
    "N": write_number,
    "B": lambda content: "{{" + content + "}}",
    "BOOL": lambda content: "true" if content else "false",
    "NULL": lambda content: "null",
    "L": _write_list,
    "M": write_item,
}


# Reading


def read_structs(text: str) -> Iterator[Item]:
    """The structs at the top of a document, each as an item."""
    reader = _Reader(text)
    while not reader.at_end():
        if reader.skip_version_marker():
            continue
        value = reader.value()
        if "M" not in value:
            raise IonError("a value that is no struct")
        yield value["M"]


class _Reader:
    """Recursive descent over one document."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def at_end(self) -> bool:
        self._skip()
        return self._at >= len(self._text)

    def skip_version_marker(self) -> bool:
        if self._text.startswith(VERSION_MARKER, self._at):
            self._at += len(VERSION_MARKER)
            return True
        return False

    def value(self, depth: int = 0) -> AttributeValue:
        if depth > 100:
            raise IonError("values are nested too deep")
        self._skip()
        annotations = self._annotations()
        value = self._plain_value(depth)
        for annotation in annotations:
            kind = SET_ANNOTATIONS.get(annotation)
            if kind is not None:
                return as_set(kind, value)
        return value

    def _plain_value(self, depth: int) -> AttributeValue:
        text, at = self._text, self._at
        start = text[at : at + 1]
        if start == "{":
            blob = _BLOB.match(text, at)
            if blob is not None:
                self._at = blob.end()
                return {"B": "".join(blob[1].split())}
            return {"M": self._struct(depth)}
        if start in ("[", "("):
            return {"L": self._list(depth)}
        if start == '"' or text.startswith("'''", at):
            return {"S": self._string()}
        if start and start in "+-0123456789":
            return {"N": self._number()}
        null = _NULL.match(text, at)
        if null is not None:
            self._at = null.end()
            return {"NULL": True}
        return self._word()

    def _word(self) -> AttributeValue:
        word = self._symbol()
        if word in ("true", "false"):
            return {"BOOL": word == "true"}
        raise IonError(f"an unexpected symbol: {word}")

    def _struct(self, depth: int) -> Item:
        self._at += 1
        members: Item = {}
        while not self._taken("}"):
            self._skip()
            name = self._string() if self._text[self._at : self._at + 1] == '"' else self._symbol()
            self._expect(":")
            members[name] = self.value(depth + 1)
            self._expect_separator("}")
        return members

    def _list(self, depth: int) -> list[AttributeValue]:
        end = "]" if self._text[self._at] == "[" else ")"
        self._at += 1
        elements = []
        while not self._taken(end):
            elements.append(self.value(depth + 1))
            if end == "]":
                self._expect_separator(end)
        return elements

    def _string(self) -> str:
        if self._text[self._at] == '"':
            return _unescape(self._match(_STRING, "a string"))
        parts = []
        while self._text.startswith("'''", self._at):
            parts.append(_unescape(self._match(_LONG_STRING, "a string")))
            self._skip()
        return "".join(parts)

    def _symbol(self) -> str:
        if self._text[self._at : self._at + 1] == "'":
            return _unescape(self._match(_SYMBOL, "a symbol"))
        found = _IDENTIFIER.match(self._text, self._at)
        if found is None:
            raise IonError(f"something unexpected at character {self._at}")
        self._at = found.end()
        return found[0]

    def _number(self) -> str:
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            raise IonError(f"no number at character {self._at}")
        self._at = found.end()
        text = found[0].replace("_", "").lower().replace("d", "e")
        return text[:-1] if text.endswith(".") else text.replace(".e", "e")

    def _annotations(self) -> list[str]:
        found: list[str] = []
        while True:
            before = self._at
            start = self._text[before : before + 1]
            if start != "'" and not (start.isalpha() or start in ("_", "$")):
                return found
            if self._text.startswith("'''", before):
                return found
            name = self._symbol()
            self._skip()
            if not self._text.startswith("::", self._at):
                self._at = before
                return found
            self._at += 2
            self._skip()
            found.append(name)

    def _match(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise IonError(f"{what} that does not end")
        self._at = found.end()
        return found[1]

    def _skip(self) -> None:
        found = _SKIPPED.match(self._text, self._at)
        if found is not None:
            self._at = found.end()

    def _taken(self, character: str) -> bool:
        self._skip()
        if not self._text.startswith(character, self._at):
            return False
        self._at += 1
        return True

    def _expect(self, character: str) -> None:
        if not self._taken(character):
            raise IonError(f"no {character} at character {self._at}")

    def _expect_separator(self, end: str) -> None:
        if not self._taken(","):
            self._skip()
            if not self._text.startswith(end, self._at):
                raise IonError(f"no {end} at character {self._at}")


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    escape = found[1]
    if escape[0] in "xuU" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _ESCAPES.get(escape, escape)


def as_set(kind: str, value: AttributeValue) -> AttributeValue:
    """The set of that kind that a list stands for."""
    element = _ELEMENTS[kind]
    members = value.get("L")
    if members is None or any(element not in member for member in members):
        raise IonError(f"a {kind} that is no list of {element}")
    return {kind: [member[element] for member in members]}
