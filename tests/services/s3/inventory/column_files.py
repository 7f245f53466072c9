"""Reading what reports are written as: ORC and Parquet, as far as these use them, by their specifications.

https://orc.apache.org/specification/ORCv1/ and https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

Rows = list[dict[str, Any]]


class _Bytes:
    """Bytes that are read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def __bool__(self) -> bool:
        return self.at < len(self.data)

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        assert len(piece) == size
        self.at += size
        return piece

    def varint(self) -> int:
        number = shift = 0
        while True:
            (byte,) = self.take(1)
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def zigzag(self) -> int:
        number = self.varint()
        return number >> 1 ^ -(number & 1)


def parquet_rows(data: bytes) -> Rows:
    """The rows of a file of flat columns: timestamps in milliseconds since the epoch."""
    assert data[:4] == data[-4:] == b"PAR1"
    (size,) = struct.unpack("<I", data[-8:-4])
    footer = _thrift(_Bytes(data[-8 - size : -8]))
    root, *columns = footer[2]
    assert root[5] == len(columns)
    rows: Rows = []
    for group in footer.get(4, []):
        values = []
        for column, chunk in zip(columns, group[1], strict=True):
            metadata = chunk[3]
            assert (metadata[1], metadata[3], metadata[5]) == (column[1], [column[4]], group[3])
            values.append(_parquet_values(data, metadata, optional=column[3] == 1))
        names = [column[4].decode() for column in columns]
        rows.extend(dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))
    assert len(rows) == footer[3]
    return rows


def _thrift(source: _Bytes) -> dict[int, Any]:
    fields: dict[int, Any] = {}
    number = 0
    while (head := source.take(1)[0]) != 0:
        number += head >> 4
        fields[number] = _thrift_value(source, head & 15)
    return fields


def _thrift_value(source: _Bytes, kind: int) -> Any:
    match kind:
        case 5 | 6:
            return source.zigzag()
        case 8:
            return source.take(source.varint())
        case 9:
            head = source.take(1)[0]
            size = head >> 4 if head >> 4 < 15 else source.varint()
            return [_thrift_value(source, head & 15) for _ in range(size)]
        case 12:
            return _thrift(source)
    raise AssertionError(kind)


def _parquet_values(data: bytes, metadata: dict[int, Any], *, optional: bool) -> list[Any]:
    source = _Bytes(data)
    source.at = metadata[9]
    header = _thrift(source)
    page = _Bytes(zlib.decompress(source.take(header[3]), 31))
    assert source.at - metadata[9] == metadata[7]
    assert len(page.data) == header[2]
    count = header[5][1]
    present = [True] * count
    if optional:
        levels = _Bytes(page.take(struct.unpack("<I", page.take(4))[0]))
        present = []
        while levels:
            head = levels.varint()
            assert head & 1 == 0
            present += [bool(levels.take(1)[0])] * (head >> 1)
    assert len(present) == count
    rest = page.data[page.at :] if metadata[1] == 0 else b""

    def values() -> Iterator[Any]:
        for place in range(sum(present)):
            match metadata[1]:
                case 0:
                    yield bool(rest[place // 8] >> place % 8 & 1)
                case 2:
                    yield struct.unpack("<q", page.take(8))[0]
                case 6:
                    yield page.take(struct.unpack("<I", page.take(4))[0]).decode()

    found = values()
    return [next(found) if is_there else None for is_there in present]


def orc_rows(data: bytes) -> Rows:
    """The rows of a file of a struct of columns: timestamps in milliseconds since the epoch."""
    assert data[:3] == b"ORC"
    tail = _protocol_buffer(data[-1 - data[-1] : -1])
    assert (tail[2], tail[8000]) == ([1], [b"ORC"])
    end = len(data) - 1 - data[-1]
    footer = _protocol_buffer(_inflated(data[end - tail[1][0] : end]))
    root, *types = [_protocol_buffer(kind) for kind in footer[4]]
    names = [name.decode() for name in root[3]]
    rows: Rows = []
    for described in footer.get(3, []):
        stripe = {number: values[0] for number, values in _protocol_buffer(described).items()}
        begin = stripe[1]
        stripe_footer = _protocol_buffer(_inflated(data[begin + stripe[3] :][: stripe[4]]))
        streams: dict[int, dict[int, bytes]] = defaultdict(dict)
        for text in stripe_footer[1]:
            stream = {number: values[0] for number, values in _protocol_buffer(text).items()}
            streams[stream[2]][stream[1]] = _inflated(data[begin : begin + stream[3]])
            begin += stream[3]
        assert begin == stripe[1] + stripe[3]
        values = [_orc_values(kind[1][0], streams[number], stripe[5]) for number, kind in enumerate(types, 1)]
        rows.extend(dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))
    assert len(rows) == footer[6][0]
    return rows


def _protocol_buffer(data: bytes) -> dict[int, list[Any]]:
    source, fields = _Bytes(data), defaultdict(list)
    while source:
        head = source.varint()
        assert head & 7 in (0, 2)
        fields[head >> 3].append(source.varint() if head & 7 == 0 else source.take(source.varint()))
    return fields


def _inflated(data: bytes) -> bytes:
    source, pieces = _Bytes(data), []
    while source:
        head = int.from_bytes(source.take(3), "little")
        block = source.take(head >> 1)
        pieces.append(block if head & 1 else zlib.decompress(block, -15))
    return b"".join(pieces)


def _orc_values(kind: int, streams: dict[int, bytes], rows: int) -> list[Any]:
    present = _bits(streams[0], rows) if 0 in streams else [True] * rows
    count = sum(present)
    found: Iterator[Any]
    match kind:
        case 0:
            found = iter(_bits(streams[1], count))
        case 4:
            found = iter(_integers(streams[1], signed=True))
        case 7:
            source = _Bytes(streams[1])
            found = iter([source.take(size).decode() for size in _integers(streams[2], signed=False)])
        case 9:
            seconds, parts = _integers(streams[1], signed=True), _integers(streams[5], signed=False)
            found = iter(
                [
                    (second + 1_420_070_400) * 1000 + (part >> 3) * 10 ** ((part & 7) + 1 if part & 7 else 0) // 10**6
                    for second, part in zip(seconds, parts, strict=True)
                ]
            )
    values = [next(found) if is_there else None for is_there in present]
    assert next(found, None) is None
    return values


def _literals(source: _Bytes) -> Iterator[None]:
    while source:
        head = source.take(1)[0]
        assert head >= 128
        for _ in range(256 - head):
            yield


def _integers(data: bytes, *, signed: bool) -> list[int]:
    source = _Bytes(data)
    return [source.zigzag() if signed else source.varint() for _ in _literals(source)]


def _bits(data: bytes, count: int) -> list[bool]:
    source = _Bytes(data)
    packed = b"".join(source.take(1) for _ in _literals(source))
    assert len(packed) == (count + 7) // 8
    return [bool(packed[place // 8] >> 7 - place % 8 & 1) for place in range(count)]
