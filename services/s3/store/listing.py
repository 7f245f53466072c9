"""Listings that cost their page: index ranges, with a seek past each common prefix instead of a walk through it.

A listing's entries are rows and common prefixes, in the order of their keys. A position is the row or the common
prefix that a page ended with; the next page begins right after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction
from services.s3.names import after_prefix
from services.s3.store.tables import objects, uploads

# UTF-8 has no such byte, so every key is below it.
_BEYOND = b"\xff"
_FIRST_ORDER = -(2**63)
_SEEK_AFTER = 8
_BATCH = 64
_LARGEST_BATCH = 1001

_RANGE = (
    objects.c.bucket_id == sa.bindparam("bucket"),
    objects.c.key >= sa.bindparam("begin"),
    objects.c.key < sa.bindparam("end"),
)
_CURRENT = (
    sa.select(
        objects.c.key,
        objects.c.last_modified,
        objects.c.size,
        objects.c.etag,
        objects.c.storage_class,
        objects.c.owner_id,
        objects.c.checksum,
        objects.c.attributes,
    )
    .where(*_RANGE, sa.text("is_latest AND NOT is_delete_marker"))
    .order_by(objects.c.key)
    .limit(sa.bindparam("limit"))
)
_VERSIONS = (
    sa.select(
        objects.c.key,
        objects.c.version_order,
        objects.c.last_modified,
        objects.c.size,
        objects.c.etag,
        objects.c.storage_class,
        objects.c.owner_id,
        objects.c.checksum,
        objects.c.attributes,
        objects.c.version_id,
        objects.c.is_latest,
        objects.c.is_delete_marker,
    )
    .where(
        objects.c.bucket_id == sa.bindparam("bucket"),
        sa.tuple_(objects.c.key, objects.c.version_order)
        > sa.tuple_(sa.bindparam("begin", type_=sa.LargeBinary), sa.bindparam("begin_order", type_=sa.BigInteger)),
        objects.c.key < sa.bindparam("end"),
    )
    .order_by(objects.c.key, objects.c.version_order)
    .limit(sa.bindparam("limit"))
)
_UPLOADS = (
    sa.select(
        uploads.c.key,
        uploads.c.upload_id,
        uploads.c.initiated_at,
        uploads.c.storage_class,
        uploads.c.owner_id,
        uploads.c.initiator_id,
        uploads.c.checksum_algorithm,
        uploads.c.checksum_type,
    )
    .where(
        uploads.c.bucket_id == sa.bindparam("bucket"),
        uploads.c.completed.is_(None),
        sa.tuple_(uploads.c.key, uploads.c.upload_id)
        > sa.tuple_(sa.bindparam("begin", type_=sa.LargeBinary), sa.bindparam("begin_upload", type_=sa.Text)),
        uploads.c.key < sa.bindparam("end"),
    )
    .order_by(uploads.c.key, uploads.c.upload_id)
    .limit(sa.bindparam("limit"))
)


@dataclass(slots=True)
class Page:
    """`rows` and `common_prefixes` each in order. `last` is the last entry's key, and its tie where it is a row."""

    rows: list[Any] = field(default_factory=list)
    common_prefixes: list[bytes] = field(default_factory=list)
    truncated: bool = False
    last: bytes = b""
    last_row: Any = None


Fetch = Callable[[bytes, Any, bytes, int], Sequence[Any]]


def current_objects(
    transaction: Transaction, bucket_id: int, prefix: bytes, delimiter: bytes, begin: bytes, limit: int
) -> Page:
    """The current objects from key `begin` on (`after` makes one)."""

    def fetch(begin: bytes, _: Any, end: bytes, limit: int) -> Sequence[Any]:
        return transaction.connection.execute(
            _CURRENT, {"bucket": bucket_id, "begin": begin, "end": end, "limit": limit}
        ).all()

    return _page(fetch, None, prefix, delimiter, begin, None, limit, tie_column=None)


def versions(
    transaction: Transaction,
    bucket_id: int,
    prefix: bytes,
    delimiter: bytes,
    begin: bytes,
    order: int | None,
    limit: int,
) -> Page:
    """The versions and delete markers from key `begin` on, after the one of `order` where it is given."""

    def fetch(begin: bytes, tie: Any, end: bytes, limit: int) -> Sequence[Any]:
        values = {"bucket": bucket_id, "begin": begin, "begin_order": tie, "end": end, "limit": limit}
        return transaction.connection.execute(_VERSIONS, values).all()

    return _page(fetch, _FIRST_ORDER, prefix, delimiter, begin, order, limit, tie_column=1)


def open_uploads(
    transaction: Transaction,
    bucket_id: int,
    prefix: bytes,
    delimiter: bytes,
    begin: bytes,
    upload_id: str | None,
    limit: int,
) -> Page:
    """The uploads in progress from key `begin` on, after `upload_id` where it is given."""

    def fetch(begin: bytes, tie: Any, end: bytes, limit: int) -> Sequence[Any]:
        values = {"bucket": bucket_id, "begin": begin, "begin_upload": tie, "end": end, "limit": limit}
        return transaction.connection.execute(_UPLOADS, values).all()

    return _page(fetch, "", prefix, delimiter, begin, upload_id, limit, tie_column=1)


def after(key: bytes) -> bytes:
    """The first possible key after `key`."""
    return key + b"\x00"


def following(page: Page) -> bytes:
    """Where the page after `page` begins, in a listing of keys."""
    return after(page.last) if page.last_row is not None else after_prefix(page.last) or _BEYOND


def after_marker(marker: bytes, prefix: bytes, delimiter: bytes) -> bytes:
    """Where a listing begins that was given `marker`: a marker that is a common prefix stands for all keys under it."""
    if not marker:
        return b""
    if delimiter and common_prefix(marker, prefix, delimiter) == marker:
        return after_prefix(marker) or _BEYOND
    return after(marker)


def common_prefix(key: bytes, prefix: bytes, delimiter: bytes) -> bytes | None:
    """What `key` is rolled up into; None where it stands for itself."""
    if not delimiter or not key.startswith(prefix):
        return None
    found = key.find(delimiter, len(prefix))
    return None if found < 0 else key[: found + len(delimiter)]


def _page(
    fetch: Fetch,
    first_tie: Any,
    prefix: bytes,
    delimiter: bytes,
    begin: bytes,
    tie: Any,
    limit: int,
    *,
    tie_column: int | None,
) -> Page:
    page = Page()
    if limit <= 0:
        return page
    end = (after_prefix(prefix) or _BEYOND) if prefix else _BEYOND
    if begin < prefix:
        begin, tie = prefix, None
    if tie is None:
        tie = first_tie
    remaining = limit
    batch = _BATCH if delimiter else min(limit + 1, _LARGEST_BATCH)
    while begin < end:
        rows = fetch(begin, tie, end, batch)
        rolled: bytes | None = None
        skipped = 0
        for row in rows:
            key = row[0]
            if rolled is not None and key.startswith(rolled):
                skipped += 1
                if skipped == _SEEK_AFTER:
                    break
                continue
            rolled = common_prefix(key, prefix, delimiter)
            if remaining == 0:
                page.truncated = True
                return page
            remaining -= 1
            page.last = key if rolled is None else rolled
            page.last_row = row if rolled is None else None
            if rolled is None:
                page.rows.append(row)
            else:
                page.common_prefixes.append(rolled)
        if skipped < _SEEK_AFTER and len(rows) < batch:
            return page
        if rolled is not None:
            begin, tie = after_prefix(rolled) or _BEYOND, first_tie
        elif tie_column is None:
            begin = after(rows[-1][0])
        else:
            begin, tie = rows[-1][0], rows[-1][tie_column]
        if not skipped:
            batch = min(batch * 2, _LARGEST_BATCH)
    return page
