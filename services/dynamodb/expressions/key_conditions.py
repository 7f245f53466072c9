"""KeyConditionExpression."""

from __future__ import annotations

from services.dynamodb.expressions.model import KeyConditions
from services.dynamodb.expressions.placeholders import Placeholders


def compile_key_condition(text: str, placeholders: Placeholders) -> KeyConditions:
    """Parse and check operands; the rules for keys are checked by `KeyConditions.for_schema`."""
    raise NotImplementedError
