"""UpdateExpression."""

from __future__ import annotations

from services.dynamodb.expressions.model import Update
from services.dynamodb.expressions.placeholders import Placeholders


def compile_update(text: str, placeholders: Placeholders) -> Update:
    """Compile an UpdateExpression."""
    raise NotImplementedError
