"""`Contents` of ListObjects and ListObjectsV2: a page has a thousand of them, all of one form.

In: a page's rows. Out: the members of each, or, where no more is asked for than rows tell, the elements themselves: the
same (`tests/services/s3/objects/test_listed_objects.py`) in a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from awskit.wire.timestamps import iso8601_seconds
from awskit.wire.xml_writer import Written, escape
from services.s3.bodies.object_checksum import listed
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.storage_classes import restore_status
from services.s3.store.listing import Page

OwnerOf = Callable[[str], dict[str, str]]


def contents(page: Page, encoding: KeyEncoding, owner_of: OwnerOf | None, *, restore: bool) -> Written | list[Any]:
    """The page's `Contents`, with `Owner` by `owner_of` where it is given, and `RestoreStatus` with `restore`."""
    if restore:
        return members(page, encoding, owner_of, restore=True)
    checksums: dict[str | None, str] = {None: ""}
    owners: dict[str, str] = {}
    moments: dict[float, str] = {}
    elements = []
    for key, last_modified, size, etag, storage_class, owner_id, checksum, _ in page.rows:
        kind = checksum if checksum is None else checksum.rpartition(":")[0]
        sums = checksums.get(kind)
        if sums is None:
            sums = checksums[kind] = _checksum(checksum)
        second = last_modified // 1
        owner = ""
        if owner_of is not None:
            owner = owners.get(owner_id) or owners.setdefault(owner_id, _owner(owner_of(owner_id)))
        elements.append(
            f"<Contents><Key>{escape(encoding.key(key))}</Key>"
            f"<LastModified>{moments.get(second) or moments.setdefault(second, iso8601_seconds(second))}</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag>{sums}<Size>{size}</Size>{owner}"
            f"<StorageClass>{storage_class}</StorageClass></Contents>"
        )
    return Written("".join(elements))


def members(page: Page, encoding: KeyEncoding, owner_of: OwnerOf | None, *, restore: bool) -> list[dict[str, Any]]:
    """The same by the names of the model."""
    entries = []
    for key, last_modified, size, etag, storage_class, owner_id, checksum, attributes in page.rows:
        entry: dict[str, Any] = {
            "Key": encoding.key(key),
            "LastModified": last_modified,
            "ETag": f'"{etag}"',
            "Size": size,
            "StorageClass": storage_class,
            **listed(checksum),
        }
        if owner_of is not None:
            entry["Owner"] = owner_of(owner_id)
        if restore:
            entry.update(restore_status(orjson.loads(attributes)))
        entries.append(entry)
    return entries


def _checksum(column: str) -> str:
    shown = listed(column)
    algorithms = "".join(f"<ChecksumAlgorithm>{name}</ChecksumAlgorithm>" for name in shown["ChecksumAlgorithm"])
    return f"{algorithms}<ChecksumType>{shown['ChecksumType']}</ChecksumType>"


def _owner(shown: dict[str, str]) -> str:
    texts = "".join(f"<{name}>{escape(shown[name])}</{name}>" for name in ("DisplayName", "ID") if name in shown)
    return f"<Owner>{texts}</Owner>"
