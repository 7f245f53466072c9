"""The entries of a listing with a delimiter, a row for each: one statement goes from common prefix to common prefix.

A page of 1,000 common prefixes then costs 1,000 searches of the index, however many keys are below each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import byte_position
from awskit.database.statements import Statement
from services.s3.store.key_order import after_prefix
from services.s3.store.tables import objects


def first_keys(visible: Sequence[Any], *, only_prefixes: bool) -> Statement:
    """The first `visible` key of each entry from key `begin` on.

    With `only_prefixes` the entries end with the first that is a key, not a common prefix.
    """

    def first_key(*conditions: Any) -> Any:
        found = sa.select(objects.c.key).where(
            objects.c.bucket_id == sa.bindparam("bucket"), objects.c.key < sa.bindparam("end"), *conditions, *visible
        )
        return found.order_by(objects.c.key).limit(sa.literal_column("1")).scalar_subquery()

    start = sa.select(
        first_key(objects.c.key >= sa.bindparam("begin")).label("key"), sa.literal_column("1").label("number")
    )
    entry = start.cte("entry", recursive=True)
    prefix_length = sa.bindparam("prefix_length", type_=sa.Integer)
    rest = sa.func.substr(entry.c.key, prefix_length + 1, type_=sa.LargeBinary)
    found = byte_position(rest, sa.bindparam("delimiter", type_=sa.LargeBinary))
    head = sa.func.substr(entry.c.key, 1, prefix_length + found - 1, type_=sa.LargeBinary)
    beyond = sa.cast(head.op("||")(sa.bindparam("beyond", type_=sa.LargeBinary)), sa.LargeBinary)
    after_key = sa.cast(entry.c.key.op("||")(sa.bindparam("zero", type_=sa.LargeBinary)), sa.LargeBinary)
    following = beyond if only_prefixes else sa.case((found > 0, beyond), else_=after_key)
    more = [entry.c.key.is_not(None), entry.c.number < sa.bindparam("limit")]
    if only_prefixes:
        more.append(found > 0)
    step = sa.select(
        # `following` is of the row before; it must not be taken for one of the subquery's own
        first_key(objects.c.key >= following).label("key"),
        (entry.c.number + 1).label("number"),
    ).where(*more)
    entry = entry.union_all(step)
    return Statement(sa.select(entry.c.key).where(entry.c.key.is_not(None)))


def entries(
    transaction: Transaction,
    statement: Statement,
    bucket_id: int,
    prefix: bytes,
    delimiter: bytes,
    begin: bytes,
    end: bytes,
    limit: int,
) -> list[bytes]:
    """The first keys of at most `limit` entries, in order, by a `first_keys`. All keys of the range have `prefix`."""
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
    # The database need not keep the order in which it found them.
    return sorted(row[0] for row in statement.rows(transaction, values))
