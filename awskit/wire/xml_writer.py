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
from awskit.wire.timestamps import format_timestamp, iso8601_milliseconds, iso8601_seconds

Append = Callable[[str], None]
# write(value, append): appends the text of one element, with its tags.
Write = Callable[[Any, Append], None]
Text = Callable[[Any], str]

ISO8601_SECONDS = "iso8601-seconds"
"""ISO 8601 to the whole second, written with three zeros after it."""

_find_special = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]').search
_CONTROLS = tuple(chr(code) for code in (*range(9), 0xB, 0xC, *range(0xE, 0x20), 0xFFFE, 0xFFFF))


SPECIAL = frozenset(b'&<>"\r\xef' + bytes(range(9)) + b"\x0b\x0c" + bytes(range(0xE, 0x20)))
"""Bytes of a text in UTF-8 without which `escape` changes nothing in it."""


class Named(dict[str, Any]):
    """A structure in a flattened list that is written as an element of another name than the list's (`tag`)."""

    __slots__ = ("tag",)

    def __init__(self, tag: str, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self.tag = tag


class Written(str):
    """A flattened list that is written already, element by element: by who has a thousand of a form that it knows."""

    __slots__ = ()


def escape(text: str) -> str:
    """`text` as element content or attribute value; a character that XML has not, as the reference that AWS writes."""
    return _escaped(text) if _find_special(text) else text


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    if not text.isprintable():
        text = text.replace("\r", "&#13;")
        for control in _CONTROLS:  # one after the other: a function called for each of a million would take long
            if control in text:
                text = text.replace(control, f"&#x{ord(control):x};")
    return text


def element(name: str, text: str) -> str:
    """One element with text content."""
    return f"<{name}>{escape(text)}</{name}>"


# A structure's member: name, tags and text where it is simple, and the writer of it as an element.
_Member = tuple[str, str, str, Text | None, Write]


class XmlWriters:
    """Compiles and keeps the writers of one model's shapes; `name_of` gives a reference's element name or None.

    `timestamp_format` is what timestamps have that the model gives none: `iso8601`, or `ISO8601_SECONDS`.
    """

    def __init__(self, name_of: Callable[[Reference], str | None], timestamp_format: str = "iso8601") -> None:
        self._name_of = name_of
        self._timestamp_format = timestamp_format
        self._compiled: dict[str, tuple[_Member, ...]] = {}

    def content(self, shape: Shape, skip: Iterable[str] = ()) -> Write:
        """The writer of a structure's members, without a surrounding element; `skip` names members to leave out."""
        return _members_writer(self._members(shape, frozenset(skip)), "", "")

    def _members(self, shape: Shape, skip: frozenset[str] = frozenset()) -> tuple[_Member, ...]:
        if skip or shape.name not in self._compiled:
            members = tuple(
                (name, *self._member(reference))
                for name, reference in shape.members.items()
                if name not in skip and not reference.is_attribute and reference.location is None
            )
            if skip:
                return members
            self._compiled[shape.name] = members
        return self._compiled[shape.name]

    def _member(self, reference: Reference) -> tuple[str, str, Text | None, Write]:
        """Tags and text function of a simple member, and its writer; of another, only the writer counts."""
        if reference.shape.type in ("list", "map", "structure"):
            return "", "", None, self.writer(reference)
        tag = self._name_of(reference) or reference.name
        return f"<{tag}{_namespace(reference)}>", f"</{tag}>", self._text(reference), self.writer(reference)

    def _text(self, reference: Reference) -> Text:
        return text_of(reference.shape.type, reference.timestamp_format or self._timestamp_format)

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
        opening, closing, text = f"<{tag}{_namespace(reference)}>", f"</{tag}>", self._text(reference)
        return lambda value, append: append(f"{opening}{text(value)}{closing}")

    def _structure(self, reference: Reference, tag: str) -> Write:
        shape = reference.shape
        start, opening, closing = f"<{tag}{_namespace(reference)}", f"<{tag}{_namespace(reference)}>", f"</{tag}>"
        attributes = [(name, member.wire_name) for name, member in shape.members.items() if member.is_attribute]
        declared = _declarations(shape)
        write = _members_writer(self._members(shape), opening, closing)
        if not attributes:
            return write
        content = _members_writer(self._members(shape), "", closing)

        def write_with_attributes(value: Mapping[str, Any], append: Append) -> None:
            written = "".join(f' {wire}="{escape(str(value[name]))}"' for name, wire in attributes if name in value)
            append(f"{start}{declared}{written}>")
            content(value, append)

        return write_with_attributes

    def _list(self, reference: Reference, tag: str) -> Write:
        inner = reference.shape.member
        if reference.flattened:
            write_item = self.writer(inner, self._name_of(inner) or tag)

            def write_flattened(value: Iterable[Any], append: Append) -> None:
                if type(value) is Written:
                    append(value)
                    return
                for item in value:
                    if type(item) is Named:
                        self.writer(inner, item.tag)(item, append)
                    else:
                        write_item(item, append)

            return write_flattened
        opening, closing = f"<{tag}{_namespace(reference)}>", f"</{tag}>"
        empty = _self_closed(opening)
        write_item = self.writer(inner, self._name_of(inner) or "member")

        def write(value: Iterable[Any], append: Append) -> None:
            if not value:
                append(empty)
                return
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
            if not flattened and not value:
                append(f"<{tag}/>")
                return
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


def _members_writer(members: tuple[_Member, ...], opening: str, closing: str) -> Write:
    """The writer of a structure. A listing passes here a thousand times: simple members are written in place."""
    find_special = _find_special
    empty = _self_closed(opening)

    def write(value: Mapping[str, Any], append: Append) -> None:
        if not value and opening:
            append(empty)
            return
        append(opening)
        get = value.get
        for name, start, end, text, write_member in members:
            item = get(name)
            if item is None:
                continue
            if text is escape:
                append(f"{start}{_escaped(item) if find_special(item) else item}{end}")
            elif text is not None:
                append(f"{start}{text(item)}{end}")
            else:
                write_member(item, append)
        append(closing)

    return write


def _self_closed(opening: str) -> str:
    """An element without content, as AWS writes it."""
    return f"{opening[:-1]}/>"


def text_of(shape_type: str, timestamp_format: str) -> Text:
    """What writes a simple value as text."""
    if shape_type == "boolean":
        return lambda value: "true" if value else "false"
    if shape_type == "blob":
        return lambda value: base64.b64encode(value).decode("ascii")
    if shape_type == "timestamp":
        if timestamp_format == "iso8601":
            return iso8601_milliseconds
        if timestamp_format == ISO8601_SECONDS:
            return iso8601_seconds
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
