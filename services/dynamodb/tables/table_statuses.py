"""What a table's status allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.dynamodb.errors import ResourceInUseException
from services.dynamodb.tables.table import Table

_BUSY: Final[Mapping[str, str]] = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}


def check_not_busy(table: Table, now: float) -> None:
    """The table's status allows a change; else `ResourceInUseException`."""
    status = table.status_at(now)
    if status != "ACTIVE":
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {_BUSY[status]}: {table.name}"
        )
