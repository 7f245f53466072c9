"""Conditions and filters: analysis of the parse tree and compilation to closures."""

from __future__ import annotations

from services.dynamodb.expressions.model import Condition
from services.dynamodb.expressions.placeholders import Placeholders


def compile_condition(kind: str, text: str, placeholders: Placeholders) -> Condition:
    """Compile `text`; `kind` is the parameter's name ("ConditionExpression", "FilterExpression") for its errors."""
    raise NotImplementedError
