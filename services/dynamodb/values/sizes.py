"""How many bytes attribute values and items have, by DynamoDB's count.

In: values in normal form.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AttributeValue = Mapping[str, Any]


def utf8_length(text: str) -> int:
    """Bytes of `text` in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def item_size(item: Mapping[str, AttributeValue]) -> int:
    """Bytes of names and values.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    total = 0
    for name, value in item.items():
        total += len(name) if name.isascii() else utf8_length(name)
        text = value.get("S")
        if text is None:
            total += value_size(value)
        else:
            total += len(text) if text.isascii() else utf8_length(text)
    return total


def value_size(value: AttributeValue) -> int:
    """Bytes of one value, without its name."""
    kind, content = next(iter(value.items()))
    if kind == "S":
        return len(content) if content.isascii() else utf8_length(content)
    if kind == "N":
        return number_size(content)
    if kind == "B":
        return binary_length(content)
    if kind == "M":
        return 3 + len(content) + item_size(content)
    if kind == "L":
        return 3 + len(content) + sum(map(value_size, content))
    if kind == "SS":
        return sum(map(utf8_length, content))
    if kind == "NS":
        return sum(map(number_size, content))
    if kind == "BS":
        return sum(map(binary_length, content))
    return 1


def number_size(text: str) -> int:
    """One byte for sign and exponent, one for each pair of significant digits, one more for negative numbers.

    Pairs are aligned to the decimal point, as DynamoDB stores base-100 digits.
    """
    if text == "0":
        return 1
    if text.isdigit():
        return min((((len(text) & 1) + len(text.rstrip("0")) + 1) >> 1) + 1, 21)
    negative = text[0] == "-"
    whole, _, fraction = (text[1:] if negative else text).partition(".")
    if len(whole) & 1:
        whole = "0" + whole
    if len(fraction) & 1:
        fraction += "0"
    digits = whole + fraction
    first = (len(digits) - len(digits.lstrip("0"))) // 2
    last = (len(digits.rstrip("0")) + 1) // 2
    return min(last - first + 1 + negative, 21)


def binary_length(text: str) -> int:
    """Bytes that the base64 `text` stands for."""
    return len(text) * 3 // 4 - (text.endswith("=") + text.endswith("=="))
