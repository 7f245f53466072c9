"""Projections, placeholders, and parameters that exclude each other."""

from __future__ import annotations

from typing import Any

import pytest

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import (
    Placeholders,
    check_parameters,
    compile_condition,
    compile_projection,
)
from services.dynamodb.values.attribute_values import Item

ITEM: Item = {
    "s": {"S": "x"},
    "l": {"L": [{"S": "0"}, {"M": {"a": {"N": "1"}, "b": {"N": "2"}}}, {"S": "2"}]},
    "m": {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"N": "2"}, "w": {"N": "3"}}}}},
}


@pytest.mark.parametrize(
    ("text", "projected"),
    [
        ("s", {"s": {"S": "x"}}),
        ("s, zz", {"s": {"S": "x"}}),
        ("zz, m.q, l[9], s.x, s.y", {}),
        ("m.y.z", {"m": {"M": {"y": {"M": {"z": {"N": "2"}}}}}}),
        ("m.x, m.y.w", {"m": {"M": {"x": {"N": "1"}, "y": {"M": {"w": {"N": "3"}}}}}}),
        ("l[2], l[0]", {"l": {"L": [{"S": "0"}, {"S": "2"}]}}),
        ("l[1].b", {"l": {"L": [{"M": {"b": {"N": "2"}}}]}}),
    ],
)
def test_projection(text: str, projected: Item) -> None:
    assert compile_projection(text, Placeholders()).apply(ITEM) == projected


def message(text: str, names: dict[str, str] | None = None) -> str:
    with pytest.raises(ValidationException) as raised:
        compile_projection(text, Placeholders(names))
    return raised.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "The expression can not be empty;"),
        (" ", 'Syntax error; token: "<EOF>", near: " "'),
        ("size(a)", 'Syntax error; token: "(", near: "size(a"'),
        (":a", 'Syntax error; token: ":a", near: ":a"'),
        ("a,,b", 'Syntax error; token: ",", near: ",,b"'),
        ("(a)", 'Syntax error; token: "(", near: "(a"'),
        ("a.abORt", "Attribute name is a reserved keyword; reserved keyword: abORt"),
        ("a,b,a,#a", "An expression attribute name used in the document path is not defined; attribute name: #a"),
        ("x[100000000000]", "List index is not within the allowable range; index: [100000000000]"),
    ],
)
def test_errors(text: str, expected: str) -> None:
    assert message(text) == f"Invalid ProjectionExpression: {expected}"


@pytest.mark.parametrize(
    ("text", "how", "one", "two"),
    [
        ("b[1], b.a, #a.b, a", "overlap", "[a, b]", "[a]"),
        ("a, #a[1]", "overlap", "[a]", "[a, [1]]"),
        ("a.b.c[0], a.b", "overlap", "[a, b, c, [0]]", "[a, b]"),
        ("a.b, #a[1], b", "conflict", "[a, b]", "[a, [1]]"),
        ("a[3].b, #a.#b.b", "conflict", "[a, [3], b]", "[a, [3], b]"),
    ],
)
def test_paths_that_clash(text: str, how: str, one: str, two: str) -> None:
    names = {"#a": "a"} | ({"#b": "[3]"} if "#b" in text else {})
    assert message(text, names) == (
        f"Invalid ProjectionExpression: Two document paths {how} with each other; "
        f"must remove or rewrite one of these paths; path one: {one}, path two: {two}"
    )


@pytest.mark.parametrize(
    ("names", "values", "expected"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        ({"a": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        ({"#": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        ({"#a b": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a b"'),
        (None, {"a": {"S": "a"}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "a"'),
        (
            {"#" + "a" * 255: "a"},
            None,
            "ExpressionAttributeNames contains invalid key: "
            "The expression attribute map contains a key that is too long; size of key: 256",
        ),
        ({"#a": ""}, None, "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"),
        (
            {"#a": "x" * 65536},
            None,
            "ExpressionAttributeNames contains invalid value: "
            "Attribute name is too large, must be less than 65536 bytes for key #a",
        ),
        (
            None,
            {":a": {"N": "b"}},
            "ExpressionAttributeValues contains invalid value: "
            "The parameter cannot be converted to a numeric value: b for key :a",
        ),
        (
            None,
            {":a": {}},
            "ExpressionAttributeValues contains invalid value: "
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :a",
        ),
    ],
)
def test_placeholders_that_are_refused(names: Any, values: Any, expected: str) -> None:
    with pytest.raises(ValidationException) as raised:
        Placeholders(names, values)
    assert raised.value.message == expected


def test_unused_placeholders() -> None:
    placeholders = Placeholders({"#a": "a", "#b": "b", "#c": "c"}, {":v": {"S": "x"}, ":w": {"S": "x"}})
    compile_condition("ConditionExpression", "#a = :v", placeholders)
    compile_projection("#c", placeholders)
    with pytest.raises(ValidationException) as raised:
        placeholders.check_all_used()
    assert raised.value.message == "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"
    compile_projection("#b", placeholders)
    with pytest.raises(ValidationException) as raised:
        placeholders.check_all_used()
    assert raised.value.message == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"
    compile_condition("FilterExpression", "a = :w", placeholders)
    placeholders.check_all_used()


LEGACY = ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions")
EXPRESSIONS = ("ProjectionExpression", "FilterExpression", "KeyConditionExpression")


@pytest.mark.parametrize(
    ("input", "expected"),
    [
        (
            {"KeyConditions": {}, "AttributesToGet": ["a"], "FilterExpression": "", "ProjectionExpression": ""},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet, KeyConditions} "
            "Expression parameters: {ProjectionExpression, FilterExpression}",
        ),
        (
            {"ExpressionAttributeNames": {}, "ExpressionAttributeValues": {}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": {}},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression and KeyConditionExpression are null",
        ),
    ],
)
def test_parameters_that_exclude_each_other(input: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationException) as raised:
        check_parameters(input, legacy=LEGACY, expressions=EXPRESSIONS)
    assert raised.value.message == expected


def test_parameters_that_go_together() -> None:
    check_parameters({"QueryFilter": {}, "KeyConditions": {}}, legacy=LEGACY, expressions=EXPRESSIONS)
    check_parameters(
        {"FilterExpression": "a = b", "ExpressionAttributeNames": {}}, legacy=LEGACY, expressions=EXPRESSIONS
    )
    with pytest.raises(ValidationException, match=r"ConditionExpression is null$"):
        check_parameters({"ExpressionAttributeValues": {}}, legacy=(), expressions=("ConditionExpression",))
