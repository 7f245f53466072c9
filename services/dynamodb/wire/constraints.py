"""What DynamoDB constrains of a request before an operation sees it: the model's constraints, and what is beyond them.

PutItem, UpdateItem, DeleteItem, Query and BatchGetItem name the first violation alone, without the value, and members
as the model names them (`Value at 'TableName'`); the others list up to ten, as AWS's older services do.

In: an operation's input, types checked only. Raised: `ValidationException` with DynamoDB's texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from awskit.wire.constraints import constraints, listing, violation
from awskit.wire.model import OperationModel, Reference, ServiceModel, Shape
from awskit.wire.validation import Check, Checks, Validator
from services.dynamodb.errors import ValidationException

Precheck = Callable[[Mapping[str, Any]], None]
FurtherCheck = Callable[[Mapping[str, Any], list[str]], None]

_FIRST_ALONE: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem"})
_VALUE_SHOWN: Final = re.compile(r"Value (?:null|'.*') at '([^']*)' failed to satisfy constraint: ", re.DOTALL)
_BY_TABLE_NAME: Final = frozenset(
    {"CreateTable", "DeleteTable", "DescribeTable", "DescribeTimeToLive", "UpdateTable", "UpdateTimeToLive"}
)
_WITH_TABLE_CLASS: Final = frozenset({"CreateTable", "UpdateTable"})
_TABLE_CLASSES: Final = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")
_BY_RESOURCE: Final = frozenset({"TagResource", "UntagResource", "ListTagsOfResource"})
_TABLE_KEYS: Final = 2
_CHECKED_ELSEWHERE: Final = ("AttributeValue", "Tag", "TagKeyString")
_LONGEST_NAME: Final = 255
_BY_TABLE: Final = frozenset({"BatchGetRequestMap", "BatchWriteItemRequestMap"})


def validators(model: ServiceModel) -> Callable[[OperationModel], Validator | None]:
    """What makes an operation's check of its whole input; None where nothing is constrained."""
    listed, first_alone = _DynamoDbChecks(model), _FirstAlone(model)

    def validator(operation: OperationModel) -> Validator | None:
        alone = operation.name in _FIRST_ALONE
        checks = first_alone if alone else listed
        check = checks.check(operation.input) if operation.input is not None else None
        if check is None:
            return None
        checked, first, further = check, _precheck(operation.name), _further_check(operation.name)

        def validate(value: Mapping[str, Any]) -> None:
            if first is not None:
                first(value)
            found: list[str] = []
            checked(value, "", found)
            if further is not None:
                further(value, found)
            if found:
                raise ValidationException(listing([_without_value(found[0])] if alone else found))

        return validate

    return validator


class _DynamoDbChecks(Checks):
    """The model's constraints, with those of table names, which the model leaves out since ARNs may stand for them."""

    def __init__(self, model: ServiceModel) -> None:
        name = model.shape("TableName")
        super().__init__(_CHECKED_ELSEWHERE, {"TableArn": name.traits})
        self._table_name = constraints(name.type, name.traits)
        self._given = constraints(name.type, {"min": 1})
        self._is_name = lru_cache(maxsize=1024)(self._holds)

    def check(self, shape: Shape) -> Check | None:
        if shape.name == "TableArn":
            return self._check_name
        inside = super().check(shape)
        if shape.name not in _BY_TABLE or inside is None:
            return inside
        checked = inside

        def check(value: Mapping[str, Any], path: str, found: list[str]) -> None:
            own: list[str] = []
            checked(value, path, own)
            if own and any(name.startswith("arn:") for name in value):
                named = {name: None for name in value if not name.startswith("arn:")}
                if all(holds(name) for name in named for holds, _ in self._table_name):
                    own = [text for text in own if "Map keys must satisfy constraint" not in text]
            found.extend(own)

        return check

    def _check_name(self, value: str, path: str, found: list[str]) -> None:
        if len(value) <= _LONGEST_NAME and self._is_name(value):
            return
        if not value.startswith("arn:"):
            wanted = self._table_name if value else self._given
            found.extend(violation(value, path, text) for holds, text in wanted if not holds(value))

    def _holds(self, name: str) -> bool:
        return all(holds(name) for holds, _ in self._table_name)


class _FirstAlone(_DynamoDbChecks):
    """The same, in the model's order and under the model's names."""

    def members(self, shape: Shape) -> Iterable[tuple[str, str, Reference]]:
        return [(name, name, member) for name, member in shape.members.items()]


def _without_value(text: str) -> str:
    return _VALUE_SHOWN.sub(lambda match: f"Value at '{match[1]}' failed to satisfy constraint: ", text, count=1)


# What comes before


def _precheck(operation: str) -> Precheck | None:
    if operation in _WITH_TABLE_CLASS:
        return _check_changed_table
    if operation in _BY_TABLE_NAME:
        return _check_table_name
    if operation in _BY_RESOURCE:
        return _check_resource
    return _check_request_items if operation == "BatchWriteItem" else None


def _check_table_name(input: Mapping[str, Any]) -> None:
    if input.get("TableName") is None:
        raise ValidationException("The parameter 'TableName' is required but was not present in the request")


def _check_changed_table(input: Mapping[str, Any]) -> None:
    _check_table_name(input)
    if input.get("TableClass", _TABLE_CLASSES[0]) not in _TABLE_CLASSES:
        raise ValidationException(
            "Invalid table-class parameter provided. Please try again with a valid table-class value: "
            f"[{', '.join(_TABLE_CLASSES)}]."
        )


def _check_resource(input: Mapping[str, Any]) -> None:
    if input.get("ResourceArn") is None:
        raise ValidationException("Invalid TableArn")


def _check_request_items(input: Mapping[str, Any]) -> None:
    if input.get("RequestItems") == {}:
        raise ValidationException("The requestItems parameter is required for BatchWriteItem")


# What is beyond the model


def _further_check(operation: str) -> FurtherCheck | None:
    return _check_new_table if operation == "CreateTable" else None


def _check_new_table(input: Mapping[str, Any], found: list[str]) -> None:
    if "GlobalTableSourceArn" in input:
        return
    if "KeySchema" not in input:
        found.append(violation(None, "keySchema", "Member must not be null"))
    else:
        _check_short(input["KeySchema"], "keySchema", found)
    for number, index in enumerate(input.get("LocalSecondaryIndexes", ()), 1):
        _check_short(index.get("KeySchema", ()), f"localSecondaryIndexes.{number}.member.keySchema", found)
    if "AttributeDefinitions" not in input:
        found.append(violation(None, "attributeDefinitions", "Member must not be null"))


def _check_short(schema: Sequence[Mapping[str, Any]], path: str, found: list[str]) -> None:
    """A table's key, and a local index's, has two attributes at most."""
    if len(schema) > _TABLE_KEYS:
        shown = ", ".join(
            f"KeySchemaElement(attributeName={element.get('AttributeName', 'null')}, "
            f"keyType={element.get('KeyType', 'null')})"
            for element in schema
        )
        text = f"Member must have length less than or equal to {_TABLE_KEYS}"
        found.append(violation(f"[{shown}]", path, text))
