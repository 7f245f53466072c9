"""Parameters that several item operations share: conditions, projections, and what writes return.

In: an operation's input. Raised: `ValidationException` with DynamoDB's texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.dynamodb.errors import UncountedException
from services.dynamodb.expressions import (
    Condition,
    Placeholders,
    Projection,
    check_conditional_operator,
    compile_attributes_to_get,
    compile_condition,
    compile_expected,
    compile_projection,
)

Input = Mapping[str, Any]


def check_returns_old(return_values: str) -> None:
    """`ReturnValues` of PutItem and DeleteItem, which have nothing but old items to return."""
    if return_values not in ("NONE", "ALL_OLD"):
        raise UncountedException("ReturnValues can only be ALL_OLD or NONE")


def condition_of(input: Input, placeholders: Placeholders) -> Condition | None:
    """`ConditionExpression`, or the legacy `Expected` with `ConditionalOperator`."""
    text = input.get("ConditionExpression")
    if text is not None:
        return compile_condition("ConditionExpression", text, placeholders)
    expected = input.get("Expected")
    check_conditional_operator(input.get("ConditionalOperator"), expected)
    if expected:
        return compile_expected(expected, input.get("ConditionalOperator"))
    return None


def projection_of(input: Input, placeholders: Placeholders) -> Projection | None:
    """`ProjectionExpression`, or the legacy `AttributesToGet`."""
    text = input.get("ProjectionExpression")
    if text is not None:
        return compile_projection(text, placeholders)
    names = input.get("AttributesToGet")
    return compile_attributes_to_get(names) if names is not None else None
