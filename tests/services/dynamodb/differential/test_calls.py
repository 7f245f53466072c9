"""Generated tables, items and calls, given to RustStack and to DynamoDB Local in the same order: the same answers."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.services.dynamodb.differential.conftest import Pair, differential
from tests.services.dynamodb.differential.differences import comparable, is_told_otherwise, takes_what_no_index_can_hold
from tests.services.dynamodb.differential.strategies import (
    NAMES,
    Value,
    attributes,
    conditions,
    placeholders_of,
    updates,
    values,
)
from tests.services.dynamodb.differential.wire import Failure

KEY_VALUES: dict[str, list[Value]] = {
    "S": [{"S": "a"}, {"S": "ab"}, {"S": "b"}, {"S": "é"}],
    "N": [{"N": "-1"}, {"N": "0"}, {"N": "1.5"}, {"N": "10"}, {"N": "1e2"}],
    "B": [{"B": "YQ=="}, {"B": "YWI="}, {"B": "/w=="}],
}
RETURN_VALUES = ["NONE", "NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD"]


@dataclass(frozen=True)
class Schema:
    """A table: `keys` and each index's keys are (name, type), partition first."""

    keys: list[tuple[str, str]]
    indexes: dict[str, list[tuple[str, str]]]
    projections: dict[str, dict[str, Any]]

    def create(self, name: str) -> dict[str, Any]:
        used = dict(self.keys)
        for keys in self.indexes.values():
            used.update(keys)
        input: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [
                {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in used.items()
            ],
            "KeySchema": schema_of(self.keys),
            "BillingMode": "PAY_PER_REQUEST",
        }
        for index, keys in self.indexes.items():
            kind = "LocalSecondaryIndexes" if index.startswith("local") else "GlobalSecondaryIndexes"
            described = {
                "IndexName": index,
                "KeySchema": schema_of(keys),
                "Projection": self.projections[index],
            }
            input.setdefault(kind, []).append(described)
        return input


def schema_of(keys: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for (name, _), kind in zip(keys, ("HASH", "RANGE"), strict=False)]


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    kinds = st.sampled_from(["S", "S", "N", "B"])
    keys = [("pk", draw(kinds))]
    if draw(st.booleans()):
        keys.append(("sk", draw(kinds)))
    types = {name: draw(kinds) for name in NAMES}
    indexes: dict[str, list[tuple[str, str]]] = {}
    if draw(st.booleans()):
        indexes["global"] = [("aa", types["aa"])]
        if draw(st.booleans()):
            indexes["global"].append(("bb", types["bb"]))
    if len(keys) == 2 and draw(st.booleans()):
        indexes["local"] = [keys[0], ("cc", types["cc"])]
    projections = {
        index: draw(
            st.sampled_from(
                [
                    {"ProjectionType": "ALL"},
                    {"ProjectionType": "KEYS_ONLY"},
                    {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["dd"]},
                ]
            )
        )
        for index in indexes
    }
    return Schema(keys, indexes, projections)


@st.composite
def keys_of(draw: st.DrawFn, schema: Schema) -> dict[str, Value]:
    """A key; now and then one that does not fit."""
    key = {name: draw(st.sampled_from(KEY_VALUES[kind])) for name, kind in schema.keys}
    wrong = draw(st.integers(0, 40))
    if wrong == 0:
        key["pk"] = draw(values)
    elif wrong == 1:
        key.pop(schema.keys[-1][0])
    elif wrong == 2:
        key["zz"] = {"S": "x"}
    return key


@st.composite
def items_of(draw: st.DrawFn, schema: Schema) -> dict[str, Value]:
    """An item, mostly with index keys of the right types."""
    item = {**draw(attributes), **draw(keys_of(schema))}
    for keys in schema.indexes.values():
        for name, kind in keys:
            if name not in dict(schema.keys) and draw(st.integers(0, 10)):
                item[name] = draw(st.sampled_from(KEY_VALUES[kind]))
    return item


Call = tuple[str, dict[str, Any]]


def only_takes_away(update: str) -> bool:
    """Whether the update has REMOVE and DELETE alone."""
    return not {"SET", "ADD"} & set(update.upper().split())


@st.composite
def writes(draw: st.DrawFn, schema: Schema, table: str) -> Call:
    operation = draw(st.sampled_from(["PutItem", "PutItem", "PutItem", "UpdateItem", "DeleteItem"]))
    input: dict[str, Any] = {"TableName": table, "ReturnValues": draw(st.sampled_from(RETURN_VALUES))}
    texts = []
    if operation == "PutItem":
        input["Item"] = draw(items_of(schema))
    else:
        input["Key"] = draw(keys_of(schema))
    if operation == "UpdateItem":
        input["UpdateExpression"] = draw(updates)
        texts.append(input["UpdateExpression"])
        if input["ReturnValues"].startswith("UPDATED"):
            # A nested change: DynamoDB Local returns the whole attribute, the service what changed in it.
            input["ReturnValues"] = "ALL_NEW"
    if operation == "UpdateItem" and only_takes_away(input["UpdateExpression"]):
        input["ConditionExpression"] = "attribute_exists(pk)"
    elif draw(st.integers(0, 3)) == 0:
        input["ConditionExpression"] = draw(conditions)
        texts.append(input["ConditionExpression"])
        if draw(st.booleans()):
            input["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if texts:
        input.update(draw(placeholders_of(" ".join(texts))))
    return operation, input


@st.composite
def queries(draw: st.DrawFn, schema: Schema, table: str) -> Call:
    index = draw(st.sampled_from([None, *schema.indexes]))
    keys = schema.keys if index is None else schema.indexes[index]
    input: dict[str, Any] = {"TableName": table, "ScanIndexForward": draw(st.booleans())}
    if index is not None:
        input["IndexName"] = index
    text = f"{keys[0][0]} = :pk"
    given_values = {":pk": draw(st.sampled_from(KEY_VALUES[keys[0][1]]))}
    if len(keys) == 2 and draw(st.booleans()):
        operator = draw(st.sampled_from(["=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"]))
        kind = keys[1][1]
        low, high = draw(st.sampled_from(KEY_VALUES[kind])), draw(st.sampled_from(KEY_VALUES[kind]))
        given_values[":low"] = low
        if operator == "BETWEEN":
            given_values[":high"] = high
            text += f" AND {keys[1][0]} BETWEEN :low AND :high"
        elif operator == "begins_with":
            text += f" AND begins_with({keys[1][0]}, :low)"
        else:
            text += f" AND {keys[1][0]} {operator} :low"
    input["KeyConditionExpression"] = text
    input["ExpressionAttributeValues"] = given_values
    if draw(st.integers(0, 3)) == 0:
        filtered = draw(conditions)
        more = draw(placeholders_of(filtered))
        input["FilterExpression"] = filtered
        given_values.update(more.get("ExpressionAttributeValues", {}))
        if "ExpressionAttributeNames" in more:
            input["ExpressionAttributeNames"] = more["ExpressionAttributeNames"]
    if index is None and draw(st.booleans()):
        input["Limit"] = draw(st.integers(1, 4))
    return "Query", input


@st.composite
def reads(draw: st.DrawFn, schema: Schema, table: str) -> Call:
    operation = draw(st.sampled_from(["GetItem", "Query", "Query", "Query", "Scan", "BatchGetItem"]))
    if operation == "Query":
        return draw(queries(schema, table))
    if operation == "GetItem":
        return operation, {"TableName": table, "Key": draw(keys_of(schema))}
    if operation == "BatchGetItem":
        keys = draw(st.lists(keys_of(schema), min_size=1, max_size=4))
        return operation, {"RequestItems": {table: {"Keys": keys}}}
    input: dict[str, Any] = {"TableName": table}
    index = draw(st.sampled_from([None, *schema.indexes]))
    if index is not None:
        input["IndexName"] = index
    if draw(st.booleans()):
        input["FilterExpression"] = draw(conditions)
        input.update(draw(placeholders_of(input["FilterExpression"])))
    return operation, input


@st.composite
def batches(draw: st.DrawFn, schema: Schema, table: str) -> Call:
    puts = items_of(schema).map(lambda item: {"PutRequest": {"Item": item}})
    deletes = keys_of(schema).map(lambda key: {"DeleteRequest": {"Key": key}})
    requests = draw(st.lists(st.one_of(puts, puts, deletes), min_size=1, max_size=4))
    return "BatchWriteItem", {"RequestItems": {table: requests}}


@st.composite
def transactions(draw: st.DrawFn, schema: Schema, table: str) -> Call:
    actions = []
    for _ in range(draw(st.integers(1, 3))):
        operation, input = draw(writes(schema, table))
        input.pop("ReturnValues")
        kind = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}[operation]
        if kind == "Delete" and "ConditionExpression" in input and draw(st.booleans()):
            kind = "ConditionCheck"
        actions.append({kind: input})
    return "TransactWriteItems", {"TransactItems": actions}


@st.composite
def legacy_calls(draw: st.DrawFn, schema: Schema, table: str) -> Call:
    """Calls with the parameters that were before expressions."""
    operators = st.sampled_from(["EQ", "NE", "LT", "LE", "GT", "GE", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN"])
    one = st.builds(
        lambda operator, value: {"ComparisonOperator": operator, "AttributeValueList": [value]}, operators, values
    )
    several = st.sampled_from(
        [
            {"ComparisonOperator": "NULL"},
            {"ComparisonOperator": "NOT_NULL"},
            {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "0"}, {"N": "5"}]},
            {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"S": "b"}, {"S": "a"}]},
            {"ComparisonOperator": "EQ"},
        ]
    )
    filters = draw(st.dictionaries(st.sampled_from(NAMES), st.one_of(one, one, several), min_size=1, max_size=2))
    operator = {"ConditionalOperator": draw(st.sampled_from(["AND", "OR"]))} if len(filters) == 2 else {}
    shape = draw(st.integers(0, 2))
    if shape == 0:
        return "Scan", {"TableName": table, "ScanFilter": filters, **operator}
    if shape == 1:
        return "PutItem", {"TableName": table, "Item": draw(items_of(schema)), "Expected": filters, **operator}
    actions = st.builds(
        lambda action, value: {"Action": action, "Value": value}, st.sampled_from(["PUT", "ADD", "DELETE"]), values
    )
    updates_of = draw(st.dictionaries(st.sampled_from(NAMES), actions, max_size=2))
    if updates_of and all(each["Action"] == "DELETE" for each in updates_of.values()):
        updates_of[NAMES[0]] = {"Action": "PUT", "Value": {"S": "x"}}
    input = {"TableName": table, "Key": draw(keys_of(schema)), "AttributeUpdates": updates_of}
    return "UpdateItem", {**input, "ReturnValues": draw(st.sampled_from(["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]))}


@st.composite
def scripts(draw: st.DrawFn) -> tuple[Schema, str, list[Call]]:
    schema = draw(schemas())
    table = f"calls-{uuid.uuid4().hex}"
    calls = st.one_of(
        writes(schema, table),
        writes(schema, table),
        reads(schema, table),
        reads(schema, table),
        batches(schema, table),
        transactions(schema, table),
        legacy_calls(schema, table),
    )
    return schema, table, draw(st.lists(calls, min_size=5, max_size=15))


def in_order(item: dict[str, Value]) -> str:
    """A key to sort items by, whatever the order of their attributes."""
    return json.dumps(item, sort_keys=True)


def unordered(operation: str, input: dict[str, Any], answer: Any) -> Any:
    """The answer with items in one order where the service promises none.

    Of an error only its code and members: which of a call's several faults is told first differs.
    """
    if isinstance(answer, tuple):
        reasons = answer[2].get("CancellationReasons", [])
        return answer[0], answer[2].get("Item"), [(reason["Code"], reason.get("Item")) for reason in reasons]
    if isinstance(answer, dict):
        if operation == "Scan" or "IndexName" in input:
            answer["Items"] = sorted(answer["Items"], key=in_order)
        if operation == "BatchGetItem":
            answer["Responses"] = {name: sorted(found, key=in_order) for name, found in answer["Responses"].items()}
    return answer


@differential(0.5)
@given(scripts())
def test_scripts(pair: Pair, script: tuple[Schema, str, list[Call]]) -> None:
    schema, table, calls = script
    created = pair.answers("CreateTable", schema.create(table))
    assert not any(isinstance(answer, Failure) for answer in created)
    try:
        for operation, input in calls:
            answers = pair.answers(operation, input)
            if is_told_otherwise(answers):
                continue
            if takes_what_no_index_can_hold(operation, answers):
                break
            ours, theirs = (comparable(answer) for answer in answers)
            assert unordered(operation, input, ours) == unordered(operation, input, theirs), (operation, input)
    finally:
        pair.answers("DeleteTable", {"TableName": table})
