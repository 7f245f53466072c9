"""Inventory reports as Apache Parquet files: plain values in pages that are compressed with GZIP.

In: rows of text, page after page. Out: pieces of the file: row groups, each once it is large enough, and the footer.
https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any

from services.s3.inventory import thrift
from services.s3.inventory.columns import Column
from services.s3.inventory.thrift import i32, i64, sequence, structure, text
from services.s3.inventory.varints import varint

_MAGIC = b"PAR1"
_ROWS_OF_GROUP = 10_000
_BOOLEAN, _INT64, _BYTE_ARRAY = 0, 2, 6
_TYPES = MappingProxyType({"string": _BYTE_ARRAY, "boolean": _BOOLEAN, "bigint": _INT64, "timestamp": _INT64})
_UTF8, _TIMESTAMP_MILLIS = 0, 9
_CONVERTED = MappingProxyType({"string": _UTF8, "timestamp": _TIMESTAMP_MILLIS})
_REQUIRED, _OPTIONAL = 0, 1
_GZIP = 2
_PLAIN, _RLE = 0, 3
_DATA_PAGE = 0
_SCHEMA_TYPES = MappingProxyType(
    {
        "string": ("binary", " (UTF8)"),
        "boolean": ("boolean", ""),
        "bigint": ("int64", ""),
        "timestamp": ("int64", " (TIMESTAMP_MILLIS)"),
    }
)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A column of a row group: where it begins, and its sizes in bytes."""

    offset: int
    uncompressed: int
    compressed: int


class ParquetForm:
    """See the module."""

    extension = ".parquet"

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._waiting: list[Sequence[str]] = []
        self._position = 0
        self._groups: list[tuple[int, list[_Chunk]]] = []

    @property
    def schema(self) -> str:
        fields = []
        for column in self._columns:
            kind, annotation = _SCHEMA_TYPES[column.type]
            repetition = "required" if column.is_required else "optional"
            fields.append(f"{repetition} {kind} {column.file_name}{annotation};")
        return f"message s3.inventory {{ {' '.join(fields)} }}"

    def add(self, rows: Sequence[Sequence[str]]) -> bytes:
        self._waiting.extend(rows)
        return self._group() if len(self._waiting) >= _ROWS_OF_GROUP else b""

    def end(self) -> bytes:
        rest = self._group() if self._waiting else self._begin()
        footer = self._footer()
        return rest + footer + struct.pack("<I", len(footer)) + _MAGIC

    def _begin(self) -> bytes:
        return self._placed(_MAGIC) if self._position == 0 else b""

    def _placed(self, piece: bytes) -> bytes:
        self._position += len(piece)
        return piece

    def _group(self) -> bytes:
        pieces = [self._begin()]
        chunks = []
        for number, column in enumerate(self._columns):
            read = column.reader()
            values = [read(row[number]) for row in self._waiting]
            offset = self._position
            page = _page(column, values)
            compressed = _compressed(page)
            header = _page_header(len(values), len(page), len(compressed))
            pieces.append(self._placed(header + compressed))
            chunks.append(_Chunk(offset, len(header) + len(page), len(header) + len(compressed)))
        self._groups.append((len(self._waiting), chunks))
        self._waiting = []
        return b"".join(pieces)

    def _footer(self) -> bytes:
        root = structure((4, text("s3.inventory")), (5, i32(len(self._columns))))
        elements = [root, *(_element(column) for column in self._columns)]
        groups = [self._row_group(rows, chunks) for rows, chunks in self._groups]
        return structure(
            (1, i32(1)),
            (2, sequence(thrift.STRUCT, elements)),
            (3, i64(sum(rows for rows, _ in self._groups))),
            (4, sequence(thrift.STRUCT, groups)),
            (6, text("RustStack")),
        )[1]

    def _row_group(self, rows: int, chunks: Sequence[_Chunk]) -> thrift.Value:
        described = []
        for column, chunk in zip(self._columns, chunks, strict=True):
            metadata = structure(
                (1, i32(_TYPES[column.type])),
                (2, sequence(thrift.I32, [i32(_PLAIN), i32(_RLE)])),
                (3, sequence(thrift.BINARY, [text(column.file_name)])),
                (4, i32(_GZIP)),
                (5, i64(rows)),
                (6, i64(chunk.uncompressed)),
                (7, i64(chunk.compressed)),
                (9, i64(chunk.offset)),
            )
            described.append(structure((2, i64(chunk.offset)), (3, metadata)))
        total = sum(chunk.uncompressed for chunk in chunks)
        return structure((1, sequence(thrift.STRUCT, described)), (2, i64(total)), (3, i64(rows)))


def _element(column: Column) -> thrift.Value:
    fields = [
        (1, i32(_TYPES[column.type])),
        (3, i32(_REQUIRED if column.is_required else _OPTIONAL)),
        (4, text(column.file_name)),
    ]
    if column.type in _CONVERTED:
        fields.append((6, i32(_CONVERTED[column.type])))
    return structure(*fields)


def _page_header(values: int, uncompressed: int, compressed: int) -> bytes:
    data_page = structure((1, i32(values)), (2, i32(_PLAIN)), (3, i32(_RLE)), (4, i32(_RLE)))
    return structure((1, i32(_DATA_PAGE)), (2, i32(uncompressed)), (3, i32(compressed)), (5, data_page))[1]


def _page(column: Column, values: Sequence[Any]) -> bytes:
    present = [value for value in values if value is not None]
    levels = b"" if column.is_required else _levels(values)
    match column.type:
        case "string":
            return levels + b"".join(struct.pack("<I", len(value)) + value for value in present)
        case "boolean":
            bits = "".join("1" if value else "0" for value in reversed(present))
            return levels + int(bits or "0", 2).to_bytes((len(present) + 7) // 8, "little")
        case _:
            return levels + struct.pack(f"<{len(present)}q", *present)


def _levels(values: Sequence[Any]) -> bytes:
    """Which values there are: runs of ones and zeros."""
    runs = b"".join(
        varint(sum(1 for _ in run) << 1) + bytes((is_there,))
        for is_there, run in groupby(value is not None for value in values)
    )
    return struct.pack("<I", len(runs)) + runs


def _compressed(page: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return compressor.compress(page) + compressor.flush()
