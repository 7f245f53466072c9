"""Access points: queries. A name is its account's in one region; an alias is everybody's, as a bucket's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from services.s3.arns import DIRECTORY_ACCESS_POINT, access_point_arn
from services.s3.store.tables import access_points

_NAMED = (
    access_points.c.account_id == sa.bindparam("of_account"),
    access_points.c.region == sa.bindparam("of_region"),
    access_points.c.name == sa.bindparam("called"),
)
_FIND = sa.select(access_points).where(*_NAMED)
_FIND_BY_ALIAS = sa.select(access_points).where(access_points.c.alias == sa.bindparam("alias"))
_LIST = (
    sa.select(access_points)
    .where(*_NAMED[:2], access_points.c.name > sa.bindparam("after"))
    .order_by(access_points.c.name)
    .limit(sa.bindparam("limit"))
)
_OF_DIRECTORIES = access_points.c.name.like(f"%{DIRECTORY_ACCESS_POINT}")
_OF_BUCKET = access_points.c.bucket == sa.bindparam("of_bucket")
_LISTS = {
    (of_directories, of_one): _LIST.where(condition if not of_one else sa.and_(condition, _OF_BUCKET))
    for of_directories, condition in ((False, sa.not_(_OF_DIRECTORIES)), (True, _OF_DIRECTORIES))
    for of_one in (False, True)
}
_COUNT = sa.select(sa.func.count()).where(*_NAMED[:2])
_ANY_OF_BUCKET = (
    sa.select(access_points.c.name)
    .where(
        access_points.c.bucket == sa.bindparam("of_bucket"),
        access_points.c.account_id == access_points.c.bucket_account_id,
    )
    .limit(1)
)
_ADD = sa.insert(access_points)
_DELETE = sa.delete(access_points).where(*_NAMED)
_SET = {
    column: sa.update(access_points).where(*_NAMED).values({column: sa.bindparam("text")})
    for column in ("policy", "scope", "tags")
}
_EMPTY = sa.delete(access_points)
_EMPTY_ACCOUNT = _EMPTY.where(access_points.c.account_id == sa.bindparam("of_account"))


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """`vpc_id` is "" where requests may come from the internet; `policy` is the text that was put."""

    account_id: str
    region: str
    name: str
    alias: str
    bucket: str
    bucket_account_id: str
    created_at: float
    vpc_id: str
    public_access_block: dict[str, bool]
    policy: str | None = None
    scope: dict[str, Any] | None = None
    tags: list[list[str]] | None = None

    @property
    def arn(self) -> str:
        return access_point_arn(self.name, self.region, self.account_id)


def _of_row(row: Any) -> AccessPoint:
    values = row._asdict()
    for column in ("public_access_block", "scope", "tags"):
        values[column] = _read(values[column])
    return AccessPoint(**values)


def _read(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


def find(transaction: Transaction, account_id: str, region: str, name: str) -> AccessPoint | None:
    given = {"of_account": account_id, "of_region": region, "called": name}
    row = transaction.connection.execute(_FIND, given).one_or_none()
    return None if row is None else _of_row(row)


def find_by_alias(transaction: Transaction, alias: str) -> AccessPoint | None:
    row = transaction.connection.execute(_FIND_BY_ALIAS, {"alias": alias}).one_or_none()
    return None if row is None else _of_row(row)


def listed(
    transaction: Transaction,
    account_id: str,
    region: str,
    *,
    bucket: str | None,
    after: str,
    limit: int,
    of_directories: bool = False,
) -> list[AccessPoint]:
    """At most `limit` of an account's access points in a region, by name, those `after` one; of a bucket, or of all.

    They are those of general purpose buckets, or those `of_directories`.
    """
    given: dict[str, Any] = {"of_account": account_id, "of_region": region, "after": after, "limit": limit}
    if bucket is not None:
        given["of_bucket"] = bucket
    statement = _LISTS[of_directories, bucket is not None]
    return [_of_row(row) for row in transaction.connection.execute(statement, given)]


def count(transaction: Transaction, account_id: str, region: str) -> int:
    """How many an account has in a region."""
    given = {"of_account": account_id, "of_region": region}
    return int(transaction.connection.execute(_COUNT, given).scalar_one())


def any_of_bucket(transaction: Transaction, bucket: str) -> bool:
    """Whether the bucket's own account has an access point at it."""
    return transaction.connection.execute(_ANY_OF_BUCKET, {"of_bucket": bucket}).first() is not None


def add(transaction: Transaction, point: AccessPoint) -> None:
    values = {
        name: orjson.dumps(value).decode() if isinstance(value, dict | list) else value
        for name, value in ((name, getattr(point, name)) for name in AccessPoint.__slots__)
    }
    transaction.connection.execute(_ADD, values)


def delete(transaction: Transaction, point: AccessPoint) -> None:
    transaction.connection.execute(_DELETE, _named(point))


def set_policy(transaction: Transaction, point: AccessPoint, text: str | None) -> None:
    transaction.connection.execute(_SET["policy"], {**_named(point), "text": text})


def set_scope(transaction: Transaction, point: AccessPoint, scope: dict[str, Any] | None) -> None:
    transaction.connection.execute(_SET["scope"], {**_named(point), "text": _written(scope)})


def set_tags(transaction: Transaction, point: AccessPoint, tags: list[list[str]] | None) -> None:
    transaction.connection.execute(_SET["tags"], {**_named(point), "text": _written(tags)})


def empty(transaction: Transaction, account_id: str | None) -> None:
    """Delete those of an account, or all where it is None."""
    if account_id is None:
        transaction.connection.execute(_EMPTY)
    else:
        transaction.connection.execute(_EMPTY_ACCOUNT, {"of_account": account_id})


def _named(point: AccessPoint) -> dict[str, str]:
    return {"of_account": point.account_id, "of_region": point.region, "called": point.name}


def _written(value: Any) -> str | None:
    return orjson.dumps(value).decode() if value else None
