"""ProjectionExpression."""

from __future__ import annotations

from services.dynamodb.expressions.model import Projection
from services.dynamodb.expressions.placeholders import Placeholders


def compile_projection(text: str, placeholders: Placeholders) -> Projection:
    """Compile a ProjectionExpression."""
    raise NotImplementedError
