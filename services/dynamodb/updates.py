"""Whether an update may be made to a table's items: keys stay as they are, index keys of their types.

Raised: `ValidationException` with DynamoDB's texts.
"""

from __future__ import annotations

from services.dynamodb.expressions import Update
from services.dynamodb.key_checks import type_mismatch
from services.dynamodb.parameters import check_scalar_paths
from services.dynamodb.tables import Table
from services.dynamodb.values import ValidationException


def check_update(table: Table, update: Update) -> None:
    """Check what can be told of an update without an item."""
    for action in update.actions:
        name = action.path[0]
        if name in table.key_names:
            raise ValidationException(
                f"One or more parameter values were invalid: Cannot update attribute {name}. "
                "This attribute is part of the key"
            )
    index_keys = table.index_key_types
    if index_keys:
        for action in update.actions:
            expected = index_keys.get(str(action.path[0]))
            if expected is None or len(action.path) > 1 or action.result_type is None:
                continue
            if action.result_type != expected[0]:
                name = str(action.path[0])
                raise ValidationException(type_mismatch(name, expected[0], action.result_type, expected[1]))
    check_scalar_paths(table, update.paths)
