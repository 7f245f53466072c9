"""CopyObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output, async_operation
from services.s3.bodies import checksums, object_checksum, stored_body
from services.s3.bodies.body_claims import DEFAULT_ALGORITHM, Claims
from services.s3.bodies.body_receiver import MAX_SIZE, ReceivedBody, receive
from services.s3.bodies.object_checksum import parse
from services.s3.bodies.stored_body import OpenBody
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument, invalid_request
from services.s3.lifecycle.expiration import expiration
from services.s3.notifications import events
from services.s3.objects import copy_source, encryption, new_object, versions
from services.s3.objects.catalog import copied_version_id
from services.s3.objects.conditions import check_write, check_write_form
from services.s3.objects.copy_source import CopySource
from services.s3.objects.keys import encode_key
from services.s3.objects.new_bodies import commit_body
from services.s3.ownership.object_ownership import owner_of
from services.s3.runtime import S3Context, caller_id
from services.s3.store import buckets
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

_HEADERS = (*new_object.HEADERS, "Metadata", "MissingMeta")
_CHANGES = ("StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSECustomerAlgorithm")


@dataclass(frozen=True, slots=True)
class _Opened:
    bucket: Bucket
    version: ObjectVersion
    body: OpenBody


@async_operation("CopyObject")
async def copy_object(context: S3Context, input: Input) -> Output:
    source = copy_source.parse(input["CopySource"])
    key = encode_key(input["Key"])
    check_write_form(input)
    _check_directives(input)
    algorithm = _algorithm(input)
    database = context.runtime.database
    opened = await database.read(lambda transaction: _open(context, input, source, transaction))
    try:
        received = await _copy_bytes(context, opened, algorithm)
    finally:
        opened.body.close()
    return await commit_body(
        context.runtime,
        received,
        lambda transaction: _store(context, _described(input, opened.version), key, opened, received, transaction),
    )


def _check_directives(input: Input) -> None:
    for member, header in (
        ("MetadataDirective", "x-amz-metadata-directive"),
        ("TaggingDirective", "x-amz-tagging-directive"),
    ):
        directive = input.get(member)
        if directive not in (None, "COPY", "REPLACE"):
            raise invalid_argument(f"Unknown {header.removeprefix('x-amz-').replace('-', ' ')}.", header, directive)


def _algorithm(input: Input) -> str | None:
    algorithm = input.get("ChecksumAlgorithm")
    if algorithm is not None and algorithm.upper() not in checksums.MEMBER_OF:
        raise invalid_request("Checksum algorithm provided is unsupported.")
    return algorithm.upper() if algorithm is not None else None


def _open(context: S3Context, input: Input, source: CopySource, transaction: Transaction) -> _Opened:
    destination = bucket_of(transaction, input)
    bucket, version = copy_source.find(transaction, input, source, context.now)
    if version.size > MAX_SIZE:
        raise invalid_request(
            f"The specified copy source is larger than the maximum allowable size for a copy source: {MAX_SIZE}"
        )
    encrypted_by = buckets.configuration(transaction, destination, "encryption")
    if encrypted_by in (None, encryption.NONE):
        _check_change(input, destination, bucket.name, source, version)
    new_object.describe(
        transaction,
        destination,
        _described(input, version),
        caller_id(context),
        context.now,
        context.runtime.identities.by_email,
    )
    return _Opened(bucket, version, stored_body.open_body(transaction, context.runtime.blobs, version, 0, version.size))


def _check_change(
    input: Input, destination: Bucket, source_bucket: str, source: CopySource, version: ObjectVersion
) -> None:
    """An object is copied to itself only to change something, as a bucket's own encryption may do to any copy."""
    if (source_bucket, source.key) != (destination.name, input["Key"]) or source.version_id is not None:
        return
    if input.get("MetadataDirective") == "REPLACE" or any(name in input for name in _CHANGES):
        return
    raise invalid_request(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's"
        " metadata, storage class, website redirect location or encryption attributes."
    )


def _described(input: Input, source: ObjectVersion) -> Mapping[str, Any]:
    """The input with what the directives take over from the source."""
    described = dict(input)
    if input.get("MetadataDirective") != "REPLACE":
        for name in _HEADERS:
            described.pop(name, None)
            if name in source.attributes:
                described[name] = source.attributes[name]
    if input.get("TaggingDirective") != "REPLACE":
        described.pop("Tagging", None)
    return described


async def _copy_bytes(context: S3Context, opened: _Opened, algorithm: str | None) -> ReceivedBody:
    """The source's bytes once more: linked where its digests hold for the copy too, else read through."""
    version = opened.version
    blobs = context.runtime.blobs
    if version.checksum is not None:
        kept, checksum_type, value = parse(version.checksum)
        whole = checksum_type == checksums.FULL_OBJECT and not encryption.hides_md5(version.attributes)
        same = whole and algorithm in (None, kept)
        if same and version.part_count is None:
            blob = None if version.body_id is None else blobs.link(version.body_id)
            return ReceivedBody(version.size, version.etag, {kept: value}, version.data, blob)
        algorithm = algorithm or kept
    claims = Claims(version.size, algorithms=frozenset((algorithm or DEFAULT_ALGORITHM,)))
    return await receive(opened.body.chunks(), claims, blobs, context.runtime.settings.inline_limit)


def _store(
    context: S3Context,
    input: Mapping[str, Any],
    key: bytes,
    opened: _Opened,
    received: ReceivedBody,
    transaction: Transaction,
) -> Output:
    runtime = context.runtime
    bucket = bucket_of(transaction, input)
    owner_id = caller_id(context)
    source = opened.version
    new = new_object.describe(transaction, bucket, input, owner_id, context.now, runtime.identities.by_email)
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
        encryption.etag_of(new.attributes, received.md5),
        new.storage_class,
        owner_of(bucket, owner_id, new.acl),
        object_checksum.kept(algorithm, checksum),
        new.attributes,
        new.tags if input.get("TaggingDirective") == "REPLACE" else source.tags,
        new.acl,
        received.blob,
        None,
        received.data,
    )
    versions.put(transaction, runtime.blobs, bucket, version, lambda before: check_write(input, input["Key"], before))
    events.record(transaction, context, bucket, "ObjectCreated:Copy", version)
    output: Output = {
        "CopyObjectResult": {
            "ETag": f'"{version.etag}"',
            "LastModified": version.last_modified,
            **object_checksum.shown(version.checksum),
        },
        **encryption.shown(new.attributes),
        **copied_version_id(bucket, version),
        **expiration(transaction, bucket, version),
    }
    output.update(copy_source.shown_version_id(source))
    return output
