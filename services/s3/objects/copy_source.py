"""The source of CopyObject and UploadPartCopy: `x-amz-copy-source`, its conditions and its bytes.

In: the operation's input. Out: the source's version, its bytes held readable. Raised: `InvalidArgument`, `NoSuchKey`,
`PreconditionFailed`, `InvalidObjectState`, ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

from awskit.database import Transaction
from services.s3.buckets.bucket_names import is_possible_bucket_name
from services.s3.buckets.catalog import named_bucket
from services.s3.errors import invalid_argument, invalid_request, no_such_key, no_such_version
from services.s3.objects import encryption
from services.s3.objects.catalog import find_version
from services.s3.objects.conditions import check_copy_source
from services.s3.objects.keys import encode_key
from services.s3.objects.storage_classes import check_not_archived
from services.s3.store import objects
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion


@dataclass(frozen=True, slots=True)
class CopySource:
    """What `x-amz-copy-source` names."""

    bucket: str
    key: str
    version_id: str | None


def parse(header: str) -> CopySource:
    """`bucket/key?versionId=ID`, URL-encoded (a plus is a space), perhaps with a leading slash."""
    path, _, query = header.partition("?")
    version_id: str | None = None
    if query.startswith("versionId="):
        version_id = unquote(query.removeprefix("versionId="))
    elif query:
        path = header
    try:
        decoded = unquote_plus(path, errors="strict")
    except UnicodeDecodeError:
        raise invalid_argument("Invalid copy source encoding.", "x-amz-copy-source", header) from None
    bucket, separator, key = decoded.removeprefix("/").partition("/")
    if not (bucket and separator and key):
        raise _invalid(header)
    if not is_possible_bucket_name(bucket):
        raise invalid_argument("Invalid copy source bucket name", "x-amz-copy-source", header)
    return CopySource(bucket, key, version_id)


def find(
    transaction: Transaction, input: Mapping[str, Any], source: CopySource, now: float
) -> tuple[Bucket, ObjectVersion]:
    """The source's bucket and version, with its row's bytes, where the request may copy it."""
    bucket = named_bucket(transaction, source.bucket, input.get("ExpectedSourceBucketOwner"))
    key = encode_key(source.key)
    if source.version_id is None:
        version = objects.current(transaction, bucket.id, key, body=True)
        if version is None or version.is_delete_marker:
            raise no_such_key(source.key)
    else:
        version = find_version(transaction, bucket, key, source.version_id, body=True)
        if version is None:
            raise no_such_version(source.key, source.version_id)
        if version.is_delete_marker:
            raise invalid_request(
                "The source of a copy request may not specifically refer to a delete marker by version id."
            )
    check_not_archived(version.storage_class, version.attributes, now, "Operation", "source object")
    encryption.check_read(input, version.attributes, "CopySource")
    check_copy_source(input, version, now)
    return bucket, version


def _invalid(header: str) -> Exception:
    return invalid_argument(
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", header
    )
