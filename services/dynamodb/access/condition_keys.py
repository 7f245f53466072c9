"""DynamoDB's own condition keys: which items and attributes a request is about.

In: an operation's input. Out: values by key, the keys in lower case. Nothing is raised: what is wrong with an
expression is the operation's own to say.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from awskit.access.condition_keys import Keys
from awskit.errors import AwsError
from services.dynamodb.expressions import Placeholders
from services.dynamodb.expressions.key_conditions import compile_key_condition
from services.dynamodb.expressions.parser import MAXIMUM_SIZE
from services.dynamodb.expressions.tokens import NAME, PLACEHOLDER, tokenize
from services.dynamodb.tables.table import Table

Input = Mapping[str, Any]

LEADING_KEYS: Final = "dynamodb:leadingkeys"
_STATED: Final = {
    "dynamodb:select": "Select",
    "dynamodb:returnvalues": "ReturnValues",
    "dynamodb:returnconsumedcapacity": "ReturnConsumedCapacity",
}
_EXPRESSIONS: Final = (
    *("ProjectionExpression", "ConditionExpression", "UpdateExpression", "FilterExpression", "KeyConditionExpression"),
)
_ATTRIBUTE_MAPS: Final = (
    *("Key", "Item", "Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter"),
)
_FUNCTIONS: Final = frozenset(
    ("attribute_exists attribute_not_exists attribute_type begins_with contains size if_not_exists list_append").split()
)


def stated_keys(input: Input) -> Keys:
    """What the input says of itself."""
    keys: Keys = {name: (str(input[member]),) for name, member in _STATED.items() if member in input}
    names = tuple(dict.fromkeys(_attributes(input)))
    if names:
        keys["dynamodb:attributes"] = names
    return keys


def leading_keys(table: Table, index_name: str | None, inputs: Iterable[Input]) -> Keys:
    """The partition keys that the inputs name: of `Key`, of `Item`, or of a query's conditions."""
    index = table.index(index_name) if index_name is not None else None
    name = table.partition_key.name if index is None else index.partition[0].name
    found = [text for input in inputs for text in _values_of(name, input)]
    return {LEADING_KEYS: tuple(dict.fromkeys(found))} if found else {}


def _values_of(name: str, input: Input) -> Iterator[str]:
    for member in ("Key", "Item"):
        value = (input.get(member) or {}).get(name)
        if value is not None:
            yield _text(value)
    condition = (input.get("KeyConditions") or {}).get(name)
    if condition is not None:
        yield from (_text(value) for value in condition.get("AttributeValueList") or ())
    if "KeyConditionExpression" in input:
        try:
            terms = compile_key_condition(input["KeyConditionExpression"], Placeholders.of(input), index=True).terms()
        except AwsError:
            return
        yield from (_text(value) for term in terms if term.attribute == name for value in term.operands)


def _text(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values()), ""))


def _attributes(input: Input) -> Iterator[str]:
    for member in _ATTRIBUTE_MAPS:
        yield from input.get(member) or ()
    yield from input.get("AttributesToGet") or ()
    names = input.get("ExpressionAttributeNames") or {}
    for member in _EXPRESSIONS:
        expression = input.get(member)
        if isinstance(expression, str) and len(expression) <= MAXIMUM_SIZE:  # a longer one is refused in any case
            yield from _top_level_names(expression, names)


def _top_level_names(expression: str, names: Mapping[str, str]) -> Iterator[str]:
    before = ""
    for token in tokenize(expression):
        if before != "." and token.kind == PLACEHOLDER:
            yield names.get(token.text, token.text)
        elif before != "." and token.kind == NAME and token.text not in _FUNCTIONS:
            yield token.text
        before = token.symbol
