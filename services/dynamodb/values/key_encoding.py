"""Keys as bytes: what rows are found and ordered by.

In: key attributes in wire form, numbers in normal form. Out: bytes whose `memcmp` order is DynamoDB's order of the
values, and the partition hash that DynamoDB scans, splits parallel scans and breaks ties in indexes by (MD5 over the
key's bytes, observable in the order that DynamoDB returns items in).

A key of several attributes (multi-attribute index keys) is the concatenation of its parts, each closed so that no part
is a prefix of another one.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_SALT: Final = b"Outliers"
_ZERO: Final = b"\x80"
_NEGATIVE_END: Final = 102
_FULL_PAIRS: Final = 20


def encode_number(text: str) -> bytes:
    """DynamoDB's own form of a number: an exponent of 100, then a byte for each pair of digits; negative inverted."""
    if text == "0":
        return _ZERO
    if len(text) <= 2 and text.isdigit():
        return bytes((193, int(text) + 1))
    negative = text[0] == "-"
    whole, _, fraction = (text[1:] if negative else text).partition(".")
    digits = whole + fraction
    point = len(whole)
    significant = digits.lstrip("0")
    point -= len(digits) - len(significant)
    significant = significant.rstrip("0")
    if point % 2:
        significant = "0" + significant
        point += 1
    if len(significant) % 2:
        significant += "0"
    pairs = [int(significant[index : index + 2]) for index in range(0, len(significant), 2)]
    if not negative:
        return bytes([point // 2 + 192, *(pair + 1 for pair in pairs)])
    end = (_NEGATIVE_END,) if len(pairs) < _FULL_PAIRS else ()
    return bytes([63 - point // 2, *(101 - pair for pair in pairs), *end])


def encode(value: dict[str, Any]) -> bytes:
    """One key attribute's value as bytes in the order of its type."""
    text = value.get("S")
    if text is not None:
        return bytes(text, "utf-8", "surrogatepass")
    text = value.get("N")
    if text is not None:
        return encode_number(text)
    return binascii.a2b_base64(value["B"])


def encode_closed(value: dict[str, Any]) -> bytes:
    """`encode`, closed so that it can be followed by another part and still order right."""
    if "N" in value:
        return encode_number(value["N"]) + (b"\x66" if value["N"][0] == "-" else b"\x00")
    return encode(value).replace(b"\x00", b"\x00\xff") + b"\x00\x01"


def encode_parts(values: list[dict[str, Any]]) -> bytes:
    """A key of one or several attributes."""
    if len(values) == 1:
        return encode(values[0])
    return b"".join(map(encode_closed, values))


def partition_hash(*parts: bytes) -> bytes:
    """Where a partition lies in the order of a scan: 16 bytes."""
    whole = parts[0] if len(parts) == 1 else b"".join(parts)
    return hashlib.md5(_SALT + whole, usedforsecurity=False).digest()


def segment_bounds(segment: int, total_segments: int) -> tuple[bytes, bytes | None]:
    """The hashes of one segment of a parallel scan: from the first, up to but not including the second (None: all)."""
    space = 1 << 128
    low = -(-segment * space // total_segments)
    high = -(-(segment + 1) * space // total_segments)
    return low.to_bytes(16, "big"), high.to_bytes(16, "big") if high < space else None


def successor(prefix: bytes) -> bytes | None:
    """The first bytes that come after everything that begins with `prefix`; None where nothing does."""
    trimmed = prefix.rstrip(b"\xff")
    if not trimmed:
        return None
    return trimmed[:-1] + bytes([trimmed[-1] + 1])


@dataclass(slots=True)
class KeyRange:
    """Sort keys from `low`, up to but not including `high` (None: to the end)."""

    low: bytes = b""
    high: bytes | None = None

    def holds(self, sort: bytes) -> bool:
        return self.low <= sort and (self.high is None or sort < self.high)


EVERYTHING: Final = KeyRange()


def sort_range(
    operator: str | None,
    operands: list[dict[str, Any]],
    leading: Iterable[dict[str, Any]] = (),
    *,
    several: bool = False,
) -> KeyRange:
    """The sort keys that a key condition selects.

    `operator` is `=`, `<`, `<=`, `>`, `>=`, `BETWEEN`, `begins_with`, or None where only `leading` parts are given;
    `leading` are the parts before the one that the operator compares, all equal. `several` tells that the key has
    several attributes, so that its parts are closed.
    """
    if several:
        return _closed_range(operator, operands, b"".join(map(encode_closed, leading)))
    if operator is None:
        return EVERYTHING
    first = encode(operands[0])
    if operator == "begins_with":
        return KeyRange(first, successor(first))
    after = first + b"\x00"
    match operator:
        case "=":
            return KeyRange(first, after)
        case "<":
            return KeyRange(b"", first)
        case "<=":
            return KeyRange(b"", after)
        case ">":
            return KeyRange(after)
        case ">=":
            return KeyRange(first)
    return KeyRange(first, encode(operands[1]) + b"\x00")


def _closed_range(operator: str | None, operands: list[dict[str, Any]], leading: bytes) -> KeyRange:
    end = successor(leading)
    if operator is None:
        return KeyRange(leading, end)
    if operator == "begins_with":
        opened = leading + encode(operands[0]).replace(b"\x00", b"\x00\xff")
        return KeyRange(opened, successor(opened))
    first = leading + encode_closed(operands[0])
    after = successor(first)
    match operator:
        case "=":
            return KeyRange(first, after)
        case "<":
            return KeyRange(leading, first)
        case "<=":
            return KeyRange(leading, after)
        case ">":
            return KeyRange(after if after is not None else first, end)
        case ">=":
            return KeyRange(first, end)
    return KeyRange(first, successor(leading + encode_closed(operands[1])))
