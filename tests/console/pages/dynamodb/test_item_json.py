"""Items as plain JSON: what goes there and back is the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.pages.dynamodb.item_json import ItemError, is_plain, parse_plain, parse_typed, plain_text, typed_text

_NUMBERS = st.integers(-(10**37), 10**37).map(str)
_SCALARS = st.one_of(
    st.text(max_size=8).map(lambda text: {"S": text}),
    _NUMBERS.map(lambda digits: {"N": digits}),
    st.booleans().map(lambda value: {"BOOL": value}),
    st.just({"NULL": True}),
    st.just({"B": "AAE="}),
    st.lists(_NUMBERS, min_size=1, max_size=3, unique=True).map(lambda values: {"NS": values}),
    st.lists(st.text(max_size=4), min_size=1, max_size=3, unique=True).map(lambda values: {"SS": values}),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: {"L": values}),
        st.dictionaries(st.text(max_size=4), inner, max_size=3).map(lambda members: {"M": members}),
    ),
    max_leaves=8,
)
_ITEMS = st.dictionaries(st.text(min_size=1, max_size=5), _VALUES, min_size=1, max_size=4)


@given(_ITEMS)
def test_an_item_that_is_shown_and_sent_as_it_is_stays_what_it_is(item: dict[str, Any]) -> None:
    assert parse_typed(typed_text(item)) == item
    assert parse_plain(plain_text(item), item) == item
    if is_plain(item):
        assert parse_plain(plain_text(item)) == item


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1', "line 1, column 8"),
        ("[1]", "an item is an object"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a":' + "[" * 5000 + "]" * 5000 + "}", "too many levels"),
    ],
)
def test_what_is_no_item_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ItemError, match=said):
        parse_plain(text)


def test_dynamodb_json_needs_a_type_at_each_value() -> None:
    with pytest.raises(ItemError, match="'a' is no DynamoDB JSON"):
        parse_typed('{"a": 1}')
