"""Amazon Ion's binary form, as imports read it.

In: a document. Out: its structs, as `ion.read_structs` gives those of a text. Raised: `IonError`.
https://amazon-ion.github.io/ion-docs/docs/binary.html
https://amazon-ion.github.io/ion-docs/docs/symbols.html
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from services.dynamodb.transfers.ion import SET_ANNOTATIONS, IonError, as_set
from services.dynamodb.values.attribute_values import AttributeValue, Item

VERSION_MARKER: Final = b"\xe0\x01\x00\xea"

_SYSTEM_SYMBOLS: Final = (
    *("", "$ion", "$ion_1_0", "$ion_symbol_table", "name", "version"),
    *("imports", "symbols", "max_id", "$ion_shared_symbol_table"),
)
_SYMBOL_TABLE: Final = 3
_DEEPEST: Final = 100
_MOST_SYMBOLS: Final = 1_000_000
_NULL: Final = 15
_LENGTH_FOLLOWS: Final = 14
_SORTED_STRUCT: Final = 1
_NO_TYPE: Final = {6: "a timestamp", 7: "a symbol", 9: "a clob"}


def is_binary(content: bytes) -> bool:
    """Whether a document begins as a binary one."""
    return content.startswith(VERSION_MARKER)


def read_structs(content: bytes) -> Iterator[Item]:
    """The structs at the top of a document, each as an item."""
    reader = _Reader(content)
    while not reader.at_end():
        value = reader.top_value()
        if value is None:
            continue
        if "M" not in value:
            raise IonError("a value that is no struct")
        yield value["M"]


class _Reader:
    """Recursive descent over one document; `_end` is where what is being read ends."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._end = len(content)
        self._symbols = list(_SYSTEM_SYMBOLS)

    def at_end(self) -> bool:
        return self._at >= self._end

    def top_value(self) -> AttributeValue | None:
        """The next value at the top; None for a version marker, padding or a symbol table, which is taken in."""
        if self._content.startswith(VERSION_MARKER, self._at):
            self._at += len(VERSION_MARKER)
            self._symbols = list(_SYSTEM_SYMBOLS)
            return None
        start = self._at
        if self._is_symbol_table():
            self._take_symbol_table()
            return None
        self._at = start
        return self._value(0)

    def _value(self, depth: int) -> AttributeValue | None:
        """The next value; None where it is padding."""
        if depth > _DEEPEST:
            raise IonError("values are nested too deep")
        kind, end, is_null = self._descriptor()
        if kind == 0 and not is_null:
            self._at = end
            return None
        if kind == 14:
            return self._annotated(depth, end)
        if is_null:
            return {"NULL": True}
        if kind in _NO_TYPE:
            raise IonError(f"{_NO_TYPE[kind]}, which DynamoDB has no type for")
        if kind in (11, 12):
            return {"L": [value for value in self._elements(depth, end) if value is not None]}
        if kind == 13:
            return {"M": self._members(depth, end)}
        return self._scalar(kind, end)

    def _scalar(self, kind: int, end: int) -> AttributeValue:
        if kind == 1:
            return {"BOOL": self._at == end + 1}  # the length is the value
        content = self._content[self._at : end]
        if kind in (2, 3):
            number = int.from_bytes(content, "big")
            self._at = end
            return {"N": str(-number if kind == 3 else number)}
        if kind == 4:
            self._at = end
            return {"N": _float(content)}
        if kind == 5:
            return {"N": self._decimal(end)}
        self._at = end
        if kind == 8:
            try:
                return {"S": content.decode()}
            except UnicodeDecodeError:
                raise IonError("a string that is not UTF-8") from None
        if kind == 10:
            return {"B": base64.b64encode(content).decode("ascii")}
        raise IonError(f"a value of the unknown type {kind}")

    def _annotated(self, depth: int, end: int) -> AttributeValue:
        annotations = self._annotation_ids(end)
        value = self._value(depth + 1)
        if value is None or self._at != end:
            raise IonError("an annotation of nothing")
        for number in annotations:
            kind = SET_ANNOTATIONS.get(self._symbol(number))
            if kind is not None:
                return as_set(kind, value)
        return value

    def _annotation_ids(self, end: int) -> list[int]:
        length = self._unsigned(end)
        last = self._at + length
        if last > end:
            raise IonError("annotations that do not end")
        numbers = []
        while self._at < last:
            numbers.append(self._unsigned(last))
        return numbers

    def _elements(self, depth: int, end: int) -> Iterator[AttributeValue | None]:
        outer, self._end = self._end, end
        while self._at < end:
            yield self._value(depth + 1)
        self._end = outer

    def _members(self, depth: int, end: int) -> Item:
        outer, self._end = self._end, end
        members: Item = {}
        while self._at < end:
            name = self._symbol(self._unsigned(end))
            value = self._value(depth + 1)
            if value is not None:
                members[name] = value
        self._end = outer
        return members

    def _descriptor(self) -> tuple[int, int, bool]:
        """The next value's type, where it ends, and whether it is a null."""
        if self._at >= self._end:
            raise IonError("a value that does not end")
        byte = self._content[self._at]
        self._at += 1
        kind, length = byte >> 4, byte & 15
        if length == _NULL:
            return kind, self._at, True
        if kind == 1:
            if length > 1:
                raise IonError("a bool that is neither true nor false")
            return kind, self._at - length, False
        if length == _LENGTH_FOLLOWS or (kind == 13 and length == _SORTED_STRUCT):
            length = self._unsigned(self._end)
        end = self._at + length
        if end > self._end:
            raise IonError("a value that does not end")
        return kind, end, False

    def _unsigned(self, end: int) -> int:
        """A VarUInt."""
        number = 0
        while self._at < end:
            byte = self._content[self._at]
            self._at += 1
            number = number << 7 | byte & 0x7F
            if byte & 0x80:
                return number
            if number > 1 << 56:
                break
        raise IonError("a number that does not end")

    def _decimal(self, end: int) -> str:
        if self._at == end:
            return "0"
        first = self._content[self._at]
        sign = -1 if first & 0x40 else 1
        exponent = first & 0x3F
        self._at += 1
        if not first & 0x80:
            while True:
                if self._at >= end or exponent > 1 << 40:
                    raise IonError("an exponent that does not end")
                byte = self._content[self._at]
                self._at += 1
                exponent = exponent << 7 | byte & 0x7F
                if byte & 0x80:
                    break
        content = self._content[self._at : end]
        self._at = end
        negative = bool(content) and content[0] & 0x80 != 0
        digits = bytes([content[0] & 0x7F]) + content[1:] if content else b""
        if len(digits) > 64:
            raise IonError("a decimal with more digits than DynamoDB has")
        coefficient = int.from_bytes(digits, "big")
        return str(Decimal((int(negative), tuple(map(int, str(coefficient))), sign * exponent)))

    def _symbol(self, number: int) -> str:
        if not 0 < number < len(self._symbols):
            raise IonError(f"the symbol {number}, which no table has")
        return self._symbols[number]

    # Symbol tables

    def _is_symbol_table(self) -> bool:
        kind, end, is_null = self._descriptor()
        return kind == 14 and not is_null and self._annotation_ids(end)[:1] == [_SYMBOL_TABLE]

    def _take_symbol_table(self) -> None:
        """The struct of a local symbol table, whose annotations have been read."""
        kind, end, is_null = self._descriptor()
        if kind != 13:
            raise IonError("a symbol table that is no struct")
        symbols, keeps = [], False
        while not is_null and self._at < end:
            name = self._symbol(self._unsigned(end))
            if name == "symbols":
                symbols = self._symbol_list(end)
            elif name == "imports":
                keeps = self._keeps_symbols(end)
            else:
                _, self._at, _ = self._descriptor()
        self._symbols = [*(self._symbols if keeps else _SYSTEM_SYMBOLS), *symbols]
        if len(self._symbols) > _MOST_SYMBOLS:
            raise IonError("too many symbols")

    def _symbol_list(self, end: int) -> list[str]:
        outer, self._end = self._end, end
        value: Any = self._value(1) or {}
        self._end = outer
        return [element.get("S", "") for element in value.get("L", ())]

    def _keeps_symbols(self, end: int) -> bool:
        """Whether the table goes on from the one before. Raises IonError where it needs a shared one."""
        kind, last, is_null = self._descriptor()
        content = self._content[self._at : last]
        self._at = last
        if is_null or (kind == 11 and not content):
            return False
        if kind == 7 and int.from_bytes(content, "big") == _SYMBOL_TABLE:
            return True
        raise IonError("shared symbol tables, which are not in the document")


def _float(content: bytes) -> str:
    if len(content) not in (0, 4, 8):
        raise IonError("a float of an unknown size")
    number = 0.0 if not content else struct.unpack(">f" if len(content) == 4 else ">d", content)[0]
    if not math.isfinite(number):
        raise IonError("a float that is no number")
    return repr(number)
