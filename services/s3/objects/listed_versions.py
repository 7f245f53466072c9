"""`Version` and `DeleteMarker` of ListObjectVersions, as `listed_objects` has the `Contents` of other listings.

In: rows of versions. Out: the members of each, or, where no more is asked for than rows tell, the elements themselves:
the same (`tests/services/s3/objects/test_listed_versions.py`) in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

import orjson

from awskit.wire.xml_writer import Named, Written
from services.s3.bodies.object_checksum import listed
from services.s3.objects.key_encoding import KeyEncoding
from services.s3.objects.listed_objects import (
    OwnerOf,
    Texts,
    checksum_elements,
    last_modified_element,
    owner_element,
)
from services.s3.objects.storage_classes import restore_status
from services.s3.store.listing import ListedVersion

Row = tuple[Any, ...]


def versions(
    rows: Sequence[Row], encoding: KeyEncoding, owner_of: OwnerOf, *, restore: bool
) -> Written | list[dict[str, Any]]:
    """All of these, in one list by key: versions and delete markers are mixed in it."""
    if restore:
        return members(rows, encoding, owner_of, restore=True)
    owners = Texts[str](lambda owner_id: owner_element(owner_of(owner_id)))
    seconds = Texts[int](last_modified_element)
    checksums = Texts[str](checksum_elements)
    elements = []
    for row, key in zip(rows, encoding.contents([row[0] for row in rows]), strict=True):
        _, _, moment, size, etag, storage_class, owner_id, checksum, _, version_id, is_latest, is_delete_marker = row
        latest = "true" if is_latest else "false"
        begin = (
            f"<Key>{key}</Key><VersionId>{version_id}</VersionId><IsLatest>{latest}</IsLatest>{seconds[floor(moment)]}"
        )
        owner = owners[owner_id]
        if is_delete_marker:
            elements.append(f"<DeleteMarker>{begin}{owner}</DeleteMarker>")
            continue
        sums = "" if checksum is None else checksums[checksum[: checksum.rindex(":") + 1]]
        elements.append(
            f"<Version>{begin}<ETag>&quot;{etag}&quot;</ETag>{sums}<Size>{size}</Size>{owner}"
            f"<StorageClass>{storage_class}</StorageClass></Version>"
        )
    return Written("".join(elements))


def members(rows: Sequence[Row], encoding: KeyEncoding, owner_of: OwnerOf, *, restore: bool) -> list[dict[str, Any]]:
    """The same by the names of the model."""
    return [_members(ListedVersion._make(row), encoding, owner_of, restore=restore) for row in rows]


def _members(row: ListedVersion, encoding: KeyEncoding, owner_of: OwnerOf, *, restore: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Key": encoding.key(row.key),
        "VersionId": row.version_id,
        "IsLatest": row.is_latest,
        "LastModified": row.last_modified,
        "Owner": owner_of(row.owner_id),
    }
    if row.is_delete_marker:
        return Named("DeleteMarker", entry)
    entry.update(ETag=f'"{row.etag}"', Size=row.size, StorageClass=row.storage_class, **listed(row.checksum))
    if restore:
        entry.update(restore_status(orjson.loads(row.attributes)))
    return entry
