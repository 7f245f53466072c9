"""PutObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.operation import Input, Output, async_operation
from services.s3.access.authentication import chunk_verifier
from services.s3.bodies import object_checksum as checksum_column
from services.s3.bodies.body_claims import Claims, claims_of, decoded, missing_content_length
from services.s3.bodies.body_receiver import MAX_SIZE, ReceivedBody, entity_too_large, receive, received_small
from services.s3.buckets.bucket_names import encode_key
from services.s3.errors import invalid_request
from services.s3.lifecycle.expiration import expiration
from services.s3.notifications import events
from services.s3.objects import encryption, versions
from services.s3.objects import new_object as attributes
from services.s3.objects.catalog import bucket_and_current, new_version_id
from services.s3.objects.conditions import check_write, check_write_form
from services.s3.runtime import S3Context, caller_id
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion


@async_operation("PutObject")
async def put_object(context: S3Context, input: Input) -> Output:
    runtime = context.runtime
    headers = context.request.headers
    key = encode_key(input["Key"])
    check_write_form(input)
    if input.get("WriteOffsetBytes") is not None:
        raise invalid_request("The x-amz-write-offset-bytes header is only supported for directory buckets.")
    claims = claims_of(input, headers)
    if claims.length is None and "transfer-encoding" not in headers:
        raise missing_content_length()
    if claims.length is not None and claims.length > MAX_SIZE:
        raise entity_too_large(claims.length)
    if claims.length is None or claims.length > runtime.settings.inline_limit:
        # A long body is not read only to be refused.
        await runtime.database.read(lambda transaction: check_upload(context, input, key, claims, transaction))
    received = await received_of(context, claims)
    try:
        return await runtime.database.write(
            lambda transaction: store_object(context, input, key, claims, received, transaction, "ObjectCreated:Put")
        )
    except BaseException:
        received.discard(runtime.blobs)
        raise


async def received_of(context: S3Context, claims: Claims) -> ReceivedBody:
    """The request's body, received; raises what `receive` does."""
    stream = context.request.stream
    assert stream is not None
    limit = context.runtime.settings.inline_limit
    if claims.length is not None and claims.length <= limit and not claims.chunked:
        return received_small(await stream.read(limit), claims)
    verifier = chunk_verifier(context)
    body = decoded(stream, claims, verifier)
    return await receive(body, claims, context.runtime.blobs, limit)


def check_upload(context: S3Context, input: Input, key: bytes, claims: Claims, transaction: Transaction) -> None:
    bucket, before = bucket_and_current(transaction, input, key)
    attributes.describe(
        transaction, bucket, input, caller_id(context), context.now, context.runtime.identities.by_email
    )
    check_lock_integrity(bucket, input, claims)
    check_write(input, input["Key"], before)


def check_lock_integrity(bucket: Bucket, input: Mapping[str, Any], claims: Claims) -> None:
    """A locked object's upload has to carry a checksum of its body."""
    locks = any(name in input for name in ("ObjectLockMode", "ObjectLockLegalHoldStatus"))
    if bucket.object_lock and locks and claims.md5 is None and claims.declared is None:
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
    check_lock_integrity(bucket, input, claims)
    check_write(input, input["Key"], before)
    owner_id = caller_id(context)
    new = attributes.describe(transaction, bucket, input, owner_id, context.now, runtime.identities.by_email)
    algorithm, checksum = next(iter(received.checksums.items()))
    version = ObjectVersion(
        bucket.id,
        key,
        0,
        "",
        True,
        False,
        context.now,
        received.size,
        received.md5,
        new.storage_class,
        attributes.owner_of(bucket, owner_id, new.acl),
        checksum_column.kept(algorithm, checksum),
        new.attributes,
        new.tags,
        new.acl,
        received.blob,
        None,
        received.data,
    )
    versions.put_over(transaction, runtime.blobs, bucket, version, before)
    events.record(transaction, context, bucket, event, version)
    return {
        "ETag": f'"{version.etag}"',
        **checksum_column.shown(version.checksum),
        **encryption.shown(new.attributes),
        **new_version_id(bucket, version),
        **expiration(transaction, bucket, version),
    }
