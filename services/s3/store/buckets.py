"""Buckets and their configurations: queries. A bucket's name is unique across accounts and regions, as on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import Statement
from services.s3.store.tables import accounts, buckets, configurations, inventory_marks, objects, outbox, parts, uploads


@dataclass(frozen=True, slots=True)
class Bucket:
    """`versioning` is "", "Enabled" or "Suspended"; `configured` names the kinds of configuration it has.

    `ownership` is "" where the ownership controls were deleted, which means ObjectWriter.
    """

    id: int
    name: str
    account_id: str
    region: str
    created_at: float
    versioning: str
    object_lock: bool
    ownership: str
    configured: str

    def has(self, kind: str) -> bool:
        """Whether it has a configuration of this kind."""
        return f",{kind}," in self.configured


_FIND = Statement(sa.select(buckets).where(buckets.c.name == sa.bindparam("name")))
_FIND_BY_ID = sa.select(buckets).where(buckets.c.id == sa.bindparam("id"))
_LIST = (
    sa.select(buckets)
    .where(
        buckets.c.account_id == sa.bindparam("account_id"),
        buckets.c.name.not_like("%--x-s3"),
        buckets.c.name > sa.bindparam("after"),
        buckets.c.name >= sa.bindparam("prefix"),
        buckets.c.name < sa.bindparam("end"),
    )
    .order_by(buckets.c.name)
    .limit(sa.bindparam("limit"))
)
_LIST_REGION = _LIST.where(buckets.c.region == sa.bindparam("region"))
_LIST_DIRECTORIES = (
    sa.select(buckets)
    .where(
        buckets.c.account_id == sa.bindparam("account_id"),
        buckets.c.region == sa.bindparam("region"),
        buckets.c.name.like("%--x-s3"),
        buckets.c.name > sa.bindparam("after"),
    )
    .order_by(buckets.c.name)
    .limit(sa.bindparam("limit"))
)
_COUNT = sa.select(sa.func.count()).where(buckets.c.account_id == sa.bindparam("account_id"))
_WITH_KIND = sa.select(buckets).where(buckets.c.configured.contains(sa.bindparam("mark")))
_ANY = sa.select(buckets).limit(1)
_ANY_OF = _ANY.where(buckets.c.account_id == sa.bindparam("account_id"))
_ADD = sa.insert(buckets).returning(buckets.c.id)
_DELETE = sa.delete(buckets).where(buckets.c.id == sa.bindparam("id"))
_ANY_OBJECT = sa.select(objects.c.bucket_id).where(objects.c.bucket_id == sa.bindparam("id")).limit(1)
_DELETE_CONFIGURATIONS = sa.delete(configurations).where(configurations.c.bucket_id == sa.bindparam("id"))
_DELETE_INVENTORY_MARKS = sa.delete(inventory_marks).where(inventory_marks.c.bucket_id == sa.bindparam("id"))
_DELETE_UPLOADS = sa.delete(uploads).where(uploads.c.bucket_id == sa.bindparam("id"))
_DELETE_PARTS = sa.delete(parts).where(
    parts.c.body_id.in_(sa.select(uploads.c.upload_id).where(uploads.c.bucket_id == sa.bindparam("id")))
)
_PART_BLOBS = sa.select(parts.c.blob).where(
    parts.c.blob.is_not(None),
    parts.c.body_id.in_(sa.select(uploads.c.upload_id).where(uploads.c.bucket_id == sa.bindparam("id"))),
)
_EMPTY_OUTBOX = sa.delete(outbox)
_EMPTY_ACCOUNTS = sa.delete(accounts)
_SET_VERSIONING = (
    sa.update(buckets).where(buckets.c.id == sa.bindparam("bucket")).values(versioning=sa.bindparam("status"))
)
_SET_OWNERSHIP = (
    sa.update(buckets).where(buckets.c.id == sa.bindparam("bucket")).values(ownership=sa.bindparam("setting"))
)
_SET_LOCK = sa.update(buckets).where(buckets.c.id == sa.bindparam("bucket")).values(object_lock=sa.true())
_SET_CONFIGURED = (
    sa.update(buckets).where(buckets.c.id == sa.bindparam("bucket")).values(configured=sa.bindparam("kinds"))
)

_THIS = (
    configurations.c.bucket_id == sa.bindparam("bucket"),
    configurations.c.kind == sa.bindparam("of_kind"),
    configurations.c.name == sa.bindparam("called"),
)
_GET = sa.select(configurations.c.document).where(*_THIS)
_GET_ALL = (
    sa.select(configurations.c.name, configurations.c.document)
    .where(_THIS[0], _THIS[1], configurations.c.name > sa.bindparam("after"))
    .order_by(configurations.c.name)
    .limit(sa.bindparam("limit"))
)
_INSERT = insert(configurations)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["bucket_id", "kind", "name"], set_={"document": _INSERT.excluded.document}
)
_REMOVE = sa.delete(configurations).where(*_THIS)


@lru_cache(maxsize=256)
def bucket_of_row(row: tuple[Any, ...]) -> Bucket:
    """The bucket of a row: mostly one that was made before."""
    return Bucket(*row)


def find(transaction: Transaction, name: str) -> Bucket | None:
    """The bucket of this name, whoever owns it."""
    row = _FIND.first(transaction, {"name": name})
    return None if row is None else bucket_of_row(row)


def find_by_id(transaction: Transaction, bucket_id: int) -> Bucket | None:
    row = transaction.connection.execute(_FIND_BY_ID, {"id": bucket_id}).one_or_none()
    return None if row is None else Bucket(*row)


def listed(
    transaction: Transaction, account_id: str, *, after: str, prefix: str, region: str | None, limit: int
) -> list[Bucket]:
    """An account's buckets by name: those after `after` with `prefix`, of `region` where it is given."""
    # Bucket names are ASCII, all below "~".
    values: dict[str, Any] = {
        "account_id": account_id,
        "after": after,
        "prefix": prefix,
        "end": prefix + "~",
        "limit": limit,
    }
    if region is not None:
        values["region"] = region
    rows = transaction.connection.execute(_LIST if region is None else _LIST_REGION, values)
    return [Bucket(*row) for row in rows]


def count(transaction: Transaction, account_id: str) -> int:
    """How many buckets the account has."""
    return int(transaction.connection.execute(_COUNT, {"account_id": account_id}).scalar_one())


def any_of(transaction: Transaction, account_id: str | None) -> Bucket | None:
    """Some bucket of the account, or of any where it is None."""
    if account_id is None:
        row = transaction.connection.execute(_ANY).one_or_none()
    else:
        row = transaction.connection.execute(_ANY_OF, {"account_id": account_id}).one_or_none()
    return None if row is None else Bucket(*row)


def listed_directories(
    transaction: Transaction, account_id: str, region: str, *, after: str, limit: int
) -> list[Bucket]:
    """An account's directory buckets in a region, by name."""
    values = {"account_id": account_id, "region": region, "after": after, "limit": limit}
    return [Bucket(*row) for row in transaction.connection.execute(_LIST_DIRECTORIES, values)]


def with_configuration(transaction: Transaction, kind: str) -> list[Bucket]:
    """Every bucket that has a configuration of this kind."""
    return [Bucket(*row) for row in transaction.connection.execute(_WITH_KIND, {"mark": f",{kind},"})]


def add(
    transaction: Transaction,
    name: str,
    account_id: str,
    region: str,
    created_at: float,
    *,
    object_lock: bool,
    ownership: str,
) -> Bucket:
    """A new bucket. A bucket with object lock is versioned from the start."""
    values = {
        "name": name,
        "account_id": account_id,
        "region": region,
        "created_at": created_at,
        "versioning": "Enabled" if object_lock else "",
        "object_lock": object_lock,
        "ownership": ownership,
        "configured": ",",
    }
    bucket_id = transaction.connection.execute(_ADD, values).scalar_one()
    return Bucket(bucket_id, *values.values())  # type: ignore[arg-type]


def is_empty(transaction: Transaction, bucket: Bucket) -> bool:
    """Whether it holds no version of any object (unfinished uploads do not count)."""
    return transaction.connection.execute(_ANY_OBJECT, {"id": bucket.id}).first() is None


def delete(transaction: Transaction, bucket: Bucket) -> list[str]:
    """Delete an empty bucket with its configurations and unfinished uploads. Returns the blobs that are free now."""
    values = {"id": bucket.id}
    blobs = [row[0] for row in transaction.connection.execute(_PART_BLOBS, values)]
    for statement in (_DELETE_PARTS, _DELETE_UPLOADS, _DELETE_INVENTORY_MARKS, _DELETE_CONFIGURATIONS, _DELETE):
        transaction.connection.execute(statement, values)
    return blobs


def empty_rest(transaction: Transaction) -> None:
    """What is left where every bucket is gone: deliveries under way, the accounts' own settings."""
    transaction.connection.execute(_EMPTY_OUTBOX)
    transaction.connection.execute(_EMPTY_ACCOUNTS)


def set_versioning(transaction: Transaction, bucket: Bucket, status: str) -> None:
    """`status` is "Enabled" or "Suspended"."""
    transaction.connection.execute(_SET_VERSIONING, {"bucket": bucket.id, "status": status})


def enable_object_lock(transaction: Transaction, bucket: Bucket) -> None:
    transaction.connection.execute(_SET_LOCK, {"bucket": bucket.id})


def set_ownership(transaction: Transaction, bucket: Bucket, setting: str) -> None:
    """`setting` is an object ownership, or "" for none."""
    transaction.connection.execute(_SET_OWNERSHIP, {"bucket": bucket.id, "setting": setting})


def configuration(transaction: Transaction, bucket: Bucket, kind: str, name: str = "") -> Any:
    """A configuration as it was put (JSON), or None."""
    if not bucket.has(kind):
        return None
    row = transaction.connection.execute(_GET, {"bucket": bucket.id, "of_kind": kind, "called": name}).one_or_none()
    return None if row is None else orjson.loads(row[0])


def configuration_text(transaction: Transaction, bucket: Bucket, kind: str, name: str = "") -> str | None:
    """A configuration's JSON text, for those who cache what they compile from it."""
    if not bucket.has(kind):
        return None
    row = transaction.connection.execute(_GET, {"bucket": bucket.id, "of_kind": kind, "called": name}).one_or_none()
    return None if row is None else str(row[0])


def configurations_of(
    transaction: Transaction, bucket: Bucket, kind: str, *, after: str = "", limit: int = 1000
) -> Iterator[tuple[str, Any]]:
    """The configurations of a kind of which a bucket may have several, by name."""
    values = {"bucket": bucket.id, "of_kind": kind, "called": "", "after": after, "limit": limit}
    for name, document in transaction.connection.execute(_GET_ALL, values):
        yield name, orjson.loads(document)


def put_configuration(transaction: Transaction, bucket: Bucket, kind: str, document: Any, name: str = "") -> None:
    """Put a configuration in place of the one before."""
    transaction.connection.execute(
        _PUT,
        {"bucket_id": bucket.id, "kind": kind, "name": name, "document": orjson.dumps(document).decode()},
    )
    current = find_by_id(transaction, bucket.id)
    assert current is not None
    if not current.has(kind):
        transaction.connection.execute(_SET_CONFIGURED, {"bucket": bucket.id, "kinds": f"{current.configured}{kind},"})


def delete_configuration(transaction: Transaction, bucket: Bucket, kind: str, name: str = "") -> bool:
    """Take a configuration away. Whether there was one."""
    removed = transaction.connection.execute(_REMOVE, {"bucket": bucket.id, "of_kind": kind, "called": name}).rowcount
    current = find_by_id(transaction, bucket.id)
    assert current is not None
    if current.has(kind) and next(configurations_of(transaction, current, kind, after="", limit=1), None) is None:
        named_nothing = configuration(transaction, current, kind) is None
        if named_nothing:
            kinds = current.configured.replace(f",{kind},", ",", 1)
            transaction.connection.execute(_SET_CONFIGURED, {"bucket": bucket.id, "kinds": kinds})
    return bool(removed)
