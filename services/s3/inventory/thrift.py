"""Thrift's compact protocol, as far as Parquet's metadata needs it: values, each with its type. Pure.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from services.s3.inventory.varints import varint, zigzag

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12

Value: TypeAlias = tuple[int, bytes]
"""A type and what is written of a value."""

_SHORT_LIST = 15


def i32(number: int) -> Value:
    return I32, varint(zigzag(number))


def i64(number: int) -> Value:
    return I64, varint(zigzag(number))


def text(content: str) -> Value:
    encoded = content.encode()
    return BINARY, varint(len(encoded)) + encoded


def sequence(kind: int, values: Sequence[Value]) -> Value:
    """A list of values of one type."""
    short = len(values) < _SHORT_LIST
    head = bytes((len(values) << 4 | kind,)) if short else bytes((0xF0 | kind,)) + varint(len(values))
    return LIST, head + b"".join(written for _, written in values)


def structure(*fields: tuple[int, Value]) -> Value:
    """A struct of fields by their numbers, which grow by less than 16 each."""
    pieces = []
    before = 0
    for number, (kind, written) in fields:
        pieces.append(bytes((number - before << 4 | kind,)) + written)
        before = number
    return STRUCT, b"".join(pieces) + b"\0"
