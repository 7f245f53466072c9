"""Deleting very many rows a few at a time: the first in the order of their keys, up to the key of the last of them.

Not those that a subquery of their keys names: SQLite would look for each of these among all that are left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction


class Sweep:
    """Those rows of `table` whose columns `of` are as `some` is told; they begin its primary key, or are all of it."""

    def __init__(self, table: sa.Table, *of: str) -> None:
        keys = [column for column in table.primary_key.columns if column.name not in of]
        condition = sa.and_(*(table.c[name] == sa.bindparam(f"b_{name}") for name in of))
        last = [sa.bindparam(f"last_{column.name}", type_=column.type) for column in keys]
        self._names = [column.name for column in keys]
        self._last = sa.select(*keys).where(condition).order_by(*keys).limit(1).offset(sa.bindparam("b_before"))
        self._delete = sa.delete(table).where(condition, sa.tuple_(*keys) <= sa.tuple_(*last))
        self._delete_rest = sa.delete(table).where(condition)

    def some(self, transaction: Transaction, parameters: Mapping[str, Any], limit: int) -> bool:
        """Delete up to `limit` rows; whether none is left."""
        connection = transaction.connection
        row = connection.execute(self._last, {**parameters, "b_before": limit - 1}).first()
        if row is None:
            connection.execute(self._delete_rest, parameters)
            return True
        last = {f"last_{name}": value for name, value in zip(self._names, row, strict=True)}
        connection.execute(self._delete, {**parameters, **last})
        return False
