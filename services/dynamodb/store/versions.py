"""Versions of the items of global tables, those of deleted items included, and writes on their way to other regions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import Statement
from services.dynamodb.store.schema import item_versions, items, replication


class Version(NamedTuple):
    """When (microseconds since the epoch) and in which region an item was written: the greater one is the last."""

    written_at: int
    region: str


NEVER: Final = Version(0, "")
"""Of what was written before the table had replicas."""


class VersionedItem(NamedTuple):
    """An item, or the key of one that was deleted, as JSON."""

    hash: bytes
    sort: bytes
    version: Version
    item: bytes


class Page(NamedTuple):
    """Items in the order of their places, and whether more may come after them."""

    rows: list[VersionedItem]
    goes_on: bool


class Waiting(NamedTuple):
    """A write that has not reached its destination."""

    number: int
    destination: str
    payload: bytes


_PAGE_BYTES: Final = 1 << 20
"""Where a page ends: as a Scan's does. An item may have 400 KB, and a page is copied in one transaction."""

_V = item_versions.c
_I = items.c
_R = replication.c
_FIND = Statement(
    sa.select(_V.written_at, _V.region).where(
        _V.table_id == sa.bindparam("table_id"), _V.hash == sa.bindparam("hash"), _V.sort == sa.bindparam("sort")
    )
)
_inserted = insert(item_versions)
_PUT = Statement(
    _inserted.on_conflict_do_update(
        index_elements=["table_id", "hash", "sort"],
        set_={name: _inserted.excluded[name] for name in ("written_at", "region", "deleted")},
    )
)
_SAME_ITEM = sa.and_(_V.table_id == _I.table_id, _V.hash == _I.hash, _V.sort == _I.sort)


def _after(statement: sa.Select[Any], columns: Any) -> Mapping[bool, sa.Select[Any]]:
    """Pages in the order of the key: the first, and one after a place."""
    ordered = statement.order_by(columns.hash, columns.sort).limit(sa.bindparam("limit"))
    place = sa.tuple_(
        sa.bindparam("after_hash", type_=sa.LargeBinary), sa.bindparam("after_sort", type_=sa.LargeBinary)
    )
    return MappingProxyType({False: ordered, True: ordered.where(sa.tuple_(columns.hash, columns.sort) > place)})


_ITEMS = _after(
    sa.select(_I.hash, _I.sort, sa.func.coalesce(_V.written_at, 0), sa.func.coalesce(_V.region, ""), _I.item)
    .select_from(items.outerjoin(item_versions, _SAME_ITEM))
    .where(_I.table_id == sa.bindparam("table_id")),
    _I,
)
_DELETED = _after(
    sa.select(_V.hash, _V.sort, _V.written_at, _V.region, _V.deleted)
    .select_from(item_versions.outerjoin(items, _SAME_ITEM))
    .where(_V.table_id == sa.bindparam("table_id"), _V.deleted.is_not(None), _I.item.is_(None)),
    _V,
)
_WAITING = (
    sa.select(_R.id, _R.destination, _R.payload)
    .where(_R.destination == sa.bindparam("destination"))
    .order_by(_R.id)
    .limit(sa.bindparam("limit"))
)
_FORGET_WAY = sa.delete(replication).where(_R.destination == sa.bindparam("b_destination"))
_ARRIVED = sa.delete(replication).where(_R.id == sa.bindparam("b_id"))
_COUNT = sa.select(_R.destination, sa.func.count()).group_by(_R.destination)
_OLDEST = sa.select(sa.func.min(_R.created_at))
_FORGOTTEN = (
    sa.select(_V.table_id, _V.hash, _V.sort)
    .where(_V.deleted.is_not(None), _V.written_at < sa.bindparam("b_horizon"))
    .limit(sa.bindparam("b_limit"))
)
# Each by its key: of those that a subquery names SQLite would look for each among all of the table's
_FORGET = sa.delete(item_versions).where(
    *(column == sa.bindparam(f"b_{column.name}") for column in (_V.table_id, _V.hash, _V.sort))
)


def find(transaction: Transaction, table_id: int, place: tuple[bytes, bytes]) -> Version:
    """The version of the item at `place`, or of its deletion."""
    row = _FIND.first(transaction, {"table_id": table_id, "hash": place[0], "sort": place[1]})
    return Version(row[0], row[1]) if row is not None else NEVER


def put(
    transaction: Transaction, table_id: int, place: tuple[bytes, bytes], version: Version, deleted: bytes | None
) -> None:
    """Note the last write; `deleted` is the key as JSON where it was a deletion."""
    parameters = {"table_id": table_id, "hash": place[0], "sort": place[1], "deleted": deleted, **version._asdict()}
    _PUT.do(transaction, parameters)


def items_of(transaction: Transaction, table_id: int, after: tuple[bytes, bytes] | None, limit: int) -> Page:
    """Up to `limit` items whose places come after `after`, in order; fewer where they are large."""
    return _page(transaction, _ITEMS, table_id, after, limit)


def deleted_of(transaction: Transaction, table_id: int, after: tuple[bytes, bytes] | None, limit: int) -> Page:
    """The same of what was deleted."""
    return _page(transaction, _DELETED, table_id, after, limit)


def _page(
    transaction: Transaction,
    pages: Mapping[bool, sa.Select[Any]],
    table_id: int,
    after: tuple[bytes, bytes] | None,
    limit: int,
) -> Page:
    parameters: dict[str, Any] = {"table_id": table_id, "limit": limit}
    if after is not None:
        parameters["after_hash"], parameters["after_sort"] = after
    rows: list[VersionedItem] = []
    size = 0
    with transaction.connection.execute(pages[after is not None], parameters) as found:
        for row in found:
            rows.append(VersionedItem(row[0], row[1], Version(row[2], row[3]), row[4]))
            size += len(row[4])
            if size >= _PAGE_BYTES:
                return Page(rows, goes_on=True)
    return Page(rows, goes_on=len(rows) == limit)


def waiting(transaction: Transaction, destination: str, limit: int) -> list[Waiting]:
    """Up to `limit` writes that have not reached a destination, oldest first."""
    parameters = {"destination": destination, "limit": limit}
    return [Waiting(*row) for row in transaction.connection.execute(_WAITING, parameters)]


def forget_way(transaction: Transaction, destination: str) -> None:
    """Nothing need be delivered to a destination any more."""
    transaction.connection.execute(_FORGET_WAY, {"b_destination": destination})


def arrived(transaction: Transaction, number: int) -> None:
    """A write need not be delivered any more."""
    transaction.connection.execute(_ARRIVED, {"b_id": number})


def count_waiting(transaction: Transaction) -> dict[str, int]:
    """How many writes wait, by destination."""
    return {row[0]: row[1] for row in transaction.connection.execute(_COUNT)}


def forget_deleted(transaction: Transaction, horizon: float, limit: int) -> int:
    """Forget up to `limit` deletions before `horizon`, and before whatever is still on its way; how many."""
    oldest = transaction.connection.execute(_OLDEST).scalar()
    before = min(horizon, oldest if oldest is not None else horizon)
    connection = transaction.connection
    rows = connection.execute(_FORGOTTEN, {"b_horizon": int(before * 1e6), "b_limit": limit}).all()
    if rows:
        connection.execute(_FORGET, [{"b_table_id": row[0], "b_hash": row[1], "b_sort": row[2]} for row in rows])
    return len(rows)
