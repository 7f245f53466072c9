"""XML by shape: compiled writers that append strings, for the answers of the query and the REST protocol.

In: a shape, and a value of it with the model's member names. Out: the element's text, escaped so that every parser
gives the value back (a carriage return survives only as a character reference).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from awskit.wire.model import Reference, Shape
from awskit.wire.timestamps import format_timestamp

Append = Callable[[str], None]
# write(value, append): appends the text of one element, with its tags.
Write = Callable[[Any, Append], None]
Text = Callable[[Any], str]

_NAMES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_find_special = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]').search
_replace_special = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]').sub


def escape(text: str) -> str:
    """`text` as element content or attribute value."""
    return _replace_special(_reference, text) if _find_special(text) else text


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return _NAMES.get(character) or f"&#x{ord(character):x};"


def element(name: str, text: str) -> str:
    """One element with text content."""
    return f"<{name}>{escape(text)}</{name}>"


class XmlWriters:
    """Compiles and keeps the writers of one model's shapes; `name_of` gives a reference's element name or None."""

    def __init__(self, name_of: Callable[[Reference], str | None], timestamp_format: str = "iso8601") -> None:
        self._name_of = name_of
        self._timestamp_format = timestamp_format
        self._contents: dict[str, Write] = {}

    def content(self, shape: Shape, skip: Iterable[str] = ()) -> Write:
        """The writer of a structure's members, without a surrounding element; `skip` names members to leave out."""
        skipped = frozenset(skip)
        writers = {
            name: self.writer(reference)
            for name, reference in shape.members.items()
            if name not in skipped and not reference.is_attribute and reference.location is None
        }

        def write(value: Mapping[str, Any], append: Append) -> None:
            for name, write_member in writers.items():
                item = value.get(name)
                if item is not None:
                    write_member(item, append)

        return write

    def writer(self, reference: Reference, name: str | None = None) -> Write:
        """The writer of `reference` with its tags; `name` in place of its own name."""
        shape = reference.shape
        tag = name or self._name_of(reference) or reference.name
        if shape.type == "list":
            return self._list(reference, tag)
        if shape.type == "map":
            return self._map(reference, tag)
        if shape.type == "structure":
            return self._structure(reference, tag)
        opening, closing = f"<{tag}{_namespace(reference)}>", f"</{tag}>"
        if shape.type == "string":
            find_special = _find_special

            def write_string(value: str, append: Append) -> None:
                append(f"{opening}{escape(value) if find_special(value) else value}{closing}")

            return write_string
        text = text_of(shape.type, reference.timestamp_format or self._timestamp_format)
        return lambda value, append: append(f"{opening}{text(value)}{closing}")

    def _structure(self, reference: Reference, tag: str) -> Write:
        shape = reference.shape
        start, opening, closing = f"<{tag}{_namespace(reference)}", f"<{tag}{_namespace(reference)}>", f"</{tag}>"
        attributes = [(name, member.wire_name) for name, member in shape.members.items() if member.is_attribute]
        declared = _declarations(shape)
        content = self._contents.get(shape.name)
        if content is None:
            self._contents[shape.name] = lambda value, append: self._contents[shape.name](value, append)  # noqa: PLW0108
            content = self._contents[shape.name] = self.content(shape)

        def write(value: Mapping[str, Any], append: Append) -> None:
            append(opening)
            content(value, append)
            append(closing)

        def write_with_attributes(value: Mapping[str, Any], append: Append) -> None:
            written = "".join(f' {wire}="{escape(str(value[name]))}"' for name, wire in attributes if name in value)
            append(f"{start}{declared}{written}>")
            content(value, append)
            append(closing)

        return write_with_attributes if attributes else write

    def _list(self, reference: Reference, tag: str) -> Write:
        inner = reference.shape.member
        if reference.flattened:
            write_item = self.writer(inner, self._name_of(inner) or tag)

            def write_flattened(value: Iterable[Any], append: Append) -> None:
                for item in value:
                    write_item(item, append)

            return write_flattened
        opening, closing = f"<{tag}{_namespace(reference)}>", f"</{tag}>"
        write_item = self.writer(inner, self._name_of(inner) or "member")

        def write(value: Iterable[Any], append: Append) -> None:
            append(opening)
            for item in value:
                write_item(item, append)
            append(closing)

        return write

    def _map(self, reference: Reference, tag: str) -> Write:
        shape = reference.shape
        write_key = self.writer(shape.key, self._name_of(shape.key) or "key")
        write_value = self.writer(shape.value, self._name_of(shape.value) or "value")
        flattened = reference.flattened
        entry = tag if flattened else "entry"

        def write(value: Mapping[str, Any], append: Append) -> None:
            if not flattened:
                append(f"<{tag}>")
            for key, item in value.items():
                append(f"<{entry}>")
                write_key(key, append)
                write_value(item, append)
                append(f"</{entry}>")
            if not flattened:
                append(f"</{tag}>")

        return write


def text_of(shape_type: str, timestamp_format: str) -> Text:
    """What writes a simple value as text."""
    if shape_type == "boolean":
        return lambda value: "true" if value else "false"
    if shape_type == "blob":
        return lambda value: base64.b64encode(value).decode("ascii")
    if shape_type == "timestamp":
        return lambda value: format_timestamp(value, timestamp_format)
    if shape_type == "string":
        return escape
    return str


def _namespace(reference: Reference) -> str:
    namespace = reference.xml_namespace
    # A prefix belongs to the attribute that uses it, and is declared where that attribute is written.
    return f' {namespace[0]}="{namespace[1]}"' if namespace is not None and namespace[0] == "xmlns" else ""


def _declarations(shape: Shape) -> str:
    trait = shape.traits.get("xmlNamespace")
    if isinstance(trait, dict) and trait.get("prefix"):
        return f' xmlns:{trait["prefix"]}="{trait["uri"]}"'
    return ""
