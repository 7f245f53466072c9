"""Listings that cost their page: index ranges, and, past the first common prefix of many keys, searches for the next.

A listing's entries are rows and common prefixes, in the order of their keys. A position is the row or the common
prefix that a page ended with; the next page begins right after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.statements import Statement
from services.s3.store.common_prefixes import entries, first_keys
from services.s3.store.key_order import after_prefix
from services.s3.store.tables import objects, uploads

# UTF-8 has no such byte, so every key is below it.
_BEYOND = b"\xff"
_FIRST_ORDER = -(2**63)
_SEEK_AFTER = 8
_BATCH = 64
_LARGEST_BATCH = 1001


class ListedVersion(NamedTuple):
    """A row of `versions`, which are plain tuples, by its names."""

    key: bytes
    version_order: int
    last_modified: float
    size: int
    etag: str
    storage_class: str
    owner_id: str
    checksum: str | None
    attributes: str
    version_id: str
    is_latest: bool
    is_delete_marker: bool


_RANGE = (
    objects.c.bucket_id == sa.bindparam("bucket"),
    objects.c.key >= sa.bindparam("begin"),
    objects.c.key < sa.bindparam("end"),
)
# As the index of the current objects has it
_IS_CURRENT = sa.text("is_latest AND NOT is_delete_marker")
_OBJECT_COLUMNS = (
    objects.c.key,
    objects.c.last_modified,
    objects.c.size,
    objects.c.etag,
    objects.c.storage_class,
    objects.c.checksum,
    objects.c.owner_id,
    objects.c.attributes,
)
SHOWN, WITH_OWNERS, WITH_ATTRIBUTES = 6, 7, 8
"""How many of these a listing may ask for; each costs a page of a thousand 0.1 ms."""
_CURRENT = {
    columns: Statement(
        sa.select(*_OBJECT_COLUMNS[:columns])
        .where(*_RANGE, _IS_CURRENT)
        .order_by(objects.c.key)
        .limit(sa.bindparam("limit"))
    )
    for columns in (SHOWN, WITH_OWNERS, WITH_ATTRIBUTES)
}
_CURRENT_ENTRIES = first_keys((_IS_CURRENT,), only_prefixes=False)
_CURRENT_OF_KEYS = sa.select(*_OBJECT_COLUMNS).where(
    objects.c.bucket_id == sa.bindparam("bucket"), objects.c.key.in_(sa.bindparam("keys", expanding=True)), _IS_CURRENT
)
_VERSIONS = Statement(
    # Numbers serve as truth values, and need not be made so of each of a thousand.
    sa.select(
        *(
            sa.type_coerce(objects.c[name], sa.Integer) if name.startswith("is_") else objects.c[name]
            for name in ListedVersion._fields
        )
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
_VERSION_ENTRIES = first_keys((), only_prefixes=True)
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
FetchEntries = Callable[[bytes, bytes, int], Sequence[Any]]


def current_objects(
    transaction: Transaction, bucket_id: int, prefix: bytes, delimiter: bytes, begin: bytes, limit: int, columns: int
) -> Page:
    """The current objects from key `begin` on (`after` makes one), their first `columns`: `SHOWN`, or more."""
    statement = _CURRENT[columns]

    def fetch(begin: bytes, _: Any, end: bytes, limit: int) -> Sequence[Any]:
        return statement.rows(transaction, {"bucket": bucket_id, "begin": begin, "end": end, "limit": limit})

    def fetch_entries(begin: bytes, end: bytes, limit: int) -> Sequence[Any]:
        found = entries(transaction, _CURRENT_ENTRIES, bucket_id, prefix, delimiter, begin, end, limit)
        keys = [key for key in found if delimiter not in key[len(prefix) :]]
        rows = _rows_of(transaction, bucket_id, keys, columns) if keys else {}
        return [rows.get(key, (key,)) for key in found]

    return _page(fetch, fetch_entries, None, prefix, delimiter, begin, None, limit, tie_column=None)


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
        return _VERSIONS.rows(transaction, values)

    def fetch_entries(begin: bytes, end: bytes, limit: int) -> Sequence[Any]:
        found = entries(transaction, _VERSION_ENTRIES, bucket_id, prefix, delimiter, begin, end, limit)
        if found and delimiter not in found[-1][len(prefix) :]:
            # Its versions are entries, the first of many perhaps.
            return [*((key,) for key in found[:-1]), *fetch(found[-1], _FIRST_ORDER, after(found[-1]), 1)]
        return [(key,) for key in found]

    return _page(fetch, fetch_entries, _FIRST_ORDER, prefix, delimiter, begin, order, limit, tie_column=1)


def _rows_of(transaction: Transaction, bucket_id: int, keys: list[bytes], columns: int) -> dict[bytes, Any]:
    rows = transaction.connection.execute(_CURRENT_OF_KEYS, {"bucket": bucket_id, "keys": keys})
    return {row[0]: row[:columns] for row in rows}


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

    return _page(fetch, None, "", prefix, delimiter, begin, upload_id, limit, tie_column=1)


def after(key: bytes) -> bytes:
    """The first possible key after `key`."""
    return key + b"\x00"


def following(page: Page) -> bytes:
    """Where the page after `page` begins, in a listing of keys."""
    return after(page.last) if page.last_row is not None else after_prefix(page.last) or _BEYOND


def after_marker(marker: bytes, prefix: bytes, delimiter: bytes) -> bytes:
    """Where a listing begins that was given `marker`: one that is rolled up into a common prefix is of a page that
    had it, so that the listing goes on behind all the keys under it.
    """
    rolled = common_prefix(marker, prefix, delimiter)
    return after_key(marker) if rolled is None else after_prefix(rolled) or _BEYOND


def after_start(start: bytes, prefix: bytes, delimiter: bytes) -> bytes:
    """Where ListObjectsV2 begins that was told to `StartAfter`: what follows within a common prefix is still listed
    as it; a `start` that is a common prefix itself stands for all keys under it.
    """
    if start and common_prefix(start, prefix, delimiter) == start:
        return after_prefix(start) or _BEYOND
    return after_key(start)


def after_key(key: bytes) -> bytes:
    """`after`, where "" stands for the beginning."""
    return after(key) if key else b""


def common_prefix(key: bytes, prefix: bytes, delimiter: bytes) -> bytes | None:
    """What `key` is rolled up into; None where it stands for itself."""
    if not delimiter or not key.startswith(prefix):
        return None
    found = key.find(delimiter, len(prefix))
    return None if found < 0 else key[: found + len(delimiter)]


def _page(
    fetch: Fetch,
    fetch_entries: FetchEntries | None,
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
    batch = _BATCH if delimiter else min(limit + 1, _LARGEST_BATCH)
    by_entries = False
    while begin < end:
        if by_entries and fetch_entries is not None:
            rows = fetch_entries(begin, end, _left(page, limit) + 1)
        else:
            rows = fetch(begin, tie, end, batch)
        rolled, skipped = _add(page, rows, prefix, delimiter, limit)
        if page.truncated or not rows or (not by_entries and skipped < _SEEK_AFTER and len(rows) < batch):
            return page
        if rolled is not None:
            begin, tie = after_prefix(rolled) or _BEYOND, first_tie
        elif tie_column is None:
            begin = after(rows[-1][0])
        else:
            begin, tie = rows[-1][0], rows[-1][tie_column]
        # Among the versions of a key there is nothing to search past.
        by_entries = (rolled is not None and skipped == _SEEK_AFTER) or (by_entries and tie_column is None)
        if not skipped:
            batch = min(batch * 2, _LARGEST_BATCH)
    return page


def _add(page: Page, rows: Sequence[Any], prefix: bytes, delimiter: bytes, limit: int) -> tuple[bytes | None, int]:
    """Add the entries of `rows`. Returns the common prefix of the last row and how many rows in it were passed over."""
    if not delimiter:
        _add_all(page, rows, limit)
        return None, 0
    rolled: bytes | None = None
    skipped, start = 0, len(prefix)
    remaining = _left(page, limit)
    for row in rows:
        key = row[0]
        if rolled is not None and key.startswith(rolled):
            skipped += 1
            if skipped == _SEEK_AFTER:
                break
            continue
        if remaining == 0:
            page.truncated = True
            break
        remaining -= 1
        # `common_prefix`, without a call for each of a thousand
        found = key.find(delimiter, start)
        rolled = None if found < 0 else key[: found + len(delimiter)]
        page.last = key if rolled is None else rolled
        page.last_row = row if rolled is None else None
        if rolled is None:
            page.rows.append(row)
        else:
            page.common_prefixes.append(rolled)
    return rolled, skipped


def _add_all(page: Page, rows: Sequence[Any], limit: int) -> None:
    """The same where each row is an entry."""
    remaining = _left(page, limit)
    page.truncated = len(rows) > remaining
    added = rows[:remaining] if page.truncated else rows
    if added:
        page.rows.extend(added)
        page.last, page.last_row = added[-1][0], added[-1]


def _left(page: Page, limit: int) -> int:
    return limit - len(page.rows) - len(page.common_prefixes)
