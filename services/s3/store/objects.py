"""Object versions: queries. What versioning, null versions and delete markers mean is in `objects/versions.py`."""

from __future__ import annotations

import base64
import secrets
import zlib
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.statements import Statement
from services.s3.store.buckets import Bucket, bucket_of_row
from services.s3.store.tables import buckets, objects

NULL_VERSION = "null"


@dataclass(slots=True)
class ObjectVersion:
    """One version. `attributes` are members of GetObject's output; `checksum` is "ALGORITHM:TYPE:value"."""

    bucket_id: int
    key: bytes
    version_order: int
    version_id: str
    is_latest: bool
    is_delete_marker: bool
    last_modified: float
    size: int
    etag: str
    storage_class: str
    owner_id: str
    checksum: str | None
    attributes: dict[str, Any]
    tags: list[list[str]] | None
    acl: Any
    body_id: str | None
    part_count: int | None
    data: bytes | None = None

    @property
    def name(self) -> str:
        """The key as text."""
        return self.key.decode()


_COLUMNS = tuple(objects.c)
_HEAD_COLUMNS = tuple(column for column in objects.c if column.name != "data")
_FIXED = ("bucket_id", "key")
_KEY = (objects.c.bucket_id == sa.bindparam("bucket"), objects.c.key == sa.bindparam("of_key"))
_VERSION = (*_KEY, objects.c.version_order == sa.bindparam("of_order"))

# A key's newest version is the first of its rows.
_FIRST: sa.ColumnClause[int] = sa.literal_column("1")
_CURRENT, _CURRENT_HEAD = (
    Statement(sa.select(*columns).where(*_KEY).order_by(objects.c.version_order).limit(_FIRST))
    for columns in (_COLUMNS, _HEAD_COLUMNS)
)
_BUCKET_COLUMNS = len(buckets.c)
_IN_BUCKET = buckets.outerjoin(objects, sa.and_(objects.c.bucket_id == buckets.c.id, _KEY[1]))
_NAMED_HEAD, _NAMED = (
    Statement(
        sa.select(*buckets.c, *columns)
        .select_from(_IN_BUCKET)
        .where(buckets.c.name == sa.bindparam("bucket_name"))
        .order_by(objects.c.version_order)
        .limit(_FIRST)
    )
    for columns in (_HEAD_COLUMNS, _COLUMNS)
)
_FIND = Statement(sa.select(*_COLUMNS).where(*_VERSION))
_FIND_HEAD = Statement(sa.select(*_HEAD_COLUMNS).where(*_VERSION))
_NULL = Statement(sa.select(*_COLUMNS).where(*_KEY, objects.c.version_id == NULL_VERSION))
_NULL_HEAD = Statement(sa.select(*_HEAD_COLUMNS).where(*_KEY, objects.c.version_id == NULL_VERSION))
_INSERT = Statement(sa.insert(objects))
_DELETE = Statement(sa.delete(objects).where(*_VERSION))
_DEMOTE = Statement(sa.update(objects).where(*_KEY, objects.c.is_latest == sa.true()).values(is_latest=sa.false()))
_PROMOTE = Statement(sa.update(objects).where(*_VERSION).values(is_latest=sa.true()))
_REPLACE = Statement(
    sa.update(objects)
    .where(*_VERSION)
    .values({column.name: sa.bindparam(f"new_{column.name}") for column in objects.c if column.name not in _FIXED})
)
_SET_ATTRIBUTES = sa.update(objects).where(*_VERSION).values(attributes=sa.bindparam("new_attributes"))
_SET_TAGS = sa.update(objects).where(*_VERSION).values(tags=sa.bindparam("new_tags"))
_SET_ACL = sa.update(objects).where(*_VERSION).values(acl=sa.bindparam("new_acl"))
_SET_STORAGE_CLASS = sa.update(objects).where(*_VERSION).values(storage_class=sa.bindparam("new_class"))
_BODIES = sa.select(objects.c.body_id).where(
    objects.c.body_id.is_not(None),
    objects.c.body_id >= sa.bindparam("begin"),
    objects.c.body_id < sa.bindparam("end"),
)
_ALL_OF_KEY = sa.select(*_HEAD_COLUMNS).where(*_KEY).order_by(objects.c.version_order)
_AFTER = (
    sa.select(*_HEAD_COLUMNS)
    .where(objects.c.bucket_id == sa.bindparam("bucket"), objects.c.key > sa.bindparam("after"))
    .order_by(objects.c.key, objects.c.version_order)
    .limit(sa.bindparam("limit"))
)
_BEYOND = (
    sa.select(*_HEAD_COLUMNS)
    .where(
        objects.c.bucket_id == sa.bindparam("bucket"),
        sa.tuple_(objects.c.key, objects.c.version_order)
        > sa.tuple_(sa.bindparam("of_key", type_=sa.LargeBinary), sa.bindparam("of_order", type_=sa.BigInteger)),
    )
    .order_by(objects.c.key, objects.c.version_order)
    .limit(sa.bindparam("limit"))
)
_OF_BUCKET = (
    sa.select(*_HEAD_COLUMNS)
    .where(objects.c.bucket_id == sa.bindparam("bucket"))
    .order_by(objects.c.key, objects.c.version_order)
    .limit(sa.bindparam("limit"))
)


def current(transaction: Transaction, bucket_id: int, key: bytes, *, body: bool = False) -> ObjectVersion | None:
    """The key's newest version, which may be a delete marker. `body` loads the bytes that lie in the row."""
    row = (_CURRENT if body else _CURRENT_HEAD).first(transaction, {"bucket": bucket_id, "of_key": key})
    return None if row is None else of_row(row)


def bucket_and_current(
    transaction: Transaction, bucket: str, key: bytes, *, body: bool = False
) -> tuple[Bucket | None, ObjectVersion | None]:
    """A bucket by its name and a key's newest version in it, in one query."""
    row = (_NAMED if body else _NAMED_HEAD).first(transaction, {"bucket_name": bucket, "of_key": key})
    if row is None:
        return None, None
    found = bucket_of_row(row[:_BUCKET_COLUMNS])
    return found, None if row[_BUCKET_COLUMNS] is None else of_row(row[_BUCKET_COLUMNS:])


def find(
    transaction: Transaction, bucket_id: int, key: bytes, version_id: str, *, body: bool = False
) -> ObjectVersion | None:
    """A version by its id."""
    values: dict[str, Any] = {"bucket": bucket_id, "of_key": key}
    if version_id == NULL_VERSION:
        row = (_NULL if body else _NULL_HEAD).first(transaction, values)
    else:
        order = order_of(version_id)
        if order is None:
            return None
        values["of_order"] = order
        row = (_FIND if body else _FIND_HEAD).first(transaction, values)
    if row is None or row[3] != version_id:
        return None
    return of_row(row)


def insert(transaction: Transaction, version: ObjectVersion) -> None:
    """Add a row; its key, order and id are those of `version`."""
    _INSERT.do(transaction, _values(version))


def replace(transaction: Transaction, existing: ObjectVersion, version: ObjectVersion) -> None:
    """Put `version` into the row of `existing`, a version of the same key."""
    values = {f"new_{name}": value for name, value in _values(version).items() if name not in _FIXED}
    values.update(bucket=existing.bucket_id, of_key=existing.key, of_order=existing.version_order)
    _REPLACE.do(transaction, values)


def delete(transaction: Transaction, version: ObjectVersion) -> None:
    """Remove the version's row; its bytes are the caller's to free."""
    _DELETE.do(transaction, _identity(version))


def demote(transaction: Transaction, bucket_id: int, key: bytes) -> None:
    """No version of the key is the latest any more."""
    _DEMOTE.do(transaction, {"bucket": bucket_id, "of_key": key})


def promote(transaction: Transaction, version: ObjectVersion) -> None:
    """Make this version its key's latest."""
    _PROMOTE.do(transaction, _identity(version))


def set_attributes(transaction: Transaction, version: ObjectVersion) -> None:
    """Keep the attributes as `version` has them now."""
    transaction.connection.execute(
        _SET_ATTRIBUTES, {**_identity(version), "new_attributes": orjson.dumps(version.attributes).decode()}
    )


def set_tags(transaction: Transaction, version: ObjectVersion, tags: list[list[str]] | None) -> None:
    transaction.connection.execute(_SET_TAGS, {**_identity(version), "new_tags": _json(tags)})


def set_acl(transaction: Transaction, version: ObjectVersion, acl: Any) -> None:
    transaction.connection.execute(_SET_ACL, {**_identity(version), "new_acl": _json(acl)})


def set_storage_class(transaction: Transaction, version: ObjectVersion, storage_class: str) -> None:
    transaction.connection.execute(_SET_STORAGE_CLASS, {**_identity(version), "new_class": storage_class})


def bodies(transaction: Transaction, prefix: str) -> list[str]:
    """The bodies outside the rows whose ids begin with `prefix` (hexadecimal digits)."""
    rows = transaction.connection.execute(_BODIES, {"begin": prefix, "end": prefix + "g"})
    return [row[0] for row in rows]


def versions_of(transaction: Transaction, bucket_id: int, key: bytes) -> list[ObjectVersion]:
    """Every version of a key, newest first."""
    rows = transaction.connection.execute(_ALL_OF_KEY, {"bucket": bucket_id, "of_key": key})
    return [of_row(row) for row in rows]


def versions_by_key(
    transaction: Transaction, bucket_id: int, after: bytes, limit: int
) -> tuple[list[tuple[bytes, list[ObjectVersion]]], bytes | None]:
    """About `limit` versions of the keys after `after`, by key; and the key to go on after, None at the end."""
    rows = transaction.connection.execute(_AFTER, {"bucket": bucket_id, "after": after, "limit": limit}).all()
    found: list[tuple[bytes, list[ObjectVersion]]] = []
    for row in rows:
        version = of_row(row)
        if not found or found[-1][0] != version.key:
            found.append((version.key, []))
        found[-1][1].append(version)
    if len(rows) < limit:
        return found, None
    # The last key may go on beyond the page.
    key = found[-1][0]
    found[-1] = (key, versions_of(transaction, bucket_id, key))
    return found, key


def versions_beyond(
    transaction: Transaction, bucket_id: int, key: bytes, order: int, limit: int
) -> list[ObjectVersion]:
    """At most `limit` versions of a bucket by key, newest first, from behind a key's version of this order."""
    values = {"bucket": bucket_id, "of_key": key, "of_order": order, "limit": limit}
    return [of_row(row) for row in transaction.connection.execute(_BEYOND, values)]


def of_bucket(transaction: Transaction, bucket_id: int, limit: int) -> list[ObjectVersion]:
    """Some versions of a bucket, to empty it piece by piece."""
    rows = transaction.connection.execute(_OF_BUCKET, {"bucket": bucket_id, "limit": limit})
    return [of_row(row) for row in rows]


def of_row(row: Any) -> ObjectVersion:
    """A version from a row of all columns, or of all but `data`."""
    values = list(row)
    values[12] = orjson.loads(values[12])
    if values[13] is not None:
        values[13] = orjson.loads(values[13])
    if values[14] is not None:
        values[14] = orjson.loads(values[14])
    return ObjectVersion(*values)


def new_version_id(version_order: int) -> str:
    """32 characters that nobody can guess and that tell where the version's row is, and that they are such an id."""
    content = version_order.to_bytes(8, "big", signed=True) + secrets.token_bytes(12)
    return base64.urlsafe_b64encode(content + _check_bytes(content)).decode()


def is_version_id(text: str) -> bool:
    """Whether `new_version_id` may have made `text`, or it names null versions."""
    if text == NULL_VERSION:
        return True
    if len(text) != 32:
        return False
    try:
        decoded = base64.urlsafe_b64decode(text)
    except ValueError:
        return False
    return _check_bytes(decoded[:20]) == decoded[20:]


def _check_bytes(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(4, "big")


def order_of(version_id: str) -> int | None:
    """The `version_order` within a version id; None where it is none of ours."""
    if len(version_id) != 32:
        return None
    try:
        return int.from_bytes(base64.urlsafe_b64decode(version_id)[:8], "big", signed=True)
    except ValueError:
        return None


def _identity(version: ObjectVersion) -> dict[str, Any]:
    return {"bucket": version.bucket_id, "of_key": version.key, "of_order": version.version_order}


def _values(version: ObjectVersion) -> dict[str, Any]:
    return {
        "bucket_id": version.bucket_id,
        "key": version.key,
        "version_order": version.version_order,
        "version_id": version.version_id,
        "is_latest": version.is_latest,
        "is_delete_marker": version.is_delete_marker,
        "last_modified": version.last_modified,
        "size": version.size,
        "etag": version.etag,
        "storage_class": version.storage_class,
        "owner_id": version.owner_id,
        "checksum": version.checksum,
        "attributes": orjson.dumps(version.attributes).decode(),
        "tags": _json(version.tags),
        "acl": _json(version.acl),
        "body_id": version.body_id,
        "part_count": version.part_count,
        "data": version.data,
    }


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
