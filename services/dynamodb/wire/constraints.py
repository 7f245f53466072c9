"""What DynamoDB checks of a request before the model's constraints, and what it constrains beyond the model.

In: an operation's input, types checked only. Raised: `ValidationException` with DynamoDB's texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from awskit.wire.constraints import violation
from services.dynamodb.values.attribute_values import ValidationException

Precheck = Callable[[Mapping[str, Any]], None]
FurtherCheck = Callable[[Mapping[str, Any], list[str]], None]

_BY_TABLE_NAME: Final = frozenset(
    {"CreateTable", "DeleteTable", "DescribeTable", "DescribeTimeToLive", "UpdateTable", "UpdateTimeToLive"}
)
_WITH_TABLE_CLASS: Final = frozenset({"CreateTable", "UpdateTable"})
_TABLE_CLASSES: Final = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")
_BY_RESOURCE: Final = frozenset({"TagResource", "UntagResource", "ListTagsOfResource"})
_TABLE_KEYS: Final = 2


def precheck(operation: str) -> Precheck | None:
    """The check that comes first for an operation."""
    if operation in _WITH_TABLE_CLASS:
        return _check_changed_table
    if operation in _BY_TABLE_NAME:
        return _check_table_name
    if operation in _BY_RESOURCE:
        return _check_resource
    return None


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


def further_check(operation: str) -> FurtherCheck | None:
    """What adds the texts of violations that the model does not know of."""
    return _check_new_table if operation == "CreateTable" else None


def _check_new_table(input: Mapping[str, Any], found: list[str]) -> None:
    if "GlobalTableSourceArn" in input:
        return
    schema = input.get("KeySchema")
    if schema is None:
        found.append(violation(None, "keySchema", "Member must not be null"))
    elif len(schema) > _TABLE_KEYS:
        found.append(violation(schema, "keySchema", f"Member must have length less than or equal to {_TABLE_KEYS}"))
    if "AttributeDefinitions" not in input:
        found.append(violation(None, "attributeDefinitions", "Member must not be null"))
