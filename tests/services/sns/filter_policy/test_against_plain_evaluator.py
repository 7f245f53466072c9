"""Property tests: the compiled policies say what the plain evaluator of AWS's documentation says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sns.filter_policy import (
    MESSAGE_ATTRIBUTES,
    MESSAGE_BODY,
    FilterPolicyError,
    attribute_values,
    body_values,
    compile_filter_policy,
)
from tests.services.sns.filter_policy import plain_evaluator

NAMES = ["a", "b", "c", "d"]
# Few and alike, so that policies and messages meet.
TEXTS = st.sampled_from(["", "x", "xy", "XY", "yx", "x-y", "10.0.0.1", "10.0.1.7", "1", "true", 'é"\\'])
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([-2.5, 0.5, 1.0, 2.5, 301.5]))
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())


def numeric_terms() -> st.SearchStrategy[list[Any]]:
    single = st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), NUMBERS).map(list)
    bounds = st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1])
    between = st.tuples(st.sampled_from([">", ">="]), st.sampled_from(["<", "<="]), bounds).map(
        lambda terms: [terms[0], terms[2][0], terms[1], terms[2][1]]
    )
    return st.one_of(single, between)


def one_or_more(texts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(texts, st.lists(texts, min_size=1, max_size=3))


SOME_TEXT = TEXTS.filter(bool)
EXPRESSIONS = st.one_of(
    st.fixed_dictionaries({"prefix": TEXTS}),
    st.fixed_dictionaries({"suffix": TEXTS}),
    st.fixed_dictionaries({"equals-ignore-case": TEXTS}),
    st.fixed_dictionaries({"cidr": st.sampled_from(["10.0.0.0/24", "10.0.0.0/8", "::/0", "10.0.0.1/31"])}),
    st.fixed_dictionaries({"numeric": numeric_terms()}),
    st.fixed_dictionaries({"exists": st.booleans()}),
    st.fixed_dictionaries({"anything-but": one_or_more(TEXTS)}),
    st.fixed_dictionaries({"anything-but": one_or_more(NUMBERS)}),
    st.fixed_dictionaries({"exactly": TEXTS}),
    st.fixed_dictionaries({"wildcard": st.sampled_from(["*", "x*", "*y", "x*y", "*-*", "*x*y*", "x"])}),
    st.fixed_dictionaries({"anything-but": st.fixed_dictionaries({"prefix": SOME_TEXT})}),
)
CONDITIONS = st.lists(st.one_of(SCALARS, EXPRESSIONS), min_size=1, max_size=3)


def policies(*, nested: bool) -> st.SearchStrategy[dict[str, Any]]:
    members: Any = CONDITIONS
    if nested:
        members = st.one_of(CONDITIONS, st.dictionaries(st.sampled_from(NAMES), CONDITIONS, min_size=1, max_size=2))
    flat = st.dictionaries(st.sampled_from(NAMES), members, min_size=1, max_size=3)
    either = st.lists(flat, min_size=2, max_size=3)
    with_or = st.tuples(st.dictionaries(st.sampled_from(NAMES), members, max_size=2), either).map(
        lambda parts: {**parts[0], "$or": parts[1]}
    )
    return st.one_of(flat, with_or)


VALUES = st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=3))
BODIES = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(VALUES, st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3)), max_size=4
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(
        TEXTS.filter(bool).map(lambda text: {"DataType": "String", "StringValue": text}),
        NUMBERS.map(lambda number: {"DataType": "Number", "StringValue": str(number)}),
        st.lists(SCALARS, min_size=1, max_size=3).map(
            lambda items: {"DataType": "String.Array", "StringValue": json.dumps(items)}
        ),
        st.just({"DataType": "Binary", "BinaryValue": b"x"}),
    ),
    max_size=4,
)


def plain_values(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes as the documentation reads them: arrays opened, numbers as numbers, Binary left out."""
    readers = {"String": str, "Number": json.loads, "String.Array": json.loads}
    return {
        name: readers[attribute["DataType"]](attribute["StringValue"])
        for name, attribute in attributes.items()
        if attribute["DataType"] != "Binary"
    }


@settings(max_examples=300, deadline=None)
@given(policies(nested=False), ATTRIBUTES)
def test_attributes(policy: dict[str, Any], attributes: dict[str, Any]) -> None:
    try:
        compiled = compile_filter_policy(json.dumps(policy), MESSAGE_ATTRIBUTES)
    except FilterPolicyError as error:
        assert str(error) == "Filter policy is too complex"
        return
    expected = plain_evaluator.accepts(policy, plain_values(attributes))
    assert compiled.accepts(attribute_values(attributes)) is expected


@settings(max_examples=300, deadline=None)
@given(policies(nested=True), BODIES)
def test_bodies(policy: dict[str, Any], body: dict[str, Any]) -> None:
    try:
        compiled = compile_filter_policy(json.dumps(policy), MESSAGE_BODY)
    except FilterPolicyError as error:
        assert str(error) == "Filter policy is too complex"
        return
    assert compiled.accepts(body_values(json.dumps(body))) is plain_evaluator.accepts(policy, body)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.sampled_from([MESSAGE_ATTRIBUTES, MESSAGE_BODY]))
def test_any_text_is_a_policy_or_an_error(source: str, scope: str) -> None:
    try:
        compile_filter_policy(source, scope)
    except FilterPolicyError as error:
        assert str(error)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner), max_leaves=20)
)
def test_any_json_is_a_policy_or_an_error(document: Any) -> None:
    try:
        compile_filter_policy(json.dumps(document), MESSAGE_BODY)
    except FilterPolicyError as error:
        assert str(error)
