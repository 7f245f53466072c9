"""Making a received body an object: PutObject's and a form's checks, and the row that is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output
from services.s3.bodies import object_checksum
from services.s3.bodies.body_claims import Claims
from services.s3.bodies.body_receiver import ReceivedBody
from services.s3.errors import invalid_request
from services.s3.lifecycle.expiration import expiration
from services.s3.notifications import events
from services.s3.objects import encryption, new_object, object_lock, versions
from services.s3.objects.catalog import bucket_and_current, new_version_id
from services.s3.objects.conditions import check_write
from services.s3.objects.new_object import NewObject
from services.s3.ownership.object_ownership import owner_of
from services.s3.runtime import S3Context, caller_id
from services.s3.store import buckets
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion


def check_upload(context: S3Context, input: Input, key: bytes, claims: Claims, transaction: Transaction) -> None:
    """What can be refused of an upload before its body is read. Raises what `store_object` would."""
    bucket, before = bucket_and_current(transaction, input, key)
    new_object.describe(
        transaction, bucket, input, caller_id(context), context.now, context.runtime.identities.by_email
    )
    check_lock_integrity(transaction, bucket, input, claims)
    check_write(input, input["Key"], before)


def check_lock_integrity(transaction: Transaction, bucket: Bucket, input: Mapping[str, Any], claims: Claims) -> None:
    """A locked object's upload has to carry a checksum of its body, whether it or the bucket says that it is locked."""
    if not bucket.object_lock or claims.md5 is not None or claims.declared is not None:
        return
    locks = any(name in input for name in ("ObjectLockMode", "ObjectLockLegalHoldStatus"))
    if locks or object_lock.retains_by_default(buckets.configuration(transaction, bucket, "object_lock")):
        raise invalid_request(
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
        )


def store_object(
    context: S3Context,
    input: Input,
    key: bytes,
    claims: Claims,
    received: ReceivedBody,
    transaction: Transaction,
    event: str,
) -> Output:
    """Make the received body the object's newest version."""
    runtime = context.runtime
    bucket, before = bucket_and_current(transaction, input, key)
    owner_id = caller_id(context)
    new = new_object.describe(transaction, bucket, input, owner_id, context.now, runtime.identities.by_email)
    check_lock_integrity(transaction, bucket, input, claims)
    check_write(input, input["Key"], before)
    version = version_of(bucket, key, context.now, new, owner_of(bucket, owner_id, new.acl), received)
    versions.put_over(transaction, runtime.blobs, bucket, version, before)
    events.record(transaction, context, bucket, event, version)
    return {
        "ETag": f'"{version.etag}"',
        **object_checksum.shown(version.checksum),
        **encryption.shown(new.attributes),
        **new_version_id(bucket, version),
        **expiration(transaction, bucket, version),
    }


def version_of(
    bucket: Bucket, key: bytes, now: float, new: NewObject, owner_id: str, received: ReceivedBody
) -> ObjectVersion:
    """The row of a new object, but for its place among the key's versions."""
    algorithm, checksum = next(iter(received.checksums.items()))
    return ObjectVersion(
        bucket.id,
        key,
        0,
        "",
        True,
        False,
        now,
        received.size,
        encryption.etag_of(new.attributes, received.md5),
        new.storage_class,
        owner_id,
        object_checksum.kept(algorithm, checksum),
        new.attributes,
        new.tags,
        new.acl,
        received.blob,
        None,
        received.data,
    )
