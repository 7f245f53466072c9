"""ListObjects and ListObjectsV2.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.operation import Input, Output, read_operation
from services.s3.bodies.object_checksum import listed
from services.s3.buckets.bucket_names import encode_key
from services.s3.objects.catalog import bucket_of
from services.s3.objects.listing_answers import KeyEncoding, bounded, restore_status
from services.s3.ownership.acl import owner_shown
from services.s3.runtime import S3Context
from services.s3.store import listing


@read_operation("ListObjects")
def list_objects(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    context.response_headers.append(("x-amz-bucket-region", bucket.region))
    encoding = KeyEncoding(input)
    limit = bounded(input, "MaxKeys", "maxKeys")
    marker, prefix, delimiter = (input.get(name, "") for name in ("Marker", "Prefix", "Delimiter"))
    begin = listing.after_marker(encode_prefix(marker), encode_prefix(prefix), delimiter.encode())
    page = listing.current_objects(transaction, bucket.id, encode_prefix(prefix), delimiter.encode(), begin, limit)
    output: Output = {
        "Name": bucket.name,
        # As SDKs of the first version take it.
        "Prefix": prefix,
        "Marker": encoding.text(marker),
        "MaxKeys": limit,
        "IsTruncated": page.truncated,
        "Contents": _contents(context, input, page, encoding, owner=True),
        "CommonPrefixes": encoding.common_prefixes(page),
        **encoding.member(),
    }
    if delimiter:
        output["Delimiter"] = encoding.text(delimiter)
        if page.truncated:
            output["NextMarker"] = encoding.key(page.last)
    return output


@read_operation("ListObjectsV2")
def list_objects_v2(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    context.response_headers.append(("x-amz-bucket-region", bucket.region))
    encoding = KeyEncoding(input)
    limit = bounded(input, "MaxKeys", "maxKeys")
    start_after, prefix, delimiter = (input.get(name, "") for name in ("StartAfter", "Prefix", "Delimiter"))
    token = input.get("ContinuationToken")
    if token:
        begin = _position(token)
    else:
        begin = listing.after_marker(encode_prefix(start_after), encode_prefix(prefix), delimiter.encode())
    page = listing.current_objects(transaction, bucket.id, encode_prefix(prefix), delimiter.encode(), begin, limit)
    output: Output = {
        "Name": bucket.name,
        "Prefix": encoding.text(prefix),
        "MaxKeys": limit,
        "KeyCount": len(page.rows) + len(page.common_prefixes),
        "IsTruncated": page.truncated,
        "Contents": _contents(context, input, page, encoding, owner=bool(input.get("FetchOwner"))),
        "CommonPrefixes": encoding.common_prefixes(page),
        **encoding.member(),
    }
    if delimiter:
        output["Delimiter"] = encoding.text(delimiter)
    if start_after:
        output["StartAfter"] = encoding.text(start_after)
    if token is not None:
        output["ContinuationToken"] = token
    if page.truncated:
        output["NextContinuationToken"] = base64.urlsafe_b64encode(b"1" + listing.following(page)).decode()
    return output


def encode_prefix(text: str) -> bytes:
    """A prefix or marker as keys are stored. `KeyTooLongError` where no key can be so long."""
    return encode_key(text)


def _contents(
    context: S3Context, input: Input, page: listing.Page, encoding: KeyEncoding, *, owner: bool
) -> list[dict[str, Any]]:
    names = context.runtime.identities.display_name
    restore = "RestoreStatus" in (input.get("OptionalObjectAttributes") or ())
    contents = []
    for key, last_modified, size, etag, storage_class, owner_id, checksum, attributes in page.rows:
        entry: dict[str, Any] = {
            "Key": encoding.key(key),
            "LastModified": last_modified,
            "ETag": f'"{etag}"',
            "Size": size,
            "StorageClass": storage_class,
            **listed(checksum),
        }
        if owner:
            entry["Owner"] = owner_shown(owner_id, names)
        if restore:
            entry.update(restore_status(orjson.loads(attributes)))
        contents.append(entry)
    return contents


def _position(token: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(token.encode())
    except (binascii.Error, UnicodeError):
        decoded = b""
    if not decoded.startswith(b"1"):
        raise AwsError(
            "InvalidArgument",
            "The continuation token provided is incorrect",
            members={"ArgumentName": "continuation-token"},
        )
    return decoded[1:]
