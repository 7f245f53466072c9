"""XML by shape: a document to plain elements, and compiled readers from elements to values.

In: the bytes of a request body. Out: values with the model's member names; elements that the shape has not are ignored.
Raises `XmlError` for what is not well-formed, has a document type or entities of its own, or holds a value of another
type.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from awskit.bounds.integers import parse_integer
from awskit.wire.model import Reference, Shape
from awskit.wire.timestamps import parse_timestamp

_MOST_TAGS = 200_000
_MOST_ATTRIBUTES = 100_000  # an equals sign is in base64, too
_DEEPEST = 64


class XmlError(Exception):
    """A body that AWS calls malformed."""


class Element:
    """An element: names without their namespace prefixes."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""


def parse_document(body: bytes) -> Element:
    """The root element of a document.

    It may have `_MOST_TAGS` tags (the largest that S3 takes lists 10,000 parts), some attributes, and no great depth.
    """
    if body.count(b"<") > _MOST_TAGS or body.count(b"=") > _MOST_ATTRIBUTES:
        raise XmlError("too many elements")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    root = Element("", {})
    stack = [root]
    texts: list[list[str]] = [[]]

    def start(name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if attributes:
            attributes = {key.rpartition(":")[2]: value for key, value in attributes.items() if key[:5] != "xmlns"}
        opened = Element(name, attributes)
        stack[-1].children.append(opened)
        stack.append(opened)
        if len(stack) > _DEEPEST:
            raise XmlError("elements are nested too deep")
        texts.append([])

    def end(name: str) -> None:
        closed, parts = stack.pop(), texts.pop()
        if parts:
            closed.text = "".join(parts)

    def text(data: str) -> None:
        texts[-1].append(data)

    def refuse(*_: Any) -> None:
        raise XmlError("a document type is not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise XmlError(str(error)) from None
    return root.children[0]


Read = Callable[[Element], Any]


class XmlReaders:
    """Compiles and keeps the readers of one model's shapes."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str | None], Read] = {}

    def reader(self, reference: Reference | Shape) -> Read:
        """What reads an element as the shape; for a flattened list see the structure that holds it."""
        shape = reference.shape if isinstance(reference, Reference) else reference
        timestamp_format = reference.timestamp_format if isinstance(reference, Reference) else None
        key = (shape.name, timestamp_format)
        compiled = self._compiled.get(key)
        if compiled is None:
            self._compiled[key] = lambda element: self._compiled[key](element)  # noqa: PLW0108
            compiled = self._compiled[key] = self._compile(shape)
        return compiled

    def _compile(self, shape: Shape) -> Read:
        if shape.type == "structure":
            return self._structure(shape)
        if shape.type == "list":
            read_item = self.reader(shape.member)
            name = shape.member.location_name or "member"
            return lambda element: [read_item(child) for child in element.children if child.name == name]
        if shape.type == "map":
            return self._map(shape)
        convert = CONVERSIONS[shape.type]

        def read(element: Element) -> Any:
            try:
                return convert(element.text)
            except (ValueError, binascii.Error, OverflowError):
                raise XmlError(f"{element.name}: {element.text}") from None

        return read

    def _structure(self, shape: Shape) -> Read:
        single: dict[str, tuple[str, Read]] = {}
        repeated: dict[str, tuple[str, Read]] = {}
        attributes: dict[str, str] = {}
        for name, member in shape.members.items():
            if member.location is not None:
                continue
            if member.is_attribute:
                attributes[member.wire_name.rpartition(":")[2]] = name
            elif member.shape.type == "list" and member.flattened:
                wire_name = member.shape.member.location_name or member.wire_name
                repeated[wire_name] = (name, self.reader(member.shape.member))
            else:
                single[member.wire_name] = (name, self.reader(member))

        def read(element: Element) -> dict[str, Any]:
            result: dict[str, Any] = {}
            for child in element.children:
                found = single.get(child.name)
                if found is not None:
                    result[found[0]] = found[1](child)
                    continue
                found = repeated.get(child.name)
                if found is not None:
                    items = result.get(found[0])
                    if items is None:
                        items = result[found[0]] = []
                    items.append(found[1](child))
            if attributes:
                for name, value in element.attributes.items():
                    if name in attributes:
                        result[attributes[name]] = value
            return result

        return read

    def _map(self, shape: Shape) -> Read:
        read_key, read_value = self.reader(shape.key), self.reader(shape.value)
        key_name, value_name = shape.key.location_name or "key", shape.value.location_name or "value"

        def read(element: Element) -> dict[str, Any]:
            result = {}
            for entry in element.children:
                parts = {child.name: child for child in entry.children}
                if key_name not in parts or value_name not in parts:
                    raise XmlError(f"{element.name}: an entry without key or value")
                result[read_key(parts[key_name])] = read_value(parts[value_name])
            return result

        return read


def parse_boolean(text: str) -> bool:
    """true or false, in any case. ValueError for another text."""
    lowered = text.strip().lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    raise ValueError(text)


def parse_long(text: str) -> int:
    """A decimal integer, perhaps with white space around it. ValueError for another text."""
    return parse_integer(text.strip())


def parse_32_bits(text: str) -> int:
    """An integer of 32 bits. ValueError for another text."""
    value = parse_long(text)
    if -(2**31) <= value < 2**31:
        return value
    raise ValueError(text)


CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": parse_32_bits,
    "long": parse_long,
    "float": float,
    "double": float,
    "boolean": parse_boolean,
    "timestamp": parse_timestamp,
    "blob": lambda text: base64.b64decode(text, validate=True),
}
