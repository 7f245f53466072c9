"""Appends to objects of directory buckets: PutObject with `x-amz-write-offset-bytes`.

In: the object as it is, and a body that has been received. Out: the two joined, in the object's place. Raised:
`InvalidWriteOffset` where the offset is not the object's size, also where it has changed meanwhile; `NoSuchKey`;
`TooManyParts` after 10,000 appends; what `directory_bucket_encryption` raises.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output
from services.s3.bodies import object_checksum, stored_body
from services.s3.bodies.blobs import Segment
from services.s3.bodies.body_claims import DEFAULT_ALGORITHM, Claims
from services.s3.bodies.body_receiver import ReceivedBody, receive
from services.s3.bodies.stored_body import OpenBody
from services.s3.errors import no_such_key
from services.s3.objects import encryption, versions
from services.s3.objects.catalog import bucket_and_current
from services.s3.objects.conditions import check_write, state_of
from services.s3.objects.directory_bucket_encryption import check_append, checked
from services.s3.objects.writing import store_object
from services.s3.runtime import S3Context, S3Runtime
from services.s3.store import buckets
from services.s3.store.objects import ObjectVersion

_MOST_APPENDS = 10_000


@dataclass(frozen=True, slots=True)
class Base:
    """The object that is appended to, its bytes held readable."""

    version: ObjectVersion
    body: OpenBody


def base_of(runtime: S3Runtime, input: Input, key: bytes, transaction: Transaction) -> Base | None:
    """The object, None where there is none yet. See the module for what is raised."""
    bucket, current = bucket_and_current(transaction, input, key, body=True)
    check_write(input, input["Key"], current)
    offset = int(input["WriteOffsetBytes"])
    if current is None:
        if offset:
            raise no_such_key(input["Key"])
        return None
    if current.size != offset:
        raise _invalid_offset(current.size)
    if "ServerSideEncryption" in input or bucket.has("encryption"):
        configuration = buckets.configuration(transaction, bucket, "encryption")
        checked(input, configuration, bucket.region, bucket.account_id)
        check_append(input, configuration, current.attributes)
    if current.attributes.get("Appends", 0) >= _MOST_APPENDS:
        raise AwsError(
            "TooManyParts", "You have attempted to add more parts than the maximum of 10000 that are allowed."
        )
    return Base(current, stored_body.open_body(transaction, runtime.blobs, current, 0, current.size))


async def joined(runtime: S3Runtime, base: Base | None, part: ReceivedBody, claims: Claims) -> ReceivedBody:
    """The object's bytes and those of `part`, received anew."""
    algorithm = _algorithm(base, claims)
    appended = OpenBody(runtime.blobs, [(Segment(part.size, part.blob, part.data), 0, part.size)] if part.size else [])

    async def source() -> AsyncIterator[bytes]:
        for body in (base.body if base is not None else None, appended):
            if body is not None:
                async for chunk in body.chunks():
                    yield chunk

    size = part.size + (0 if base is None else base.version.size)
    try:
        return await receive(
            source(), Claims(size, algorithms=frozenset((algorithm,))), runtime.blobs, runtime.settings.inline_limit
        )
    finally:
        appended.close()


def store(
    context: S3Context,
    input: Input,
    key: bytes,
    base: Base | None,
    claims: Claims,
    whole: ReceivedBody,
    transaction: Transaction,
) -> Output:
    """Put the joined bytes in the object's place; what else it has stays."""
    if base is None:
        output = store_object(context, input, key, claims, whole, transaction, "ObjectCreated:Put")
        return {**output, "Size": whole.size}
    bucket, current = bucket_and_current(transaction, input, key)
    if current is None or state_of(current) != state_of(base.version):
        raise _invalid_offset(0 if current is None else current.size)
    algorithm, checksum = next(iter(whole.checksums.items()))
    attributes = {**current.attributes, "Appends": current.attributes.get("Appends", 0) + 1}
    version = replace(
        current,
        last_modified=context.now,
        size=whole.size,
        etag=encryption.etag_of(attributes, whole.md5),
        checksum=object_checksum.kept(algorithm, checksum),
        attributes=attributes,
        body_id=whole.blob,
        part_count=None,
        data=whole.data,
    )
    versions.put_over(transaction, context.runtime.blobs, bucket, version, current)
    return {
        "ETag": f'"{version.etag}"',
        "Size": whole.size,
        **object_checksum.shown(version.checksum),
        **encryption.shown(attributes),
    }


def _algorithm(base: Base | None, claims: Claims) -> str:
    """The checksum that the object goes on with."""
    if base is not None and base.version.checksum is not None:
        return object_checksum.parse(base.version.checksum)[0]
    return claims.declared or DEFAULT_ALGORITHM


def _invalid_offset(size: int) -> AwsError:
    return AwsError(
        "InvalidWriteOffset",
        "The write offset value that you specified does not match the current object size.",
        members={"CurrentObjectSize": size},
    )
