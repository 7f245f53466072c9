"""Whether an update may be made to a table's items: keys stay as they are, index keys of their types.

Raised: `ValidationException` with DynamoDB's texts.
"""

from __future__ import annotations

from services.dynamodb.expressions import Update
from services.dynamodb.items.key_checks import type_mismatch
from services.dynamodb.items.request_expressions import check_scalar_paths
from services.dynamodb.tables.table import Table
from services.dynamodb.values.attribute_values import ValidationException


def check_update(table: Table, update: Update) -> None:
    """Check what can be told of an update without an item."""
    for action in update.actions:
        name = action.path[0]
        if name in table.key_names:
            raise ValidationException(
                f"One or more parameter values were invalid: Cannot update attribute {name}. "
                "This attribute is part of the key"
            )
    if table.index_key_types:
        results = {action.path[0]: action.result_type for action in update.actions if len(action.path) == 1}
        for name, (kind, index_name) in table.index_key_types.items():
            result = results.get(name)
            if result is not None and result != kind:
                raise ValidationException(type_mismatch(name, kind, result, index_name))
    check_scalar_paths(table, update.paths)
