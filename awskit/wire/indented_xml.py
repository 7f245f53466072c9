"""XML by shape with an element to a line, as SNS's front end writes its answers.

In: a shape, how deep its members stand, and a value of it with the model's member names. Out: the members' lines, two
spaces for each level. What is empty is one element (`<Failed/>`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from awskit.wire.model import Reference, Shape
from awskit.wire.xml_writer import Append, Write, text_of

_STEP = "  "


class IndentedXmlWriters:
    """Compiles the writers of one model's shapes; `name_of` gives a reference's element name or None.

    `orders` are the members of shapes that are written in another order than the model's, by the shape's name.
    """

    def __init__(
        self, name_of: Callable[[Reference], str | None], orders: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._name_of = name_of
        self._orders = orders or {}

    def content(self, shape: Shape, depth: int) -> Write:
        """The writer of a structure's members, without a surrounding element."""
        names = self._orders.get(shape.name) or tuple(shape.members)
        writers = tuple((name, self._element(shape.members[name], depth)) for name in names)

        def write(value: Mapping[str, Any], append: Append) -> None:
            for name, write_member in writers:
                item = value.get(name)
                if item is not None:
                    write_member(item, append)

        return write

    def _element(self, reference: Reference, depth: int, name: str | None = None) -> Write:
        shape = reference.shape
        tag = name or self._name_of(reference) or reference.name
        if shape.type == "structure":
            return _around(tag, depth, self.content(shape, depth + 1))
        if shape.type == "list":
            return _around(tag, depth, self._items(shape, depth + 1))
        if shape.type == "map":
            return _around(tag, depth, self._entries(shape, depth + 1))
        text = text_of(shape.type, reference.timestamp_format or "iso8601")
        opening, closing = f"{_STEP * depth}<{tag}>", f"</{tag}>\n"
        return lambda value, append: append(f"{opening}{text(value)}{closing}")

    def _items(self, shape: Shape, depth: int) -> Write:
        write_item = self._element(shape.member, depth, self._name_of(shape.member) or "member")

        def write(value: Iterable[Any], append: Append) -> None:
            for item in value:
                write_item(item, append)

        return write

    def _entries(self, shape: Shape, depth: int) -> Write:
        write_key = self._element(shape.key, depth + 1, self._name_of(shape.key) or "key")
        write_value = self._element(shape.value, depth + 1, self._name_of(shape.value) or "value")
        opening, closing = f"{_STEP * depth}<entry>\n", f"{_STEP * depth}</entry>\n"

        def write(value: Mapping[str, Any], append: Append) -> None:
            for key, item in value.items():
                append(opening)
                write_key(key, append)
                write_value(item, append)
                append(closing)

        return write


def _around(tag: str, depth: int, write_content: Write) -> Write:
    pad = _STEP * depth
    opening, closing, empty = f"{pad}<{tag}>\n", f"{pad}</{tag}>\n", f"{pad}<{tag}/>\n"

    def write(value: Any, append: Append) -> None:
        if not value:
            append(empty)
            return
        append(opening)
        write_content(value, append)
        append(closing)

    return write
