"""How far an inventory configuration's reports have come: queries."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.s3.store.tables import inventory_marks as marks


@dataclass(frozen=True, slots=True)
class Mark:
    """`since` is when the latest report's scan began; where none is `delivered` yet, when the first may be waited for.

    In seconds since the epoch.
    """

    since: float
    delivered: bool = False


_THIS = (marks.c.bucket_id == sa.bindparam("bucket"), marks.c.name == sa.bindparam("called"))
_FIND = sa.select(marks.c.since, marks.c.delivered).where(*_THIS)
_INSERT = insert(marks)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["bucket_id", "name"],
    set_={"since": _INSERT.excluded.since, "delivered": _INSERT.excluded.delivered},
)
_DELETE = sa.delete(marks).where(*_THIS)


def find(transaction: Transaction, bucket_id: int, name: str) -> Mark | None:
    """The mark of a bucket's configuration, by its id."""
    row = transaction.connection.execute(_FIND, {"bucket": bucket_id, "called": name}).one_or_none()
    return None if row is None else Mark(*row)


def put(transaction: Transaction, bucket_id: int, name: str, mark: Mark) -> None:
    """Put the mark in place of the one before."""
    values = {"bucket_id": bucket_id, "name": name, "since": mark.since, "delivered": mark.delivered}
    transaction.connection.execute(_PUT, values)


def delete(transaction: Transaction, bucket_id: int, name: str) -> None:
    """The configuration is gone."""
    transaction.connection.execute(_DELETE, {"bucket": bucket_id, "called": name})
