"""Annotations of object versions: queries."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.s3.store.objects import ObjectVersion
from services.s3.store.tables import object_annotations


@dataclass(frozen=True, slots=True)
class Annotation:
    """A named payload. `checksum` is "ALGORITHM:TYPE:value"."""

    name: str
    last_modified: float
    size: int
    etag: str
    checksum: str
    data: bytes = b""


_OF_VERSION = (
    object_annotations.c.bucket_id == sa.bindparam("bucket"),
    object_annotations.c.key == sa.bindparam("of_key"),
    object_annotations.c.version_order == sa.bindparam("of_order"),
)
_THIS = (*_OF_VERSION, object_annotations.c.name == sa.bindparam("called"))
_HEAD = (
    object_annotations.c.name,
    object_annotations.c.last_modified,
    object_annotations.c.size,
    object_annotations.c.etag,
    object_annotations.c.checksum,
)
_INSERT = insert(object_annotations)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["bucket_id", "key", "version_order", "name"],
    set_={name: _INSERT.excluded[name] for name in ("last_modified", "size", "etag", "checksum", "data")},
)
_FIND = sa.select(*_HEAD, object_annotations.c.data).where(*_THIS)
_COUNT = sa.select(sa.func.count()).where(*_OF_VERSION)
_LIST = (
    sa.select(*_HEAD)
    .where(
        *_OF_VERSION,
        object_annotations.c.name > sa.bindparam("after"),
        object_annotations.c.name >= sa.bindparam("prefix"),
    )
    .order_by(object_annotations.c.name)
    .limit(sa.bindparam("limit"))
)
_DELETE = sa.delete(object_annotations).where(*_THIS)
_DELETE_ALL = sa.delete(object_annotations).where(*_OF_VERSION)


def put(transaction: Transaction, version: ObjectVersion, annotation: Annotation) -> None:
    transaction.connection.execute(
        _PUT,
        {
            "bucket_id": version.bucket_id,
            "key": version.key,
            "version_order": version.version_order,
            "name": annotation.name,
            "last_modified": annotation.last_modified,
            "size": annotation.size,
            "etag": annotation.etag,
            "checksum": annotation.checksum,
            "data": annotation.data,
        },
    )


def find(transaction: Transaction, version: ObjectVersion, name: str) -> Annotation | None:
    row = transaction.connection.execute(_FIND, {**_identity(version), "called": name}).one_or_none()
    return None if row is None else Annotation(*row)


def count(transaction: Transaction, version: ObjectVersion) -> int:
    return int(transaction.connection.execute(_COUNT, _identity(version)).scalar_one())


def listed(
    transaction: Transaction, version: ObjectVersion, *, after: str, prefix: str, limit: int
) -> list[Annotation]:
    """The annotations by name: those after `after` with `prefix`, without their payloads."""
    rows = transaction.connection.execute(
        _LIST, {**_identity(version), "after": after, "prefix": prefix, "limit": limit}
    )
    return [Annotation(*row) for row in rows if row[0].startswith(prefix)]


def delete(transaction: Transaction, version: ObjectVersion, name: str) -> None:
    transaction.connection.execute(_DELETE, {**_identity(version), "called": name})


def delete_all(transaction: Transaction, version: ObjectVersion) -> None:
    transaction.connection.execute(_DELETE_ALL, _identity(version))


def _identity(version: ObjectVersion) -> dict[str, object]:
    return {"bucket": version.bucket_id, "of_key": version.key, "of_order": version.version_order}
