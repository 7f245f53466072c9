"""Attribute values: what is accepted, normal form of numbers, order, equality, sizes."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dynamodb.errors import ValidationException
from services.dynamodb.values.attribute_values import AttributeValue, normalize_item, normalize_value
from services.dynamodb.values.comparison import compare, equal, sort_key
from services.dynamodb.values.numbers import add_numbers, normalize_number, number_sort_key
from services.dynamodb.values.sizes import item_size, number_size, value_size

INVALID = "One or more parameter values were invalid: "
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("1e40", "1" + "0" * 40),
        ("1.50", "1.5"),
        ("-0", "0"),
        ("+1", "1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e-7", "0.0000001"),
        ("00012", "12"),
        ("1E+5", "100000"),
        ("0e500", "0"),
        ("-12.340", "-12.34"),
        ("1e-130", "0." + "0" * 129 + "1"),
        ("9.9e125", "99" + "0" * 124),
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    assert normalize_number(text) == normal


@pytest.mark.parametrize("text", [" 1", "NaN", "0x1", "1_0", "1e", "b", "--1", "1.2.3", "Infinity", "١"])
def test_not_a_number(text: str) -> None:
    with pytest.raises(ValidationException) as raised:
        normalize_number(text)
    assert raised.value.message == f"The parameter cannot be converted to a numeric value: {text}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, EMPTY),
        ({"x": ""}, EMPTY),
        ({"M": {"a": {}}}, EMPTY),
        ({"L": [{}]}, EMPTY),
        ({"NULL": False}, INVALID + "Null attribute value types must have the value of true"),
        ({"SS": []}, INVALID + "An string set  may not be empty"),
        ({"NS": []}, INVALID + "An number set  may not be empty"),
        ({"BS": []}, INVALID + "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, INVALID + "Input collection [a, a] contains duplicates."),
        ({"BS": ["Yg==", "Yg=="]}, INVALID + "Input collection [Yg==, Yg==]of type BS contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        ({"S": "", "N": ""}, "The parameter cannot be converted to a numeric value"),
        ({"S": "a", "N": "b"}, "The parameter cannot be converted to a numeric value: b"),
        ({"NS": ["1", "b"]}, "The parameter cannot be converted to a numeric value: b"),
        ({"N": "1" * 39}, "Attempting to store more than 38 significant digits in a Number"),
        ({"N": "-1." + "1" * 38}, "Attempting to store more than 38 significant digits in a Number"),
        (
            {"N": "1e126"},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            {"N": "-1e-131"},
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes",
        ),
        ({"M": {"": {"S": "a"}}}, "Empty attribute name"),
    ],
)
def test_rejected(value: AttributeValue, message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        normalize_item({"a": value})
    assert raised.value.message == message


def test_nesting_to_32_levels() -> None:
    value: AttributeValue = {"S": "x"}
    for level in range(31):
        value = {"L": [value]} if level % 2 else {"M": {"a": value}}
    assert normalize_value(value) is value
    with pytest.raises(ValidationException, match="Nesting Levels have exceeded supported limits"):
        normalize_value({"L": [value]})


def test_normal_values_are_shared_and_others_copied() -> None:
    plain: AttributeValue = {"M": {"a": {"L": [{"N": "1"}]}}}
    assert normalize_value(plain) is plain
    given_value: AttributeValue = {"M": {"a": {"L": [{"N": "1.0"}, {"NS": ["3.0", "1"]}]}, "b": {"S": "x"}}}
    normal = normalize_value(given_value)
    assert normal == {"M": {"a": {"L": [{"N": "1"}, {"NS": ["3", "1"]}]}, "b": {"S": "x"}}}
    assert given_value["M"]["a"]["L"][0] == {"N": "1.0"}


def test_empty_strings_and_binaries_are_allowed() -> None:
    item: dict[str, AttributeValue] = {"a": {"S": ""}, "b": {"B": ""}, "c": {"SS": [""]}}
    assert normalize_item(item) == item


numbers = st.builds(
    lambda digits, exponent, sign: f"{sign}{digits}e{exponent}",
    st.integers(0, 10**38 - 1),
    st.integers(-130, 80),
    st.sampled_from(["", "-", "+"]),
).filter(lambda text: _in_range(text))


def _in_range(text: str) -> bool:
    number = Decimal(text)
    return not number or -130 <= number.adjusted() <= 125


@given(numbers)
def test_normal_form_keeps_the_number(text: str) -> None:
    normal = normalize_number(text)
    assert Decimal(normal) == Decimal(text)
    assert normalize_number(normal) == normal
    assert "e" not in normal.lower()
    assert not (("." in normal) and normal.endswith("0"))


@given(numbers, numbers)
def test_order_of_numbers(first: str, second: str) -> None:
    left, right = normalize_number(first), normalize_number(second)
    expected = (Decimal(left) > Decimal(right)) - (Decimal(left) < Decimal(right))
    assert compare({"N": left}, {"N": right}) == expected
    one, other = number_sort_key(left), number_sort_key(right)
    assert (one > other) - (one < other) == expected
    assert equal({"N": left}, {"N": right}) == (expected == 0)


@given(numbers, numbers, st.booleans())
def test_sums(first: str, second: str, negate: bool) -> None:
    left, right = normalize_number(first), normalize_number(second)
    with localcontext() as context:
        context.prec = 400
        exact = Decimal(left) - Decimal(right) if negate else Decimal(left) + Decimal(right)
    try:
        found = add_numbers(left, right, negate=negate)
    except ValidationException:
        digits = len(str(exact.normalize(context).as_tuple().digits)) if exact else 0
        assert digits > 38 or not _in_range(str(exact))
    else:
        assert Decimal(found) == exact


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(texts, texts)
def test_strings_order_as_utf8(first: str, second: str) -> None:
    one, other = first.encode(), second.encode()
    assert compare({"S": first}, {"S": second}) == (one > other) - (one < other)
    assert (sort_key({"S": first}) < sort_key({"S": second})) == (one < other)


def test_binary_orders_as_unsigned_bytes() -> None:
    low, high = {"B": "fw=="}, {"B": "gA=="}  # 0x7f, 0x80
    assert compare(low, high) == -1
    assert compare(high, low) == 1
    assert compare(low, low) == 0
    assert sort_key(low) < sort_key(high)


@pytest.mark.parametrize(
    ("first", "second"),
    [({"S": "1"}, {"N": "1"}), ({"BOOL": True}, {"BOOL": False}), ({"L": []}, {"L": []}), ({"SS": ["a"]}, {"S": "a"})],
)
def test_values_without_order(first: AttributeValue, second: AttributeValue) -> None:
    assert compare(first, second) is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"NS": ["1", "2"]}, {"NS": ["2", "1"]}, True),
        ({"BS": ["YQ==", "Yg=="]}, {"BS": ["Yg==", "YQ=="]}, True),
        ({"SS": ["a"]}, {"SS": ["a", "b"]}, False),
        ({"L": [{"SS": ["a", "b"]}]}, {"L": [{"SS": ["b", "a"]}]}, True),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}, False),
        ({"M": {"x": {"SS": ["a", "b"]}}}, {"M": {"x": {"SS": ["b", "a"]}}}, True),
        ({"M": {"x": {"S": "a"}}}, {"M": {"y": {"S": "a"}}}, False),
        ({"S": "1"}, {"N": "1"}, False),
        ({"NULL": True}, {"NULL": True}, True),
        ({"BOOL": True}, {"BOOL": False}, False),
    ],
)
def test_equality(first: AttributeValue, second: AttributeValue, same: bool) -> None:
    assert equal(first, second) is same
    assert equal(second, first) is same


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("-1", 3),
        ("99", 2),
        ("123", 3),
        ("1" + "0" * 125, 2),
        ("11" + "0" * 124, 2),
        ("11111" + "0" * 121, 4),
        ("111111" + "0" * 120, 4),
        ("1111111" + "0" * 119, 5),
        ("1" * 38 + "0" * 88, 20),
        ("0.1", 2),
        ("0.001", 2),
        ("1.5", 3),
    ],
)
def test_size_of_numbers(text: str, size: int) -> None:
    assert number_size(text) == size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abÿ"}, 4),
        ({"B": "YWJj"}, 3),
        ({"B": ""}, 0),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "0"]}, 3),
        ({"BS": ["Yg==", "YWI="]}, 3),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "a"}, {"S": "bc"}]}, 8),
        ({"M": {"ab": {"S": "c"}}}, 7),
    ],
)
def test_size_of_values(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size
    assert item_size({"né": value}) == size + 3
