"""What a write or a delete does to a key's versions, by the bucket's versioning.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html

In: a transaction, the bucket and, for a write, the new version. Out: what came of it. Bytes that no version refers to
any more are removed after the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from awskit.database import Transaction
from services.s3.bodies.blobs import BlobStore
from services.s3.store import object_annotations, objects, uploads
from services.s3.store.buckets import Bucket
from services.s3.store.objects import NULL_VERSION, ObjectVersion

_NEVER_VERSIONED_ORDER = 0

Check = Callable[[ObjectVersion | None], None]


@dataclass(frozen=True, slots=True)
class Deleted:
    """`version_id` is the marker's or the removed version's; None in a bucket that was never versioned."""

    version_id: str | None = None
    delete_marker: bool = False
    removed: ObjectVersion | None = None
    marker: ObjectVersion | None = None


def put(transaction: Transaction, blobs: BlobStore, bucket: Bucket, version: ObjectVersion, check: Check) -> None:
    """Add `version` as the latest; its order and id are set here. `check` sees the one that was the latest before."""
    before = objects.current(transaction, bucket.id, version.key)
    check(before)
    put_over(transaction, blobs, bucket, version, before)


def put_over(
    transaction: Transaction, blobs: BlobStore, bucket: Bucket, version: ObjectVersion, before: ObjectVersion | None
) -> None:
    """`put`, where the one that is the latest before is known."""
    version.is_latest = True
    order = -int(version.last_modified * 1e9)
    if not bucket.versioning:
        version.version_id, version.version_order = NULL_VERSION, _NEVER_VERSIONED_ORDER
        if before is None:
            objects.insert(transaction, version)
        else:
            free_body(transaction, blobs, before)
            objects.replace(transaction, before, version)
        return
    _add_latest(transaction, blobs, bucket, version, before, order)


def delete_current(
    transaction: Transaction, blobs: BlobStore, bucket: Bucket, key: bytes, owner_id: str, now: float
) -> Deleted:
    """Delete without a version id: the object itself, or a delete marker over it."""
    before = objects.current(transaction, bucket.id, key)
    if not bucket.versioning:
        if before is not None:
            free_body(transaction, blobs, before)
            objects.delete(transaction, before)
        return Deleted(removed=before)
    marker = _bare(bucket, key, owner_id, now, is_delete_marker=True)
    _add_latest(transaction, blobs, bucket, marker, before, -int(now * 1e9))
    return Deleted(marker.version_id, True, marker=marker)


def absent(bucket: Bucket, key: bytes) -> ObjectVersion:
    """What there is not at a key of a bucket that was never versioned, for an event about its deletion."""
    return _bare(bucket, key, "", 0.0, is_delete_marker=False)


def delete_version(transaction: Transaction, blobs: BlobStore, bucket: Bucket, version: ObjectVersion) -> Deleted:
    """Delete one version for good; the newest of those left becomes the latest."""
    free_body(transaction, blobs, version)
    objects.delete(transaction, version)
    if version.is_latest:
        newest = objects.current(transaction, bucket.id, version.key)
        if newest is not None:
            objects.promote(transaction, newest)
    return Deleted(version.version_id, version.is_delete_marker, removed=version)


def free_body(transaction: Transaction, blobs: BlobStore, version: ObjectVersion) -> None:
    """The version's bytes and annotations go, its blobs once this transaction is committed."""
    if version.attributes.get("Annotated"):
        object_annotations.delete_all(transaction, version)
    if version.body_id is None:
        return
    free = [version.body_id]
    if version.part_count is not None:
        free = uploads.delete_parts(transaction, version.body_id)
    transaction.after_commit(lambda: blobs.remove(free))


def _bare(bucket: Bucket, key: bytes, owner_id: str, now: float, *, is_delete_marker: bool) -> ObjectVersion:
    return ObjectVersion(
        bucket.id,
        key,
        0,
        NULL_VERSION,
        True,
        is_delete_marker,
        float(int(now)),
        0,
        "",
        "STANDARD",
        owner_id,
        None,
        {},
        None,
        None,
        None,
        None,
    )


def _add_latest(
    transaction: Transaction,
    blobs: BlobStore,
    bucket: Bucket,
    version: ObjectVersion,
    before: ObjectVersion | None,
    order: int,
) -> None:
    if before is not None:
        order = min(order, before.version_order - 1)
    version.version_order = order
    if bucket.versioning == "Enabled":
        version.version_id = objects.new_version_id(order)
    else:
        version.version_id = NULL_VERSION
        null = objects.find(transaction, bucket.id, version.key, NULL_VERSION)
        if null is not None:
            free_body(transaction, blobs, null)
            objects.delete(transaction, null)
    objects.demote(transaction, bucket.id, version.key)
    objects.insert(transaction, version)
