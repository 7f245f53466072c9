"""Conditions: how they evaluate, and against a plain evaluator (property-based)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dynamodb.expressions import Placeholders, compile_condition
from services.dynamodb.values.attribute_values import AttributeValue, Item
from services.dynamodb.values.comparison import compare, equal

ITEM: Item = {
    "s": {"S": "x"},
    "n": {"N": "5"},
    "l": {"L": [{"S": "0"}, {"N": "1"}]},
    "m": {"M": {"x": {"N": "1"}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "e": {"S": "a\U0001f600b"},
    "bo": {"BOOL": True},
    "nu": {"NULL": True},
    "bb": {"B": "YWJj"},
    "bs": {"BS": ["YWJj"]},
}


def holds(text: str, item: Item = ITEM, **values: AttributeValue) -> bool:
    placeholders = Placeholders(None, {f":{name}": value for name, value in values.items()} or None)
    return compile_condition("ConditionExpression", text, placeholders).evaluate(item)


def s(text: str) -> AttributeValue:
    return {"S": text}


def n(text: str) -> AttributeValue:
    return {"N": text}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("b <> :v", {"v": s("x")}, True),
        ("b = c", {}, False),
        ("b <> c", {}, True),
        ("not b = :v", {"v": s("x")}, True),
        ("s <> b", {}, True),
        ("n <> :v", {"v": s("x")}, True),
        ("n < :v", {"v": s("x")}, False),
        ("not n < :v", {"v": s("x")}, True),
        ("size(e) = :v", {"v": n("4")}, True),
        ("size(n) = :v", {"v": n("1")}, False),
        ("size(n) <> :v", {"v": n("1")}, True),
        ("size(m) = :v", {"v": n("1")}, True),
        ("size(bs) = :v", {"v": n("1")}, True),
        ("size(bb) = :v", {"v": n("3")}, True),
        ("size(bo) = :v", {"v": n("1")}, False),
        ("contains(l, :v)", {"v": n("1.0")}, True),
        ("contains(ns, :v)", {"v": n("2.0")}, True),
        ("contains(s, :v)", {"v": s("")}, True),
        ("contains(m, :v)", {"v": s("x")}, False),
        ("contains(ss, :v)", {"v": {"SS": ["a"]}}, False),
        ("contains(bb, :v)", {"v": {"B": "Yg=="}}, True),
        ("contains(bs, :v)", {"v": {"B": "YWJj"}}, True),
        ("contains(:v, s)", {"v": s("wxy")}, True),
        ("contains(:v, s)", {"v": {"SS": ["x"]}}, True),
        ("contains(:v, b)", {"v": {"SS": ["x"]}}, False),
        ("begins_with(bb, :v)", {"v": {"B": "YWI="}}, True),
        ("begins_with(b, :v)", {"v": s("a")}, False),
        ("begins_with(n, :v)", {"v": s("5")}, False),
        ("l = :v", {"v": {"L": [s("0"), n("1.0")]}}, True),
        ("ss = :v", {"v": {"SS": ["b", "a"]}}, True),
        ("m = :v", {"v": {"M": {"x": n("1e0")}}}, True),
        ("bo = :v", {"v": {"BOOL": True}}, True),
        ("nu = :v", {"v": {"NULL": True}}, True),
        ("b in (c, s)", {}, False),
        ("not b in (c, d)", {}, True),
        ("s in (:v, n)", {"v": s("x")}, True),
        ("n between :a and :b", {"a": n("1"), "b": n("5")}, True),
        ("n between s and b", {}, False),
        ("b between :a and :b", {"a": n("1"), "b": n("5")}, False),
        ("not b between :a and :b", {"a": n("1"), "b": n("5")}, True),
        ("attribute_type(n, :t)", {"t": s("N")}, True),
        ("attribute_type(b, :t)", {"t": s("NULL")}, False),
        ("attribute_type(nu, :t)", {"t": s("NULL")}, True),
        (":a = :b", {"a": n("1"), "b": n("1.0")}, True),
        ("m.x = :a", {"a": n("1")}, True),
        ("l[1] = :a", {"a": n("1")}, True),
        ("l[5] = :a", {"a": n("1")}, False),
        ("s.x = :a", {"a": n("1")}, False),
        ("attribute_exists(l[1])", {}, True),
        ("attribute_exists(l[2])", {}, False),
        ("attribute_not_exists(s.q)", {}, True),
        ("b = c or b = d and s = s2 or n = :v", {"v": n("5")}, True),
        ("(b = c or n = :v) and not (s = s2)", {"v": n("5")}, True),
    ],
)
def test_evaluation(text: str, values: dict[str, AttributeValue], expected: bool) -> None:
    assert holds(text, **values) is expected


def test_names_and_paths() -> None:
    placeholders = Placeholders({"#a": "a.b", "#s": "size"}, {":v": s("1")})
    text = "#a.#s[2] = :v and attribute_exists(rest)"
    condition = compile_condition("FilterExpression", text, placeholders)
    assert condition.paths == (("a.b", "size", 2), ("rest",))
    placeholders.check_all_used()
    assert condition.evaluate({"a.b": {"M": {"size": {"L": [s("0"), s("0"), s("1")]}}}, "rest": n("1")})


def test_the_same_text_with_other_values_and_types() -> None:
    for low, item, expected in [
        (n("1"), n("2"), True),
        (n("3"), n("2"), False),
        (s("a"), s("b"), True),
        (s("a"), n("2"), False),
    ]:
        assert holds("a > :low", {"a": item}, low=low) is expected


scalars = st.one_of(
    st.integers(-3, 3).map(lambda number: {"N": str(number)}),
    st.sampled_from(["", "a", "ab", "b"]).map(lambda text: {"S": text}),
    st.sampled_from(["YQ==", "YWI=", ""]).map(lambda text: {"B": text}),
)
values = st.recursive(
    st.one_of(
        scalars,
        st.booleans().map(lambda flag: {"BOOL": flag}),
        st.just({"NULL": True}),
        st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda members: {"SS": members}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda elements: {"L": elements}),
        st.dictionaries(st.sampled_from("xy"), inner, max_size=2).map(lambda members: {"M": members}),
    ),
    max_leaves=4,
)
items = st.dictionaries(st.sampled_from("pqr"), values, max_size=3)
Evaluate = Callable[[Item], bool]
PATHS = ("p", "q", "r", "p.x", "q[0]")
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def at(item: Item, path: str) -> AttributeValue | None:
    if path == "p.x":
        found: AttributeValue | None = item.get("p", {}).get("M", {}).get("x")
        return found
    if path == "q[0]":
        return next(iter(item.get("q", {}).get("L", [])), None)
    return item.get(path)


@st.composite
def comparisons(draw: st.DrawFn, constants: dict[str, AttributeValue]) -> tuple[str, Evaluate]:
    path = draw(st.sampled_from(PATHS))
    symbol = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    value = draw(values if symbol in {"=", "<>"} else scalars)
    key = f":v{len(constants)}"
    constants[key] = value

    def plain(item: Item) -> bool:
        found = at(item, path)
        if symbol in {"=", "<>"}:
            return (found is not None and equal(found, value)) == (symbol == "=")
        order = None if found is None else compare(found, value)
        return order is not None and ORDERS[symbol](order, 0)

    return f"{path} {symbol} {key}", plain


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, dict[str, AttributeValue], Evaluate]:
    constants: dict[str, AttributeValue] = {}

    def build(depth: int) -> tuple[str, Evaluate]:
        shape = draw(st.sampled_from(["leaf", "exists", "and", "or", "not"] if depth else ["leaf", "exists"]))
        if shape == "leaf":
            return draw(comparisons(constants))
        if shape == "exists":
            path = draw(st.sampled_from(PATHS))
            return f"attribute_exists({path})", lambda item: at(item, path) is not None
        text, left = build(depth - 1)
        if shape == "not":
            return f"(NOT {text})", lambda item: not left(item)
        other, right = build(depth - 1)
        if shape == "and":
            return f"({text} AND {other})", lambda item: left(item) and right(item)
        return f"({text} OR {other})", lambda item: left(item) or right(item)

    text, plain = build(3)
    return text, constants, plain


@given(conditions(), items)
def test_against_a_plain_evaluator(made: tuple[str, dict[str, AttributeValue], Evaluate], item: Item) -> None:
    text, constants, plain = made
    condition = compile_condition("FilterExpression", text, Placeholders(None, constants or None))
    assert condition.evaluate(item) == plain(item)
