"""Rows of backups and the items in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from services.dynamodb.store.items import ItemRow
from services.dynamodb.store.schema import backup_items, backups
from services.dynamodb.store.sweeping import Sweep


class Backup(NamedTuple):
    """A backup; `definition` holds its details and the definition of its table."""

    backup_id: int
    account_id: str
    region: str
    table_name: str
    arn: str
    created_at: float
    definition: dict[str, Any]


_B = backups.c
_I = backup_items.c
_ROW = (_B.backup_id, _B.account_id, _B.region, _B.table_name, _B.arn, _B.created_at, _B.definition)
_ADD = sa.insert(backups).returning(_B.backup_id)
_FIND = sa.select(*_ROW).where(_B.arn == sa.bindparam("arn"))
_GET = sa.select(*_ROW).where(_B.backup_id == sa.bindparam("backup_id"))
_LIST = (
    sa.select(*_ROW)
    .where(_B.account_id == sa.bindparam("account_id"), _B.region == sa.bindparam("region"))
    .order_by(_B.backup_id)
)
_EXPIRING = sa.select(*_ROW).where(_B.created_at <= sa.bindparam("horizon"))
_CHANGE = sa.update(backups).where(_B.backup_id == sa.bindparam("b_backup_id"))
_REMOVE = sa.delete(backups).where(_B.backup_id == sa.bindparam("b_backup_id"))
_ADD_ITEMS = sa.insert(backup_items)
_ITEMS = (
    sa.select(_I.hash, _I.sort, _I.size, _I.page_size, _I.item)
    .where(_I.backup_id == sa.bindparam("backup_id"))
    .order_by(_I.hash, _I.sort)
    .limit(sa.bindparam("limit"))
)
_PAGES = MappingProxyType(
    {
        False: _ITEMS,
        True: _ITEMS.where(
            sa.tuple_(_I.hash, _I.sort)
            > sa.tuple_(
                sa.bindparam("after_hash", type_=sa.LargeBinary), sa.bindparam("after_sort", type_=sa.LargeBinary)
            )
        ),
    }
)
_SWEEP = Sweep(backup_items, "backup_id")


def _read(row: Any) -> Backup:
    return Backup(row[0], row[1], row[2], row[3], row[4], row[5], orjson.loads(row[6]))


def add(
    transaction: Transaction,
    address: tuple[str, str, str],
    arn: str,
    created_at: float,
    definition: Mapping[str, Any],
) -> int:
    """Insert a backup of the table at (account, region, name); its id."""
    parameters = {
        "account_id": address[0],
        "region": address[1],
        "table_name": address[2],
        "arn": arn,
        "created_at": created_at,
        "definition": orjson.dumps(definition),
    }
    backup_id: int = transaction.connection.execute(_ADD, parameters).scalar_one()
    return backup_id


def find(transaction: Transaction, arn: str) -> Backup | None:
    row = transaction.connection.execute(_FIND, {"arn": arn}).first()
    return _read(row) if row is not None else None


def get(transaction: Transaction, backup_id: int) -> Backup | None:
    row = transaction.connection.execute(_GET, {"backup_id": backup_id}).first()
    return _read(row) if row is not None else None


def all_backups(transaction: Transaction, account_id: str, region: str) -> list[Backup]:
    """An account's backups in a region, the oldest first."""
    rows = transaction.connection.execute(_LIST, {"account_id": account_id, "region": region})
    return [_read(row) for row in rows]


def created_before(transaction: Transaction, horizon: float) -> list[Backup]:
    """Backups of every account that are as old as `horizon`."""
    return [_read(row) for row in transaction.connection.execute(_EXPIRING, {"horizon": horizon})]


def change(transaction: Transaction, backup_id: int, definition: Mapping[str, Any]) -> None:
    transaction.connection.execute(_CHANGE, {"b_backup_id": backup_id, "definition": orjson.dumps(definition)})


def remove(transaction: Transaction, backup_id: int) -> None:
    """Remove the backup; its items are swept separately."""
    transaction.connection.execute(_REMOVE, {"b_backup_id": backup_id})


def add_items(transaction: Transaction, backup_id: int, rows: Sequence[ItemRow]) -> None:
    if rows:
        parameters = [
            {
                "backup_id": backup_id,
                "hash": row.hash,
                "sort": row.sort,
                "size": row.size,
                "page_size": row.page_size,
                "item": row.item,
            }
            for row in rows
        ]
        transaction.connection.execute(_ADD_ITEMS, parameters)


def page(transaction: Transaction, backup_id: int, after: tuple[bytes, bytes] | None, limit: int) -> list[ItemRow]:
    """Up to `limit` items whose places come after `after`, in order."""
    parameters: dict[str, Any] = {"backup_id": backup_id, "limit": limit}
    if after is not None:
        parameters["after_hash"], parameters["after_sort"] = after
    return [ItemRow(*row) for row in transaction.connection.execute(_PAGES[after is not None], parameters)]


def sweep(transaction: Transaction, backup_id: int, limit: int) -> bool:
    """Delete up to `limit` items of a removed backup; whether none is left."""
    return _SWEEP.some(transaction, {"b_backup_id": backup_id}, limit)
