"""Items in files: DynamoDB JSON (one to a line), CSV and Ion, text and binary.

In: a binary file and how it is formatted. Out: records, one at a time; one that cannot be read is a `Malformed`. Where
a file as a whole cannot be read on, a `Malformed` is its last record.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final

import orjson

from awskit.errors import AwsError
from services.dynamodb.transfers import ion, ion_binary
from services.dynamodb.transfers.input_objects import UNREADABLE
from services.dynamodb.values.attribute_values import Item, normalize_item
from services.dynamodb.wire.attribute_values import parse_attribute_value

LONGEST_LINE: Final = 4 * 1024 * 1024
"""In bytes, or CSV's characters: an item of 400 KB, each of its characters escaped."""

_TOO_LONG: Final = f"The line is longer than {LONGEST_LINE} bytes"
_BLOCK: Final = 64 * 1024
_LARGEST_ION: Final = 16 * 1024 * 1024  # it is read whole; exports write files of half of it
_NO_SPACE: Final = re.compile(r"\S")
_CONDITION_MEMBERS: Final = ("ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues")


@dataclass(frozen=True, slots=True)
class Record:
    """An item, with its numbers in normal form. `size` is what the file had it in, in bytes; `condition` are the
    parameters of a condition that the record has beside its item."""

    item: Item
    size: int
    condition: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that is no item; `text` is what the file had."""

    reason: str
    text: str
    size: int


@dataclass(frozen=True, slots=True)
class Format:
    """DYNAMODB_JSON, ION or CSV; `types` are the attribute definitions, which CSV's columns go by.

    `with_conditions`: a record may have the parameters of a condition beside its item, and nothing else.
    """

    name: str
    types: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    headers: tuple[str, ...] = ()
    with_conditions: bool = False


def read_records(file: IO[bytes], format: Format) -> Iterator[Record | Malformed]:
    """The records of a file, in order."""
    readers = {"CSV": _read_csv, "ION": _read_ion, "DYNAMODB_JSON": _read_json}
    try:
        yield from readers[format.name](file, format)
    except UNREADABLE as error:
        yield Malformed(f"The object cannot be read: {error}", "", 0)


def _read_json(file: IO[bytes], format: Format) -> Iterator[Record | Malformed]:
    for line in _lines(file):
        if isinstance(line, int):
            yield Malformed(_TOO_LONG, "", line)
            continue
        for text in _json_texts(line):
            yield _json_record(text, format)


def _lines(file: IO[bytes]) -> Iterator[bytes | int]:
    """The lines of a file, read in blocks; of one that is too long its size. Millions of empty ones cost next to
    nothing."""
    kept = b""
    while block := file.read(_BLOCK):
        kept = kept + block if kept else block.lstrip()
        start = 0
        while (end := kept.find(b"\n", start)) >= 0:
            yield kept[start : end + 1]
            start = end + 1
        kept = kept[start:]
        if len(kept) > LONGEST_LINE:
            size, kept = _pass_over_line(file, len(kept))
            yield size
    if kept:
        yield kept


def _pass_over_line(file: IO[bytes], size: int) -> tuple[int, bytes]:
    """The size of the whole line of which `size` bytes have been read, and what of the next one has been."""
    while block := file.read(_BLOCK):
        end = block.find(b"\n") + 1
        if end:
            return size + end, block[end:]
        size += len(block)
    return size, b""


def _json_texts(line: bytes) -> Iterator[bytes]:
    """The JSON texts of a line: one as a rule, but several may follow each other. What is none is the last."""
    rest = line.strip()
    if not rest:
        return
    try:
        orjson.loads(rest)
    except ValueError:
        decoder = json.JSONDecoder()
        text = rest.decode("utf-8", "surrogateescape")
        start = 0
        while start < len(text):
            try:
                _, end = decoder.raw_decode(text, start)
            except (ValueError, RecursionError):
                end = len(text)
            yield text[start:end].encode("utf-8", "surrogateescape")
            start = len(text) if (found := _NO_SPACE.search(text, end)) is None else found.start()
    else:
        yield line


def _json_record(text: bytes, format: Format) -> Record | Malformed:
    try:
        members = orjson.loads(text)
        if not isinstance(members, dict) or not isinstance(members.get("Item"), dict):
            raise ValueError('the line is no JSON object with an "Item"')
        item = {name: parse_attribute_value(value) for name, value in members["Item"].items()}
        condition = _condition_of(members) if format.with_conditions else {}
        return Record(normalize_item(item), len(text), condition)
    except AwsError as error:
        return Malformed(error.message, text.decode("utf-8", "replace").rstrip("\n"), len(text))
    except ValueError as error:
        return Malformed(str(error), text.decode("utf-8", "replace").rstrip("\n"), len(text))


def _condition_of(members: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: member for name, member in members.items() if name != "Item"}
    _check_condition_members(found)
    values = found.get("ExpressionAttributeValues")
    if values is not None:
        if not isinstance(values, dict):
            raise ValueError("ExpressionAttributeValues is no JSON object")
        found["ExpressionAttributeValues"] = {name: parse_attribute_value(value) for name, value in values.items()}
    return found


def _check_condition_members(members: Mapping[str, Any]) -> None:
    """A member that is not understood may be a condition: the item must not be written without it."""
    for name in members:
        if name not in _CONDITION_MEMBERS:
            raise ValueError(f"an unknown member: {name}")


def _read_ion(file: IO[bytes], format: Format) -> Iterator[Record | Malformed]:
    content = file.read(_LARGEST_ION + 1)
    if len(content) > _LARGEST_ION:
        yield Malformed(f"An object of Ion has more than {_LARGEST_ION} bytes", "", len(content))
        return
    read = 0
    try:
        binary = ion_binary.is_binary(content)
        for members in ion_binary.read_structs(content) if binary else ion.read_structs(content.decode()):
            read += 1
            try:
                yield _ion_record(members, format, len(content) if read == 1 else 0)
            except AwsError as error:
                yield Malformed(error.message, ion.write_item(members), 0)
            except ValueError as error:
                yield Malformed(str(error), ion.write_item(members), 0)
    except ion.IonError as error:
        yield Malformed(str(error), "", 0 if read else len(content))


def _ion_record(members: Item, format: Format, size: int) -> Record:
    item = members.get("Item", {}).get("M")
    if item is None:
        raise ValueError('a struct without an "Item"')
    condition = _ion_condition(members) if format.with_conditions else {}
    return Record(normalize_item(item), size, condition)


def _ion_condition(members: Item) -> dict[str, Any]:
    found = {name: member for name, member in members.items() if name != "Item"}
    _check_condition_members(found)
    condition: dict[str, Any] = {}
    if "ConditionExpression" in found:
        condition["ConditionExpression"] = found["ConditionExpression"].get("S", "")
    if "ExpressionAttributeNames" in found:
        names = found["ExpressionAttributeNames"].get("M", {})
        condition["ExpressionAttributeNames"] = {name: value.get("S", "") for name, value in names.items()}
    if "ExpressionAttributeValues" in found:
        condition["ExpressionAttributeValues"] = found["ExpressionAttributeValues"].get("M", {})
    return condition


def _read_csv(file: IO[bytes], format: Format) -> Iterator[Record | Malformed]:
    lines = _CountedLines(file)
    rows = csv.reader(lines, delimiter=format.delimiter, strict=True)
    headers = format.headers
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Malformed(str(error), "", lines.take())
            return
        if not row:
            continue
        if not headers:
            headers = tuple(row)
            lines.take()
            continue
        yield _csv_record(headers, row, format, lines.take())


def _csv_record(headers: tuple[str, ...], row: list[str], format: Format, size: int) -> Record | Malformed:
    if len(row) != len(headers):
        return Malformed("The number of columns does not match the headers", format.delimiter.join(row), size)
    item: Item = {name: {format.types.get(name, "S"): text} for name, text in zip(headers, row, strict=True)}
    try:
        return Record(normalize_item({name: parse_attribute_value(value) for name, value in item.items()}), size)
    except AwsError as error:
        return Malformed(error.message, format.delimiter.join(row), size)


class _CountedLines(Iterator[str]):
    """Lines of text, and how many bytes have been read since it was asked last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._lines = io.TextIOWrapper(file, "utf-8-sig", newline="")
        self._size = 0

    def __next__(self) -> str:
        line = self._lines.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self._size += len(line.encode())
        if len(line) > LONGEST_LINE:
            raise csv.Error(_TOO_LONG)
        return line

    def take(self) -> int:
        size, self._size = self._size, 0
        return size
