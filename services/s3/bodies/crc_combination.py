"""The CRC of a whole from those of its parts.

In: CRCs as numbers, and lengths in bytes. Out: the CRC of the bytes joined. It takes a few microseconds for each part,
so that nobody has to hold `awscrt` in memory (5 MB) for it.

A CRC is a polynomial over GF(2), modulo the algorithm's own, with its coefficients reflected: the highest bit is that
of x^0. Appending n bytes multiplies what was there by x^(8n).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

# Each algorithm's width and its polynomial, without the term of the highest degree.
_POLYNOMIALS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "CRC32": (32, 0xEDB88320),
        "CRC32C": (32, 0x82F63B78),
        "CRC64NVME": (64, 0x9A6C9329AC4BC9B5),
    }
)


def combined(algorithm: str, first: int, second: int, second_length: int) -> int:
    """The CRC of bytes of CRC `first`, followed by `second_length` bytes of CRC `second`."""
    width, polynomial = _POLYNOMIALS[algorithm]
    return _product(first, _power(algorithm, 8 * second_length), width, polynomial) ^ second


@lru_cache(maxsize=256)
def _power(algorithm: str, exponent: int) -> int:
    """x^exponent: an upload's parts are mostly of one length."""
    width, polynomial = _POLYNOMIALS[algorithm]
    square = 1 << (width - 2)  # x^1
    result = 1 << (width - 1)  # x^0
    while exponent:
        if exponent & 1:
            result = _product(result, square, width, polynomial)
        square = _product(square, square, width, polynomial)
        exponent >>= 1
    return result


def _product(one: int, other: int, width: int, polynomial: int) -> int:
    result = 0
    term = 1 << (width - 1)
    while one:
        if one & term:
            result ^= other
            one ^= term
        other = (other >> 1) ^ polynomial if other & 1 else other >> 1
        term >>= 1
    return result
