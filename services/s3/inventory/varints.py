"""Numbers of as few bytes as they need, as Thrift, Protocol Buffers and ORC write them. Pure."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def zigzag(number: int) -> int:
    """A signed number of 64 bits as one that is not negative, small ones staying small."""
    return number << 1 ^ number >> 63
