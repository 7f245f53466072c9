"""What of the database is in a snapshot, and which files its rows refer to.

The database's own identity is none of it: it says whose the folder of the objects is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from awskit.database import Transaction
from services.s3.store import tables
from services.s3.store.tables import clock, database_identity, metadata

TABLES: Final = tuple(table for table in metadata.sorted_tables if table not in (clock, database_identity))
SHOWN: Final = ("buckets", "objects")
RELEASED: Final = {"outbox": "leased_until = 0"}
FILE_COLUMNS: Final = frozenset({("objects", "body_id"), ("parts", "blob")})
SERIES: Final = {
    "buckets": (
        ("buckets", "id"),
        ("bucket_configurations", "bucket_id"),
        ("objects", "bucket_id"),
        ("object_annotations", "bucket_id"),
        ("inventory_marks", "bucket_id"),
        ("uploads", "bucket_id"),
    ),
    "sink_messages": (("sink_messages", "id"),),
}

_BUCKETS = "SELECT id FROM buckets WHERE account_id = :account"
_OF_BUCKETS = ("bucket_configurations", "objects", "object_annotations", "inventory_marks", "uploads")
_PARTS = (
    f"body_id IN (SELECT body_id FROM objects WHERE part_count IS NOT NULL AND bucket_id IN ({_BUCKETS}))"
    f" OR body_id IN (SELECT upload_id FROM uploads WHERE bucket_id IN ({_BUCKETS}))"
)
OWNED: Final = {
    **{table.name: "account_id = :account" for table in TABLES if "account_id" in table.c},
    "parts": _PARTS,
    **dict.fromkeys(_OF_BUCKETS, f"bucket_id IN ({_BUCKETS})"),
}

_WHOLE = "body_id IS NOT NULL AND part_count IS NULL"
_CURRENT_WHOLE = sa.select(tables.objects.c.body_id).where(
    tables.objects.c.body_id.is_not(None), tables.objects.c.part_count.is_(None)
)
_CURRENT_PARTS = sa.select(tables.parts.c.blob).where(tables.parts.c.blob.is_not(None))
_EMPTY = tuple(sa.delete(table) for table in reversed(TABLES))
_ACCOUNT: sa.BindParameter[str] = sa.bindparam("account")
_OWN_BUCKETS = sa.select(tables.buckets.c.id).where(tables.buckets.c.account_id == _ACCOUNT)
_OWN_BODIES = sa.union_all(
    sa.select(tables.objects.c.body_id).where(
        tables.objects.c.part_count.is_not(None), tables.objects.c.bucket_id.in_(_OWN_BUCKETS)
    ),
    sa.select(tables.uploads.c.upload_id).where(tables.uploads.c.bucket_id.in_(_OWN_BUCKETS)),
)
_OWN_WHOLE = _CURRENT_WHOLE.where(tables.objects.c.bucket_id.in_(_OWN_BUCKETS))
_OWN_PARTS = _CURRENT_PARTS.where(tables.parts.c.body_id.in_(_OWN_BODIES))
_EMPTY_ACCOUNT = (
    sa.delete(tables.parts).where(tables.parts.c.body_id.in_(_OWN_BODIES)),
    *(
        sa.delete(table).where(table.c.bucket_id.in_(_OWN_BUCKETS))
        for table in (
            tables.configurations,
            tables.objects,
            tables.object_annotations,
            tables.inventory_marks,
            tables.uploads,
        )
    ),
    *(sa.delete(table).where(table.c.account_id == _ACCOUNT) for table in TABLES if "account_id" in table.c),
)
# What is everybody's: no two accounts have it.
_NAMES = (tables.buckets.c.name, tables.access_points.c.alias, tables.multi_region_access_points.c.alias)
_OTHERS_NAME = {
    column: sa.select(column).where(column == sa.bindparam("name"), column.table.c.account_id != _ACCOUNT)
    for column in _NAMES
}


def files(state: sqlite3.Connection, account_id: str | None = None) -> Iterator[str]:
    """The files that a snapshot's rows refer to, of one account or all."""
    of_objects = "" if account_id is None else f" AND bucket_id IN ({_BUCKETS})"
    of_parts = "" if account_id is None else f" AND ({_PARTS})"
    given = {"account": account_id}
    for row in state.execute(f"SELECT body_id FROM objects WHERE {_WHOLE}{of_objects}", given):
        yield str(row[0])
    for row in state.execute(f"SELECT blob FROM parts WHERE blob IS NOT NULL{of_parts}", given):
        yield str(row[0])


def current_files(transaction: Transaction) -> list[str]:
    """The files that the service's rows refer to now."""
    connection = transaction.connection
    return [row[0] for statement in (_CURRENT_WHOLE, _CURRENT_PARTS) for row in connection.execute(statement)]


def empty(transaction: Transaction) -> list[str]:
    """Delete everything; the files that are free then."""
    free = current_files(transaction)
    for statement in _EMPTY:
        transaction.connection.execute(statement)
    return free


def empty_account(transaction: Transaction, account_id: str) -> list[str]:
    """Delete what an account has; the files that are free then."""
    connection, given = transaction.connection, {"account": account_id}
    free = [row[0] for statement in (_OWN_WHOLE, _OWN_PARTS) for row in connection.execute(statement, given)]
    for statement in _EMPTY_ACCOUNT:
        connection.execute(statement, given)
    return free


def names_of_others(transaction: Transaction, state: sqlite3.Connection, account_id: str) -> list[str]:
    """The names of the account's buckets and access points in a snapshot that are another account's now."""
    taken = []
    for column in _NAMES:
        own = f"SELECT {column.name} FROM {column.table.name} WHERE account_id = ?"
        for (name,) in state.execute(own, (account_id,)):
            given = {"name": name, "account": account_id}
            if transaction.connection.execute(_OTHERS_NAME[column], given).first() is not None:
                taken.append(str(name))
    return taken
