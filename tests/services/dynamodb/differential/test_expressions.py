"""Generated expressions and values, given to RustStack and to DynamoDB Local: the same answers, the same error texts.

More examples than in a usual run: RUSTSTACK_DIFFERENTIAL_EXAMPLES=5000.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.dynamodb.differential.conftest import Pair, differential
from tests.services.dynamodb.differential.strategies import (
    attributes,
    broken,
    conditions,
    paths,
    placeholders_of,
    token_soups,
    updates,
    values,
    wrong_values,
)
from tests.services.dynamodb.differential.wire import Failure

TABLE = "expressions"
KEY = {"pk": {"S": "1"}}


@pytest.fixture(scope="module", autouse=True)
def table(pair: Pair) -> None:
    pair.answers(
        "CreateTable",
        {
            "TableName": TABLE,
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )


def put(pair: Pair, item: dict[str, Any]) -> None:
    answer = pair.call("PutItem", {"TableName": TABLE, "Item": {**KEY, **item}})
    assert not isinstance(answer, Failure)


@differential()
@given(st.one_of(values, wrong_values), st.one_of(values, wrong_values))
def test_values(pair: Pair, first: dict[str, Any], second: dict[str, Any]) -> None:
    pair.call("PutItem", {"TableName": TABLE, "Item": {**KEY, "aa": first, "bb": second}})
    pair.call("GetItem", {"TableName": TABLE, "Key": KEY})


@differential()
@given(st.data())
def test_conditions(pair: Pair, data: st.DataObject) -> None:
    put(pair, data.draw(attributes))
    text = data.draw(conditions)
    filtered = {"TableName": TABLE, "FilterExpression": text, **data.draw(placeholders_of(text))}
    pair.call("Scan", filtered)


@differential()
@given(st.data())
def test_broken_conditions(pair: Pair, data: st.DataObject) -> None:
    text = data.draw(st.one_of(broken(conditions), token_soups))
    item = {"TableName": TABLE, "Item": {"pk": {"S": "2"}}, "ConditionExpression": text}
    pair.call("PutItem", {**item, **data.draw(placeholders_of(text))})


@differential()
@given(st.data())
def test_updates(pair: Pair, data: st.DataObject) -> None:
    put(pair, data.draw(attributes))
    text = data.draw(updates)
    update = {"TableName": TABLE, "Key": KEY, "UpdateExpression": text, "ReturnValues": "ALL_NEW"}
    pair.call("UpdateItem", {**update, **data.draw(placeholders_of(text))})


@differential()
@given(st.data())
def test_broken_updates(pair: Pair, data: st.DataObject) -> None:
    text = data.draw(st.one_of(broken(updates), token_soups))
    update = {"TableName": TABLE, "Key": {"pk": {"S": "3"}}, "UpdateExpression": text}
    pair.call("UpdateItem", {**update, **data.draw(placeholders_of(text))})


@differential()
@given(st.data())
def test_projections(pair: Pair, data: st.DataObject) -> None:
    put(pair, data.draw(attributes))
    sound = st.lists(paths(), min_size=1, max_size=4).map(" , ".join)
    text = data.draw(st.one_of(sound, sound, broken(sound)))
    given_names = data.draw(placeholders_of(text))
    given_names.pop("ExpressionAttributeValues", None)
    pair.call("GetItem", {"TableName": TABLE, "Key": KEY, "ProjectionExpression": text, **given_names})
