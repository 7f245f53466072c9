"""The entries of a listing with a delimiter, one row for each: one statement goes from common prefix to common prefix.

A page of 1,000 common prefixes then costs 1,000 searches of the index, however many keys are below each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.engines import byte_position
from services.s3.names import after_prefix
from services.s3.store.tables import objects


def entries_statement(columns: Sequence[Any], visible: Sequence[Any], *, versions: bool) -> sa.Select[Any]:
    """The first `visible` row of each entry from key `begin` on, in order; of a common prefix only its first key.

    `columns` begin with the key. With `versions` the entries end after the first that is a key, not a common prefix:
    its versions are entries too, and are read otherwise.
    """

    def first_key(*conditions: Any) -> Any:
        found = sa.select(objects.c.key).where(
            objects.c.bucket_id == sa.bindparam("bucket"), objects.c.key < sa.bindparam("end"), *conditions, *visible
        )
        return found.order_by(objects.c.key).limit(1).scalar_subquery()

    start = sa.select(
        first_key(objects.c.key >= sa.bindparam("begin")).label("key"), sa.literal_column("1").label("number")
    )
    entry = start.cte("entry", recursive=True)
    prefix_length = sa.bindparam("prefix_length", type_=sa.Integer)

    def delimiter_in(key: Any) -> Any:
        rest = sa.func.substr(key, prefix_length + 1, type_=sa.LargeBinary)
        return byte_position(rest, sa.bindparam("delimiter", type_=sa.LargeBinary))

    found = delimiter_in(entry.c.key)
    head = sa.func.substr(entry.c.key, 1, prefix_length + found - 1, type_=sa.LargeBinary)
    beyond = sa.cast(head.op("||")(sa.bindparam("beyond", type_=sa.LargeBinary)), sa.LargeBinary)
    after_key = sa.cast(entry.c.key.op("||")(sa.bindparam("zero", type_=sa.LargeBinary)), sa.LargeBinary)
    following = beyond if versions else sa.case((found > 0, beyond), else_=after_key)
    more = [entry.c.key.is_not(None), entry.c.number < sa.bindparam("limit")]
    if versions:
        more.append(found > 0)
    step = sa.select(
        # `following` is of the row before; it must not be taken for one of the subquery's own
        first_key(objects.c.key >= following).label("key"),
        (entry.c.number + 1).label("number"),
    ).where(*more)
    entry = entry.union_all(step)
    # Below a common prefix no row is looked for: comparing with NULL ends the search before it begins.
    plain_key = sa.case((delimiter_in(entry.c.key) == 0, entry.c.key))
    found_rows = [objects.c.bucket_id == sa.bindparam("bucket"), objects.c.key == plain_key, *visible]
    if versions:
        other = objects.alias("other")
        newest = sa.select(sa.func.min(other.c.version_order)).where(
            other.c.bucket_id == sa.bindparam("bucket"), other.c.key == plain_key
        )
        found_rows.append(objects.c.version_order == newest.scalar_subquery())
    # An outer join, so that no planner begins with the bucket's rows.
    return (
        sa.select(entry.c.key, *columns[1:])
        .select_from(entry.outerjoin(objects, sa.and_(*found_rows)))
        .where(entry.c.key.is_not(None))
        .order_by(entry.c.number)
    )


def entries(
    transaction: Transaction,
    statement: sa.Select[Any],
    bucket_id: int,
    prefix: bytes,
    delimiter: bytes,
    begin: bytes,
    end: bytes,
    limit: int,
) -> Sequence[Any]:
    """The rows of at most `limit` entries, by an `entries_statement`. All keys of the range have `prefix`."""
    values = {
        "bucket": bucket_id,
        "begin": begin,
        "end": end,
        "prefix_length": len(prefix),
        "delimiter": delimiter,
        "beyond": after_prefix(delimiter),
        "zero": b"\x00",
        "limit": limit,
    }
    return transaction.connection.execute(statement, values).all()
