"""Integers as clients write them: their digits are counted before anything is made of them."""

from __future__ import annotations

import pytest

from awskit.bounds.integers import is_natural, parse_hexadecimal, parse_integer, parse_natural


def test_integers() -> None:
    assert [parse_integer(text) for text in ("0", "7", "-7", "+7", "007", str(2**63 - 1))] == [
        0,
        7,
        -7,
        7,
        7,
        2**63 - 1,
    ]
    assert parse_natural("12", 2) == 12
    assert parse_natural("1" * 40, 40) == int("1" * 40)
    assert [parse_hexadecimal(text) for text in ("0", "ff", "FF", "0010", "f" * 16)] == [0, 255, 255, 16, 2**64 - 1]


@pytest.mark.parametrize(
    "text",
    ["", "-", "+", "1_0", " 5", "5\n", "1.0", "1e3", "٣", "²", "--1", str(2**63), "9" * 19, "9" * 20, "9" * 5000],
)
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(ValueError, match="not a number of at most 19 digits"):
        parse_integer(text)
    assert not is_natural(text, 0, 2**63 - 1)


@pytest.mark.parametrize("text", ["", "-40", "+5", "0x10", "1_0", " 1", "g", "f" * 17, "٣", "1" * 5000])
def test_what_is_no_hexadecimal_integer(text: str) -> None:
    with pytest.raises(ValueError, match="not a hexadecimal number"):
        parse_hexadecimal(text)


def test_bounds() -> None:
    assert is_natural("5", 5, 5)
    assert not is_natural("4", 5, 5)
    assert not is_natural("-5", -9, 9)
