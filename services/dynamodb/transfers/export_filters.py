"""`FilterSpecification` of an export: which items are exported, and what of them.

In: the specification and the table. Out: a filter. Raised: `ValidationException` with the texts of Query.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_FilterSpecification.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import (
    Condition,
    Placeholders,
    Projection,
    compile_condition,
    compile_key_condition,
    compile_projection,
)
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import Item


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """The compiled expressions of a specification."""

    conditions: tuple[Condition, ...]
    projection: Projection | None

    def apply(self, item: Item) -> Item | None:
        """What is exported of an item; None where it is left out."""
        if not all(condition.evaluate(item) for condition in self.conditions):
            return None
        return self.projection.apply(item) if self.projection is not None else item


def filter_of(specification: Mapping[str, Any] | None, table: Table) -> ExportFilter | None:
    """The filter that `specification` describes; None where there is none."""
    if specification is None:
        return None
    placeholders = Placeholders.of(specification)
    conditions = []
    key_text = specification.get("KeyConditionExpression")
    if key_text is not None:
        types = {key.name: key.type for key in table.keys}
        compile_key_condition(key_text, placeholders, index=False).for_schema(
            table.key_names[:1], table.key_names[1:], types
        )
        # every key condition is a condition too, and as such it is evaluated on an item
        conditions.append(compile_condition("KeyConditionExpression", key_text, placeholders))
    text = specification.get("FilterExpression")
    if text is not None:
        condition = compile_condition("FilterExpression", text, placeholders)
        if key_text is not None:
            _check_no_keys(condition, table)
        conditions.append(condition)
    projected = specification.get("ProjectionExpression")
    projection = compile_projection(projected, placeholders) if projected is not None else None
    placeholders.check_all_used()
    return ExportFilter(tuple(conditions), projection)


def _check_no_keys(condition: Condition, table: Table) -> None:
    for path in condition.paths:
        if path[0] in table.key_names:
            raise ValidationException(
                "Filter Expression can only contain non-primary key attributes: Primary key attribute: " + str(path[0])
            )
