"""Integers in texts of clients, which may have any number of digits, of any script.

In: a text. Out: an int. Raised: ValueError, for everything but ASCII digits (with a sign where one is allowed), for
more digits than asked for, and for more than 64 bits where no number of digits is asked for: Python's own `int` also
takes `1_0`, ` 5 ` and digits of other scripts, and refuses 4,301 digits with an error that nobody expects.
"""

from __future__ import annotations

LONG_DIGITS = 19
"""As many as an integer of 64 bits has."""

LONG_MOST = 2**63 - 1
"""The largest such integer: more no database takes."""

_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def is_natural(text: str, least: int, most: int) -> bool:
    """Whether `text` is a decimal number without a sign, from `least` to `most`."""
    return len(text) <= LONG_DIGITS and text.isascii() and text.isdigit() and least <= int(text) <= most


def parse_natural(text: str, most_digits: int = LONG_DIGITS) -> int:
    """A decimal number without a sign."""
    if len(text) <= most_digits and text.isascii() and text.isdigit():
        number = int(text)
        if number <= LONG_MOST or most_digits > LONG_DIGITS:
            return number
    raise ValueError(f"not a number of at most {most_digits} digits: {text[:64]!r}")


def parse_integer(text: str, most_digits: int = LONG_DIGITS) -> int:
    """A decimal number, with or without a sign."""
    if text[:1] == "-":
        return -parse_natural(text[1:], most_digits)
    return parse_natural(text[1:] if text[:1] == "+" else text, most_digits)


def parse_hexadecimal(text: str, most_digits: int = 16) -> int:
    """A hexadecimal number without a sign or prefix."""
    if 0 < len(text) <= most_digits and _HEXADECIMAL.issuperset(text):
        return int(text, 16)
    raise ValueError(f"not a hexadecimal number of at most {most_digits} digits: {text[:64]!r}")
