"""Multipart uploads and their parts: queries. A completed upload's parts go on as the object's body."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.s3.store.tables import parts, uploads

STATE = "StateBefore"
"""The attribute of an upload that keeps what was at its key when it began."""


@dataclass(slots=True)
class Upload:
    """An upload in progress, or, with `completed`, one whose answer is kept for a repeated completion."""

    upload_id: str
    bucket_id: int
    key: bytes
    initiated_at: float
    owner_id: str
    initiator_id: str
    storage_class: str
    checksum_algorithm: str | None
    checksum_type: str | None
    attributes: dict[str, Any]
    tags: list[list[str]] | None
    acl: Any
    completed: dict[str, Any] | None = None
    completed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """`checksum` is base64 of the upload's algorithm. `position` is set once the upload is complete."""

    body_id: str
    part_number: int
    size: int
    etag: str
    last_modified: float
    checksum: str | None
    position: int | None = None
    blob: str | None = None
    data: bytes | None = None


_UPLOAD_ID = re.compile(r"[0-9a-f]{16}[A-Za-z0-9_-]{48}")
_FIND = sa.select(uploads).where(uploads.c.upload_id == sa.bindparam("upload"))
_INSERT = sa.insert(uploads)
_DELETE = sa.delete(uploads).where(uploads.c.upload_id == sa.bindparam("upload"))
_COMPLETE = (
    sa.update(uploads)
    .where(uploads.c.upload_id == sa.bindparam("upload"))
    .values(completed=sa.bindparam("answer"), completed_at=sa.bindparam("at"))
)
_FORGET = sa.delete(uploads).where(uploads.c.completed_at < sa.bindparam("before"))
_OLD = sa.select(uploads).where(
    uploads.c.bucket_id == sa.bindparam("bucket"),
    uploads.c.completed.is_(None),
    uploads.c.initiated_at < sa.bindparam("before"),
)

_HEAD_COLUMNS = tuple(column for column in parts.c if column.name != "data")
_OF_BODY = parts.c.body_id == sa.bindparam("body")
_PART = (_OF_BODY, parts.c.part_number == sa.bindparam("number"))
_INSERT_PART = insert(parts)
_PUT_PART = _INSERT_PART.on_conflict_do_update(
    index_elements=["body_id", "part_number"],
    set_={
        name: _INSERT_PART.excluded[name]
        for name in ("size", "etag", "last_modified", "checksum", "position", "blob", "data")
    },
)
_FIND_PART = sa.select(*_HEAD_COLUMNS).where(*_PART)
_LIST_PARTS = (
    sa.select(*_HEAD_COLUMNS)
    .where(_OF_BODY, parts.c.part_number > sa.bindparam("after"))
    .order_by(parts.c.part_number)
    .limit(sa.bindparam("limit"))
)
_COVERING = (
    sa.select(*parts.c)
    .where(
        _OF_BODY,
        parts.c.position < sa.bindparam("end"),
        parts.c.position + parts.c.size > sa.bindparam("start"),
    )
    .order_by(parts.c.part_number)
)
_BLOBS_OF = sa.select(parts.c.blob).where(_OF_BODY, parts.c.blob.is_not(None))
_DELETE_PARTS = sa.delete(parts).where(_OF_BODY)
_DELETE_PART = sa.delete(parts).where(*_PART)
_PLACE = sa.update(parts).where(*_PART).values(position=sa.bindparam("at"))
_BLOBS = sa.select(parts.c.blob).where(
    parts.c.blob.is_not(None), parts.c.blob >= sa.bindparam("begin"), parts.c.blob < sa.bindparam("end")
)


def new_upload_id(now: float) -> str:
    """An id that sorts by the time of the upload's start and that nobody can guess."""
    return f"{int(now * 1e6):016x}{secrets.token_urlsafe(36)}"


def new_body_id() -> str:
    """The id of a body that is made of parts."""
    return secrets.token_hex(16)


def may_be_of_key(transaction: Transaction, upload_id: str, bucket_id: int, key: bytes) -> bool:
    """Whether an upload of this key has the id, or one that is no longer known may have had it."""
    if _UPLOAD_ID.fullmatch(upload_id) is None:
        return False
    row = transaction.connection.execute(_FIND, {"upload": upload_id}).one_or_none()
    return row is None or (row[1] == bucket_id and row[2] == key)


def add(transaction: Transaction, upload: Upload) -> None:
    """Keep an upload that begins."""
    values = {
        "upload_id": upload.upload_id,
        "bucket_id": upload.bucket_id,
        "key": upload.key,
        "initiated_at": upload.initiated_at,
        "owner_id": upload.owner_id,
        "initiator_id": upload.initiator_id,
        "storage_class": upload.storage_class,
        "checksum_algorithm": upload.checksum_algorithm,
        "checksum_type": upload.checksum_type,
        "attributes": orjson.dumps(upload.attributes).decode(),
        "tags": None if upload.tags is None else orjson.dumps(upload.tags).decode(),
        "acl": None if upload.acl is None else orjson.dumps(upload.acl).decode(),
    }
    transaction.connection.execute(_INSERT, values)


def find(transaction: Transaction, bucket_id: int, key: bytes, upload_id: str) -> Upload | None:
    """The upload of this key, in progress or completed."""
    row = transaction.connection.execute(_FIND, {"upload": upload_id}).one_or_none()
    if row is None or row[1] != bucket_id or row[2] != key:
        return None
    return _upload(row)


def started_before(transaction: Transaction, bucket_id: int, before: float) -> list[Upload]:
    """The uploads in progress since before `before`."""
    return [_upload(row) for row in transaction.connection.execute(_OLD, {"bucket": bucket_id, "before": before})]


def complete(transaction: Transaction, upload: Upload, answer: dict[str, Any], now: float) -> None:
    """Keep the answer of the completion; the upload is in progress no more."""
    transaction.connection.execute(
        _COMPLETE, {"upload": upload.upload_id, "answer": orjson.dumps(answer).decode(), "at": now}
    )


def forget_completed(transaction: Transaction, before: float) -> None:
    """Forget the answers of completions before `before`."""
    transaction.connection.execute(_FORGET, {"before": before})


def abort(transaction: Transaction, upload: Upload) -> list[str]:
    """Delete an upload and its parts. Returns the blobs that are free now."""
    blobs = delete_parts(transaction, upload.upload_id)
    transaction.connection.execute(_DELETE, {"upload": upload.upload_id})
    return blobs


def put_part(transaction: Transaction, part: Part) -> str | None:
    """Put a part in place of the one before. Returns the blob that is free now, if any."""
    before = find_part(transaction, part.body_id, part.part_number)
    values = {column.name: getattr(part, column.name) for column in parts.c}
    transaction.connection.execute(_PUT_PART, values)
    return None if before is None else before.blob


def find_part(transaction: Transaction, body_id: str, part_number: int) -> Part | None:
    """A part without its bytes."""
    row = transaction.connection.execute(_FIND_PART, {"body": body_id, "number": part_number}).one_or_none()
    return None if row is None else Part(*row)


def list_parts(transaction: Transaction, body_id: str, *, after: int = 0, limit: int = 10_001) -> list[Part]:
    """The parts by number, without their bytes."""
    rows = transaction.connection.execute(_LIST_PARTS, {"body": body_id, "after": after, "limit": limit})
    return [Part(*row) for row in rows]


def covering(transaction: Transaction, body_id: str, start: int, end: int) -> list[Part]:
    """The parts of a completed body in which bytes `start` to `end` (exclusive) lie, with their bytes."""
    rows = transaction.connection.execute(_COVERING, {"body": body_id, "start": start, "end": end})
    return [Part(*row) for row in rows]


def place(transaction: Transaction, body_id: str, chosen: Sequence[Part]) -> list[str]:
    """Make the chosen parts, in this order, the body; the others go. Returns the blobs that are free now."""
    numbers = {part.part_number for part in chosen}
    free: list[str] = []
    for part in list_parts(transaction, body_id):
        if part.part_number not in numbers:
            transaction.connection.execute(_DELETE_PART, {"body": body_id, "number": part.part_number})
            if part.blob is not None:
                free.append(part.blob)
    position = 0
    placements = []
    for part in chosen:
        placements.append({"body": body_id, "number": part.part_number, "at": position})
        position += part.size
    transaction.connection.execute(_PLACE, placements)
    return free


def copy_parts(transaction: Transaction, parts_of: Sequence[Part], body_id: str, blobs: Sequence[str | None]) -> None:
    """Another body of the same parts, in blobs of their own."""
    for part, blob in zip(parts_of, blobs, strict=True):
        values = {column.name: getattr(part, column.name) for column in parts.c}
        transaction.connection.execute(_PUT_PART, {**values, "body_id": body_id, "blob": blob})


def delete_parts(transaction: Transaction, body_id: str) -> list[str]:
    """Delete a body's parts. Returns the blobs that are free now."""
    blobs = [row[0] for row in transaction.connection.execute(_BLOBS_OF, {"body": body_id})]
    transaction.connection.execute(_DELETE_PARTS, {"body": body_id})
    return blobs


def blobs(transaction: Transaction, prefix: str) -> list[str]:
    """The parts' blobs whose names begin with `prefix`."""
    rows = transaction.connection.execute(_BLOBS, {"begin": prefix, "end": prefix + "g"})
    return [row[0] for row in rows]


def _upload(row: Any) -> Upload:
    values = list(row)
    values[9] = orjson.loads(values[9])
    for index in (10, 11, 12):
        if values[index] is not None:
            values[index] = orjson.loads(values[index])
    return Upload(*values)
