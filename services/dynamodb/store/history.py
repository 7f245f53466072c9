"""What items were before each change, for tables that can be restored to a point in time."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.statements import Statement
from services.dynamodb.store.schema import history


class Past(NamedTuple):
    """An item before a change; `item` is None where there was none."""

    hash: bytes
    sort: bytes
    changed_at: float
    item: bytes | None


_H = history.c
_LATEST = Statement(
    sa.select(sa.func.coalesce(sa.func.max(_H.sequence), 0)).where(
        _H.table_id == sa.bindparam("table_id"), _H.hash == sa.bindparam("hash"), _H.sort == sa.bindparam("sort")
    )
)
_APPEND = Statement(sa.insert(history))
_SINCE = (
    sa.select(_H.hash, _H.sort, _H.changed_at, _H.item)
    .where(_H.table_id == sa.bindparam("table_id"), _H.changed_at > sa.bindparam("since"))
    .order_by(_H.hash, _H.sort, _H.sequence)
)
_PLACE = sa.tuple_(_H.hash, _H.sort)
_AFTER = (
    sa.tuple_(sa.bindparam("after_hash", type_=sa.LargeBinary), sa.bindparam("after_sort", type_=sa.LargeBinary))
    < _PLACE
)
_earlier = history.alias("earlier")
_NOT_FIRST = sa.exists().where(
    _earlier.c.table_id == _H.table_id,
    _earlier.c.hash == _H.hash,
    _earlier.c.sort == _H.sort,
    _earlier.c.sequence < _H.sequence,
    _earlier.c.changed_at > sa.bindparam("since"),
)
_FIRST_SINCE = (
    sa.select(_H.hash, _H.sort, _H.changed_at, _H.item)
    .where(_H.table_id == sa.bindparam("table_id"), _H.changed_at > sa.bindparam("since"), ~_NOT_FIRST)
    .order_by(_H.hash, _H.sort)
    .limit(sa.bindparam("limit"))
)
_CHANGED = (
    sa.select(_H.hash, _H.sort)
    .where(
        _H.table_id == sa.bindparam("table_id"),
        _H.changed_at >= sa.bindparam("since"),
        _H.changed_at < sa.bindparam("until"),
    )
    .group_by(_H.hash, _H.sort)
    .order_by(_H.hash, _H.sort)
    .limit(sa.bindparam("limit"))
)
_UP_TO = (
    sa.tuple_(sa.bindparam("last_hash", type_=sa.LargeBinary), sa.bindparam("last_sort", type_=sa.LargeBinary))
    >= _PLACE
)
_BOTH = (False, True)
_FIRST_OF_RANGE = MappingProxyType(
    {
        (after, up_to): _FIRST_SINCE.where(*((_AFTER,) if after else ()), *((_UP_TO,) if up_to else ()))
        for after in _BOTH
        for up_to in _BOTH
    }
)
_CHANGED_AFTER = MappingProxyType({False: _CHANGED, True: _CHANGED.where(_AFTER)})
_OF_ITEM = (
    sa.select(_H.hash, _H.sort, _H.changed_at, _H.item)
    .where(
        _H.table_id == sa.bindparam("table_id"),
        _H.hash == sa.bindparam("hash"),
        _H.sort == sa.bindparam("sort"),
        _H.changed_at >= sa.bindparam("since"),
    )
    .order_by(_H.sequence)
)
_TRIM = sa.delete(history).where(_H.table_id == sa.bindparam("b_table_id"), _H.changed_at <= sa.bindparam("b_horizon"))


def append(transaction: Transaction, table_id: int, place: tuple[bytes, bytes], now: float, item: bytes | None) -> None:
    """Keep what the item at `place` was until `now`."""
    where = {"table_id": table_id, "hash": place[0], "sort": place[1]}
    sequence = _LATEST.value(transaction, where) + 1
    _APPEND.do(transaction, {**where, "sequence": sequence, "changed_at": now, "item": item})


def since(transaction: Transaction, table_id: int, moment: float) -> Iterator[Past]:
    """Each change after `moment`, by item, oldest first."""
    for row in transaction.connection.execute(_SINCE, {"table_id": table_id, "since": moment}):
        yield Past(*row)


Place = tuple[bytes, bytes]


def first_since(
    transaction: Transaction, table_id: int, moment: float, places: tuple[Place | None, Place | None], limit: int
) -> list[Past]:
    """The first change after `moment` of up to `limit` items, in order.

    Their places come after the first of `places`, up to and with the second.
    """
    after, last = places
    parameters = {"table_id": table_id, "since": moment, "limit": limit, **_after(after)}
    if last is not None:
        parameters["last_hash"], parameters["last_sort"] = last
    statement = _FIRST_OF_RANGE[after is not None, last is not None]
    return [Past(*row) for row in transaction.connection.execute(statement, parameters)]


def changed_within(
    transaction: Transaction, table_id: int, period: tuple[float, float], after: Place | None, limit: int
) -> list[Place]:
    """Items that were changed from the first moment on and before the second, in order."""
    parameters = {"table_id": table_id, "since": period[0], "until": period[1], "limit": limit, **_after(after)}
    return [(row[0], row[1]) for row in transaction.connection.execute(_CHANGED_AFTER[after is not None], parameters)]


def of_item(transaction: Transaction, table_id: int, place: Place, moment: float) -> list[Past]:
    """The changes of one item from `moment` on, oldest first."""
    parameters = {"table_id": table_id, "hash": place[0], "sort": place[1], "since": moment}
    return [Past(*row) for row in transaction.connection.execute(_OF_ITEM, parameters)]


def _after(place: Place | None) -> dict[str, bytes]:
    return {"after_hash": place[0], "after_sort": place[1]} if place is not None else {}


def trim(transaction: Transaction, table_id: int, horizon: float) -> None:
    """Forget changes up to `horizon`; the whole of the table's history where that is infinite."""
    transaction.connection.execute(_TRIM, {"b_table_id": table_id, "b_horizon": horizon})
