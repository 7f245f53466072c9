"""The legacy parameters, translated to the same compiled objects as expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.dynamodb.expressions.model import Condition, KeyConditions, Projection, Update


def compile_expected(expected: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """`Expected` of PutItem, UpdateItem and DeleteItem, with `ConditionalOperator` (AND where absent)."""
    raise NotImplementedError


def compile_legacy_filter(filters: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """`QueryFilter` or `ScanFilter`."""
    raise NotImplementedError


def compile_key_conditions(conditions: Mapping[str, Any]) -> KeyConditions:
    """`KeyConditions` of Query."""
    raise NotImplementedError


def compile_attribute_updates(updates: Mapping[str, Any]) -> Update:
    """`AttributeUpdates` of UpdateItem."""
    raise NotImplementedError


def compile_attributes_to_get(names: Sequence[str]) -> Projection:
    """`AttributesToGet`."""
    raise NotImplementedError
