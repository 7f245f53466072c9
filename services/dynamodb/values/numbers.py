"""Numbers: their normal form, sums, and bytes in their order.

In and out: texts; every function but `normalize_number` takes numbers in normal form.
Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from typing import Final

from services.dynamodb.errors import ValidationException

MAXIMUM_DIGITS: Final = 38
_NOT_NUMERIC: Final = "The parameter cannot be converted to a numeric value"
_TOO_PRECISE: Final = "Attempting to store more than 38 significant digits in a Number"
_OVERFLOW: Final = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_UNDERFLOW: Final = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
_NUMBER: Final = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,10}))?")


def normalize_number(text: str, too_precise: str = _TOO_PRECISE) -> str:
    """The number as DynamoDB returns it: plain notation, no leading or trailing zeros, at most 38 digits.

    `too_precise` is the text about more digits.
    """
    if len(text) <= MAXIMUM_DIGITS and text.isdecimal() and text.isascii() and text[0] != "0":
        return text
    if text == "0":
        return text
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValidationException(f"{_NOT_NUMERIC}: {text}" if text else _NOT_NUMERIC)
    sign, whole, fraction, only_fraction, exponent = match.groups()
    after = fraction or only_fraction or ""
    digits = ((whole or "") + after).lstrip("0")
    if not digits:
        return "0"
    point = int(exponent or 0) - len(after)
    significant = digits.rstrip("0")
    point += len(digits) - len(significant)
    return ("-" if sign == "-" else "") + _plain(significant, point, too_precise)


def _plain(digits: str, point: int, too_precise: str) -> str:
    """`digits` times ten to the power of `point`, checked for DynamoDB's precision and range."""
    if len(digits) > MAXIMUM_DIGITS:
        raise ValidationException(too_precise)
    magnitude = len(digits) + point - 1
    if magnitude > 125:
        raise ValidationException(_OVERFLOW)
    if magnitude < -130:
        raise ValidationException(_UNDERFLOW)
    if point >= 0:
        return digits + "0" * point
    if magnitude >= 0:
        return f"{digits[:point]}.{digits[point:]}"
    return "0." + "0" * (-magnitude - 1) + digits


def add_numbers(first: str, second: str, *, negate: bool = False) -> str:
    """`first + second` (`first - second` where `negate`), exact.

    Raises `ValidationException` where it leaves the range or has more than 38 digits.
    """
    if len(first) < 18 and len(second) < 18:
        try:
            return str(int(first) - int(second) if negate else int(first) + int(second))
        except ValueError:
            pass  # at least one has a fraction
    with localcontext() as context:
        context.prec = 260  # both operands' whole range: 126 digits before the point and 130 after it
        left, right = Decimal(first), Decimal(second)
        # DynamoDB's sums overflow where they have too many digits
        return normalize_number(f"{left - right if negate else left + right:f}", too_precise=_OVERFLOW)


def number_sort_key(text: str) -> bytes:
    """Bytes that order as the numbers do: sign, exponent, then decimal digits (complemented for negative numbers)."""
    if text == "0":
        return b"\x80"
    negative = text[0] == "-"
    whole, _, fraction = text.lstrip("-").partition(".")
    if whole == "0":
        digits = fraction.lstrip("0")
        magnitude = len(digits) - len(fraction) - 1
    else:
        digits = whole + fraction
        magnitude = len(whole) - 1
    digits = digits.rstrip("0")
    pairs = [int(digits[index : index + 2].ljust(2, "0")) + 1 for index in range(0, len(digits), 2)]
    # 131 (1e-130 is the smallest) keeps the exponent in 1..256, so it is split over two bytes.
    body = (magnitude + 131).to_bytes(2, "big") + bytes(pairs) + b"\x00"
    if negative:
        return b"\x40" + bytes(255 - byte for byte in body)
    return b"\xc0" + body
