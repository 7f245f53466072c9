"""The legacy parameters: Expected, filters, AttributeUpdates, AttributesToGet."""

from __future__ import annotations

from typing import Any

import pytest

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import (
    check_conditional_operator,
    compile_attribute_updates,
    compile_attributes_to_get,
    compile_expected,
    compile_legacy_filter,
)
from services.dynamodb.values.attribute_values import AttributeValue, Item

ITEM: Item = {
    "s": {"S": "x"},
    "n": {"N": "5"},
    "l": {"L": [{"S": "0"}]},
    "ss": {"SS": ["a", "b"]},
}
INVALID = "One or more parameter values were invalid: "
S: AttributeValue = {"S": "x"}
N: AttributeValue = {"N": "5.0"}


@pytest.mark.parametrize(
    ("name", "operator", "values", "expected"),
    [
        ("s", "EQ", [S], True),
        ("n", "EQ", [N], True),
        ("ss", "EQ", [{"SS": ["b", "a"]}], True),
        ("b", "NE", [S], True),
        ("n", "NE", [S], True),
        ("s", "NE", [S], False),
        ("b", "NULL", [], True),
        ("s", "NOT_NULL", [], True),
        ("n", "LT", [{"N": "6"}], True),
        ("n", "LE", [N], True),
        ("n", "GT", [N], False),
        ("n", "GE", [N], True),
        ("n", "GE", [S], False),
        ("b", "LT", [S], False),
        ("s", "CONTAINS", [S], True),
        ("ss", "CONTAINS", [{"S": "a"}], True),
        ("l", "CONTAINS", [{"S": "0"}], True),
        ("s", "NOT_CONTAINS", [{"S": "y"}], True),
        ("n", "NOT_CONTAINS", [S], True),
        ("b", "NOT_CONTAINS", [S], False),
        ("s", "BEGINS_WITH", [{"S": ""}], True),
        ("s", "IN", [{"S": "y"}, S], True),
        ("b", "IN", [S], False),
        ("n", "BETWEEN", [{"N": "1"}, {"N": "5"}], True),
        ("n", "BETWEEN", [{"N": "6"}, {"N": "7"}], False),
    ],
)
def test_filters(name: str, operator: str, values: list[AttributeValue], expected: bool) -> None:
    filters = {name: {"ComparisonOperator": operator, "AttributeValueList": values}}
    condition = compile_legacy_filter(filters)
    assert condition.evaluate(ITEM) is expected
    assert condition.paths == ((name,),)
    assert compile_expected(filters).evaluate(ITEM) is expected


def test_conditional_operator() -> None:
    filters = {
        "s": {"ComparisonOperator": "EQ", "AttributeValueList": [S]},
        "n": {"ComparisonOperator": "EQ", "AttributeValueList": [S]},
    }
    assert not compile_legacy_filter(filters).evaluate(ITEM)
    assert not compile_legacy_filter(filters, "AND").evaluate(ITEM)
    assert compile_legacy_filter(filters, "OR").evaluate(ITEM)
    assert compile_legacy_filter({}).evaluate(ITEM)
    check_conditional_operator("OR", filters)
    with pytest.raises(ValidationException, match="can only be used when Filter or Expected has two or more elements"):
        check_conditional_operator("OR", {"s": filters["s"]})
    with pytest.raises(ValidationException, match="cannot be used without Filter or Expected"):
        check_conditional_operator("OR", {})


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ({"Value": S}, True),
        ({"Value": S, "Exists": True}, True),
        ({"Exists": False}, False),
        ({"ComparisonOperator": "EQ", "Value": S}, True),
        ({"ComparisonOperator": "NOT_NULL"}, True),
        ({"ComparisonOperator": "IN", "AttributeValueList": [S]}, True),
    ],
)
def test_expected(expected: dict[str, Any], holds: bool) -> None:
    assert compile_expected({"s": expected}).evaluate(ITEM) is holds


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({}, "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
        ({"Exists": False, "Value": S}, "Value cannot be used when Exists is false for Attribute: a"),
        (
            {"ComparisonOperator": "LT"},
            "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a",
        ),
        (
            {"Exists": True, "ComparisonOperator": "LT"},
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"AttributeValueList": [S], "Value": S, "ComparisonOperator": "LT"},
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"AttributeValueList": [S]},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"AttributeValueList": [], "ComparisonOperator": "EQ"},
            "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            {"Value": S, "ComparisonOperator": "NULL"},
            "Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
        (
            {"Value": S, "ComparisonOperator": "BETWEEN"},
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            {"AttributeValueList": [S, N], "ComparisonOperator": "IN"},
            "AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            {"AttributeValueList": [{"BOOL": True}], "ComparisonOperator": "LT"},
            "ComparisonOperator LT is not valid for BOOL AttributeValue type",
        ),
        (
            {"AttributeValueList": [{"L": []}], "ComparisonOperator": "CONTAINS"},
            "ComparisonOperator CONTAINS is not valid for L AttributeValue type",
        ),
        (
            {"AttributeValueList": [N], "ComparisonOperator": "BEGINS_WITH"},
            "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
    ],
)
def test_expected_that_is_refused(expected: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        compile_expected({"a": expected})
    assert raised.value.message == INVALID + message


def test_bounds_in_the_wrong_order() -> None:
    with pytest.raises(ValidationException) as raised:
        compile_expected({"a": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"S": "b"}, {"S": "a"}]}})
    assert raised.value.message == (
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
    )


@pytest.mark.parametrize(
    ("updates", "changed"),
    [
        ({"s": {"Value": {"S": "new"}}}, {"s": {"S": "new"}}),
        ({"q": {"Action": "PUT", "Value": {"N": "1.0"}}}, {"q": {"N": "1"}}),
        ({"s": {"Action": "DELETE"}}, {"s": None}),
        ({"n": {"Action": "ADD", "Value": {"N": "1"}}}, {"n": {"N": "6"}}),
        ({"q": {"Action": "ADD", "Value": {"N": "1"}}}, {"q": {"N": "1"}}),
        ({"l": {"Action": "ADD", "Value": {"L": [S]}}}, {"l": {"L": [{"S": "0"}, S]}}),
        ({"ss": {"Action": "ADD", "Value": {"SS": ["c", "a"]}}}, {"ss": {"SS": ["a", "b", "c"]}}),
        ({"ss": {"Action": "DELETE", "Value": {"SS": ["a"]}}}, {"ss": {"SS": ["b"]}}),
        ({"ss": {"Action": "DELETE", "Value": {"SS": ["a", "b"]}}}, {"ss": None}),
        ({"q": {"Action": "DELETE", "Value": {"SS": ["a"]}}}, {}),
    ],
)
def test_attribute_updates(updates: dict[str, Any], changed: dict[str, Any]) -> None:
    update = compile_attribute_updates(updates)
    expected = {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
    assert update.apply(ITEM) == expected
    assert update.touched == set(updates)


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "PUT"}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "ADD", "Value": S}, INVALID + "ADD action is not supported for the type S"),
        ({"Action": "DELETE", "Value": N}, INVALID + "DELETE action with value is not supported for the type N"),
        ({"Value": {}}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"Value": {"N": "x"}}, "The parameter cannot be converted to a numeric value: x"),
    ],
)
def test_attribute_updates_that_are_refused(update: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        compile_attribute_updates({"a": update})
    assert raised.value.message == message


@pytest.mark.parametrize(
    "update",
    [
        {"n": {"Action": "DELETE", "Value": {"NS": ["5"]}}},
        {"n": {"Action": "ADD", "Value": {"NS": ["5"]}}},
        {"l": {"Action": "ADD", "Value": {"N": "1"}}},
    ],
)
def test_types_that_do_not_go_together(update: dict[str, Any]) -> None:
    with pytest.raises(ValidationException) as raised:
        compile_attribute_updates(update).apply(ITEM)
    assert raised.value.message == "Type mismatch for attribute to update"


def test_attributes_to_get() -> None:
    projection = compile_attributes_to_get(["s", "zz", "a.b"])
    assert projection.apply({**ITEM, "a.b": S}) == {"s": S, "a.b": S}
    with pytest.raises(ValidationException) as raised:
        compile_attributes_to_get(["a", "b", "a"])
    assert raised.value.message == INVALID + "Duplicate value in attribute name: a"
