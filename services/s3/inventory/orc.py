"""Inventory reports as Apache ORC files: direct encodings, in streams that are compressed with ZLIB.

In: rows of text, page after page. Out: pieces of the file: stripes, each once it is large enough, and the tail.
https://orc.apache.org/specification/ORCv1/
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from services.s3.inventory.columns import Column
from services.s3.inventory.varints import varint, zigzag

_MAGIC = b"ORC"
_ROWS_OF_STRIPE = 10_000
_BLOCK = 256 * 1024
_ZLIB = 1
_STRUCT = 12
_TYPES = MappingProxyType({"string": 7, "boolean": 0, "bigint": 4, "timestamp": 9})
_PRESENT, _DATA, _LENGTH, _SECONDARY = 0, 1, 2, 5
_EPOCH = 1_420_070_400
"""2015-01-01, from which seconds count."""
_MOST_LITERALS = 128
_WRITER_VERSION = 6  # of the files that need no reader's care


@dataclass(frozen=True, slots=True)
class _Stripe:
    """Where it begins, the bytes of its data and its footer, and its rows."""

    offset: int
    data: int
    footer: int
    rows: int


class OrcForm:
    """See the module."""

    extension = ".orc"

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._waiting: list[Sequence[str]] = []
        self._position = 0
        self._stripes: list[_Stripe] = []
        self._values = [0] * len(columns)

    @property
    def schema(self) -> str:
        return f"struct<{','.join(f'{column.file_name}:{column.type}' for column in self._columns)}>"

    def add(self, rows: Sequence[Sequence[str]]) -> bytes:
        self._waiting.extend(rows)
        return self._stripe() if len(self._waiting) >= _ROWS_OF_STRIPE else b""

    def end(self) -> bytes:
        rest = self._stripe() if self._waiting else self._begin()
        footer = _compressed(self._footer())
        tail = _postscript(len(footer))
        return rest + footer + tail + bytes((len(tail),))

    def _begin(self) -> bytes:
        if self._position:
            return b""
        self._position = len(_MAGIC)
        return _MAGIC

    def _stripe(self) -> bytes:
        begin = self._begin()
        streams, data = [], []
        for number, column in enumerate(self._columns):
            read = column.reader()
            values = [read(row[number]) for row in self._waiting]
            present = [value for value in values if value is not None]
            self._values[number] += len(present)
            found = [(_PRESENT, _bits(value is not None for value in values))] if len(present) < len(values) else []
            for kind, content in [*found, *_streams(column, present)]:
                compressed = _compressed(content)
                streams.append(_message(1, _number(1, kind) + _number(2, number + 1) + _number(3, len(compressed))))
                data.append(compressed)
        content = b"".join(data)
        direct = _message(2, _number(1, 0))
        footer = _compressed(b"".join(streams) + direct * (len(self._columns) + 1) + _message(3, b"UTC"))
        self._stripes.append(_Stripe(self._position, len(content), len(footer), len(self._waiting)))
        self._position += len(content) + len(footer)
        self._waiting = []
        return begin + content + footer

    def _footer(self) -> bytes:
        rows = sum(stripe.rows for stripe in self._stripes)
        stripes = (
            _number(1, stripe.offset)
            + _number(2, 0)
            + _number(3, stripe.data)
            + _number(4, stripe.footer)
            + _number(5, stripe.rows)
            for stripe in self._stripes
        )
        subtypes = b"".join(varint(number + 1) for number in range(len(self._columns)))
        names = b"".join(_message(3, column.file_name.encode()) for column in self._columns)
        types = (
            _number(1, _STRUCT) + _message(2, subtypes) + names,
            *(_number(1, _TYPES[c.type]) for c in self._columns),
        )
        counts = (_number(1, values) + _number(10, int(values < rows)) for values in (rows, *self._values))
        return b"".join(
            (
                _number(1, len(_MAGIC)),
                _number(2, self._position),
                *(_message(3, stripe) for stripe in stripes),
                *(_message(4, kind) for kind in types),
                _number(6, rows),
                *(_message(7, count) for count in counts),
                _number(8, 0),
            )
        )


def _streams(column: Column, values: Sequence[Any]) -> list[tuple[int, bytes]]:
    """What is stored of the values that there are."""
    match column.type:
        case "string":
            return [(_DATA, b"".join(values)), (_LENGTH, _integers(len(value) for value in values))]
        case "boolean":
            return [(_DATA, _bits(values))]
        case "bigint":
            return [(_DATA, _integers(zigzag(value) for value in values))]
        case "timestamp":
            seconds = (zigzag(value // 1000 - _EPOCH) for value in values)
            return [(_DATA, _integers(seconds)), (_SECONDARY, _integers(_nanoseconds(value) for value in values))]


def _nanoseconds(milliseconds: int) -> int:
    """The part of a second, without its zeros, whose number less one stands in the last three bits."""
    part = milliseconds % 1000 * 1_000_000
    if not part:
        return 0
    zeros = 0
    while part % 10 == 0 and zeros < 8:
        part //= 10
        zeros += 1
    return part << 3 | zeros - 1


def _integers(numbers: Iterable[int]) -> bytes:
    """Run lengths of the first version, without runs: compression finds them."""
    return _literals([varint(number) for number in numbers])


def _bits(values: Iterable[bool]) -> bytes:
    text = "".join("1" if value else "0" for value in values)
    size = (len(text) + 7) // 8
    packed = int(text.ljust(size * 8, "0") or "0", 2).to_bytes(size, "big")
    return _literals([packed[place : place + 1] for place in range(size)])


def _literals(written: Sequence[bytes]) -> bytes:
    """Up to 128 at a time, behind their number, which is negative."""
    pieces = []
    for begin in range(0, len(written), _MOST_LITERALS):
        some = written[begin : begin + _MOST_LITERALS]
        pieces.append(bytes((256 - len(some),)) + b"".join(some))
    return b"".join(pieces)


def _compressed(content: bytes) -> bytes:
    """Blocks, each behind its length, with a bit for those that are as they were."""
    pieces = []
    for begin in range(0, len(content), _BLOCK):
        block = content[begin : begin + _BLOCK]
        compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        compressed = compressor.compress(block) + compressor.flush()
        is_original = len(compressed) >= len(block)
        kept = block if is_original else compressed
        pieces.append((len(kept) << 1 | is_original).to_bytes(3, "little") + kept)
    return b"".join(pieces)


def _postscript(footer: int) -> bytes:
    return b"".join(
        (
            _number(1, footer),
            _number(2, _ZLIB),
            _number(3, _BLOCK),
            _message(4, bytes((0, 12))),
            _number(5, 0),
            _number(6, _WRITER_VERSION),
            _message(8000, _MAGIC),
        )
    )


def _number(field: int, value: int) -> bytes:
    """A field of a protocol buffer."""
    return varint(field << 3) + varint(value)


def _message(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content
