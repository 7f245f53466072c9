"""Key conditions: what a key takes, and how they fit a key schema."""

from __future__ import annotations

from typing import Any

import pytest

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import (
    KeyCondition,
    KeyConditions,
    KeyTerm,
    Placeholders,
    compile_key_condition,
    compile_key_conditions,
)
from services.dynamodb.values.attribute_values import AttributeValue

VALUES: dict[str, AttributeValue] = {
    ":a": {"S": "a"},
    ":n": {"N": "1"},
    ":m": {"N": "2"},
    ":l": {"L": []},
    ":e": {"S": ""},
    ":x": {"B": ""},
}
TYPES = {"h": "S", "r": "N", "s": "S", "t": "S", "b": "B"}
INVALID = "One or more parameter values were invalid: "
A, N, M = VALUES[":a"], VALUES[":n"], VALUES[":m"]


def compiled(text: str, *, index: bool = False) -> KeyConditions:
    return compile_key_condition(text, Placeholders({"#h": "h"}, VALUES), index=index)


def fitted(text: str, *sort: str) -> KeyCondition:
    return compiled(text).for_schema(["h"], sort, TYPES)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("h = :a", KeyCondition((A,), (), None)),
        (":a = #h", KeyCondition((A,), (), None)),
        ("(h = :a) and (r = :n)", KeyCondition((A,), (N,), None)),
        ("r < :n and h = :a", KeyCondition((A,), (), KeyTerm("r", "<", (N,)))),
        ("h = :a and :n < r", KeyCondition((A,), (), KeyTerm("r", ">", (N,)))),
        ("h = :a and :n >= r", KeyCondition((A,), (), KeyTerm("r", "<=", (N,)))),
        ("h = :a and r between :n and :m", KeyCondition((A,), (), KeyTerm("r", "BETWEEN", (N, M)))),
    ],
)
def test_fits(text: str, condition: KeyCondition) -> None:
    assert fitted(text, "r") == condition


def test_begins_with() -> None:
    assert fitted("h = :a and begins_with(s, :a)", "s").sort == KeyTerm("s", "begins_with", (A,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h = :a or r = :n", "Invalid operator used in KeyConditionExpression: OR"),
        ("h = :a and not r = :n", "Invalid operator used in KeyConditionExpression: NOT"),
        ("h = :a and r <> :n", "Invalid operator used in KeyConditionExpression: <>"),
        ("h in (:a)", "Invalid operator used in KeyConditionExpression: IN"),
        ("attribute_exists(h)", "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ("h = :a and contains(r, :n)", "Invalid operator used in KeyConditionExpression: contains"),
        (
            "h = :a and :n between r and :n",
            "Invalid condition in KeyConditionExpression: "
            "BETWEEN operator must have the key attribute as its first operand",
        ),
        (
            "begins_with(:a, h)",
            "Invalid condition in KeyConditionExpression: "
            "begins_with operator must have the key attribute as its first operand",
        ),
        ("h = r", "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"),
        (":a = :a", "Invalid condition in KeyConditionExpression: No key attribute specified"),
        ("size(h) = :n", "KeyConditionExpressions cannot contain nested operations"),
        ("h.x = :a", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("h = :a and h > :a", "KeyConditionExpressions must only contain one condition per key"),
        ("h = :a and r = :n and s = :a", "Conditions can be of length 1 or 2 only"),
        ("h = :a b", 'Invalid KeyConditionExpression: Syntax error; token: "b", near: ":a b"'),
        (
            "h = :zz",
            "Invalid KeyConditionExpression: "
            "An expression attribute value used in expression is not defined; attribute value: :zz",
        ),
    ],
)
def test_what_no_key_takes(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        compiled(text).terms()
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("text", "sort", "message"),
    [
        ("h > :a", ["r"], "Query key condition not supported"),
        ("h between :a and :a", ["r"], "Query key condition not supported"),
        ("h = :a and r = :n", [], "Query key condition not supported"),
        ("r = :n", ["r"], "Query condition missed key schema element: h"),
        ("h = :a and s = :a", ["r"], "Query condition missed key schema element: r"),
        ("h = :n", ["r"], INVALID + "Condition parameter type does not match schema type"),
        ("h = :a and r = :l", ["r"], INVALID + "Condition parameter type does not match schema type"),
        (
            "h = :e",
            ["r"],
            "One or more parameter values are not valid. "
            "The AttributeValue for a key attribute cannot contain an empty string value. Key: h",
        ),
        (
            "h = :a and b = :x",
            ["b"],
            "One or more parameter values are not valid. "
            "The AttributeValue for a key attribute cannot contain an empty binary value. Key: b",
        ),
    ],
)
def test_what_does_not_fit(text: str, sort: list[str], message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        fitted(text, *sort)
    assert raised.value.message == message


def test_keys_of_several_attributes() -> None:
    text = "h = :a and s = :a and r = :n and t > :a"
    condition = compiled(text, index=True).for_schema(["h", "s"], ["r", "t"], TYPES)
    assert condition == KeyCondition((A, A), (N,), KeyTerm("t", ">", (A,)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h = :a and r = :n", "Query condition missed key schema element: s"),
        ("h = :a and s = :a and t = :a", "Query condition missed key schema element: r"),
        ("h = :a and s = :a and r > :n and t = :a", "Query key condition not supported"),
        ("h = :a and s > :a", "Query key condition not supported"),
    ],
)
def test_keys_of_several_attributes_that_do_not_fit(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        compiled(text, index=True).for_schema(["h", "s"], ["r", "t"], TYPES)
    assert raised.value.message == message


def legacy(**conditions: tuple[str, list[AttributeValue]]) -> KeyConditions:
    return compile_key_conditions(
        {
            name: {"ComparisonOperator": operator, "AttributeValueList": values}
            for name, (operator, values) in conditions.items()
        }
    )


def test_legacy_key_conditions() -> None:
    condition = legacy(h=("EQ", [A]), r=("BETWEEN", [{"N": "1.0"}, M])).for_schema(["h"], ["r"], TYPES)
    assert condition == KeyCondition((A,), (), KeyTerm("r", "BETWEEN", (N, M)))


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"h": ("NE", [A])}, "Attempted conditional constraint is not an indexable operation"),
        ({"h": ("NULL", [])}, "Attempted conditional constraint is not an indexable operation"),
        ({"h": ("EQ", [A]), "r": ("IN", [N])}, "Attempted conditional constraint is not an indexable operation"),
        ({"h": ("GT", [A])}, "Query key condition not supported"),
        ({"h": ("EQ", [])}, INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator"),
        ({"h": ("EQ", [{}])}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({}, "Conditions can be of length 1 or 2 only"),
        (
            {"h": ("EQ", [A]), "r": ("EQ", [N]), "s": ("EQ", [A])},
            "Conditions can be of length 1 or 2 only",
        ),
    ],
)
def test_legacy_key_conditions_that_are_refused(conditions: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        legacy(**conditions).for_schema(["h"], ["r"], TYPES)
    assert raised.value.message == message
