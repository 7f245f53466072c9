"""What ListObjectsV2 shows of a directory bucket, where it differs from others.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html: objects are in no order, and common prefixes are
those of multipart uploads in progress, too.
"""

from __future__ import annotations

import zlib
from typing import Any

from awskit.database import Transaction
from services.s3.store import listing
from services.s3.store.listing import Page


def directory_page(
    transaction: Transaction, bucket_id: int, page: Page, prefix: bytes, delimiter: bytes, begin: bytes, limit: int
) -> Page:
    """`page`, which begins at `begin`, as a directory bucket has it."""
    if delimiter:
        uploads = listing.open_uploads(transaction, bucket_id, prefix, delimiter, begin, None, limit)
        page = _merged(page, uploads, limit)
    page.rows = sorted(page.rows, key=lambda row: zlib.crc32(row[0]))
    return page


def _merged(page: Page, uploads: Page, limit: int) -> Page:
    """The entries of `page` and the common prefixes of `uploads`, as far as both are known."""
    entries: dict[bytes, Any] = {row[0]: row for row in page.rows}
    entries |= dict.fromkeys((*page.common_prefixes, *uploads.common_prefixes))
    keys = sorted(entries)
    truncated = [(each.last, each.last_row) for each in (page, uploads) if each.truncated]
    last, last_row = min(truncated, key=lambda end: end[0], default=(b"", None))
    if truncated:
        keys = [key for key in keys if key <= last]
    if len(keys) > limit:
        keys = keys[:limit]
        last, last_row = keys[-1], entries[keys[-1]]
        truncated = [(last, last_row)]
    return Page(
        rows=[entries[key] for key in keys if entries[key] is not None],
        common_prefixes=[key for key in keys if entries[key] is None],
        truncated=bool(truncated),
        last=last,
        last_row=last_row,
    )
