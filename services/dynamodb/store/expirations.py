"""When items expire, for tables with a time to live."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import Statement
from services.dynamodb.store.schema import expirations


class Expiration(NamedTuple):
    """An item and the second at which it expires."""

    expires_at: int
    table_id: int
    hash: bytes
    sort: bytes


_E = expirations.c
_ADD = Statement(insert(expirations).on_conflict_do_nothing())
_REMOVE = Statement(
    sa.delete(expirations).where(
        _E.expires_at == sa.bindparam("expires_at"),
        _E.table_id == sa.bindparam("table_id"),
        _E.hash == sa.bindparam("hash"),
        _E.sort == sa.bindparam("sort"),
    )
)
_DUE = (
    sa.select(_E.expires_at, _E.table_id, _E.hash, _E.sort)
    .where(_E.expires_at < sa.bindparam("now"))
    .order_by(_E.expires_at)
    .limit(sa.bindparam("limit"))
)
_FORGET = sa.delete(expirations).where(_E.table_id == sa.bindparam("b_table_id"))


def add(transaction: Transaction, expiration: Expiration) -> None:
    _ADD.do(transaction, expiration._asdict())


def remove(transaction: Transaction, expiration: Expiration) -> None:
    _REMOVE.do(transaction, expiration._asdict())


def due(transaction: Transaction, now: float, limit: int) -> list[Expiration]:
    """Up to `limit` items that have expired by `now`, the oldest first."""
    return [Expiration(*row) for row in transaction.connection.execute(_DUE, {"now": int(now), "limit": limit})]


def forget(transaction: Transaction, table_id: int) -> None:
    """Drop all of a table's."""
    transaction.connection.execute(_FORGET, {"b_table_id": table_id})
