"""What items were before each change, for tables that can be restored to a point in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from services.dynamodb.store.schema import history


class Past(NamedTuple):
    """An item before a change; `item` is None where there was none."""

    hash: bytes
    sort: bytes
    changed_at: float
    item: bytes | None


_H = history.c
_LATEST = sa.select(sa.func.coalesce(sa.func.max(_H.sequence), 0)).where(
    _H.table_id == sa.bindparam("table_id"), _H.hash == sa.bindparam("hash"), _H.sort == sa.bindparam("sort")
)
_APPEND = sa.insert(history)
_SINCE = (
    sa.select(_H.hash, _H.sort, _H.changed_at, _H.item)
    .where(_H.table_id == sa.bindparam("table_id"), _H.changed_at > sa.bindparam("since"))
    .order_by(_H.hash, _H.sort, _H.sequence)
)
_TRIM = sa.delete(history).where(_H.table_id == sa.bindparam("b_table_id"), _H.changed_at <= sa.bindparam("b_horizon"))


def append(transaction: Transaction, table_id: int, place: tuple[bytes, bytes], now: float, item: bytes | None) -> None:
    """Keep what the item at `place` was until `now`."""
    where = {"table_id": table_id, "hash": place[0], "sort": place[1]}
    sequence = transaction.connection.execute(_LATEST, where).scalar_one() + 1
    transaction.connection.execute(_APPEND, {**where, "sequence": sequence, "changed_at": now, "item": item})


def since(transaction: Transaction, table_id: int, moment: float) -> Iterator[Past]:
    """Each change after `moment`, by item, oldest first."""
    for row in transaction.connection.execute(_SINCE, {"table_id": table_id, "since": moment}):
        yield Past(*row)


def trim(transaction: Transaction, table_id: int, horizon: float) -> None:
    """Forget changes up to `horizon`; the whole of the table's history where that is infinite."""
    transaction.connection.execute(_TRIM, {"b_table_id": table_id, "b_horizon": horizon})
