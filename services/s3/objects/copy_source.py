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
from awskit.errors import AwsError
from awskit.sigv4.caller import DEFAULT_REGION
from services.s3.access_points import arrival
from services.s3.access_points.addresses import Address, in_copy_source, may_name_one
from services.s3.buckets.bucket_names import is_possible_bucket_name
from services.s3.buckets.catalog import named_bucket
from services.s3.errors import invalid_argument, invalid_request, no_such_key, no_such_version
from services.s3.objects import encryption
from services.s3.objects.catalog import find_version
from services.s3.objects.conditions import check_copy_source
from services.s3.objects.keys import encode_key
from services.s3.objects.storage_classes import check_not_archived
from services.s3.store import objects
from services.s3.store.access_points import AccessPoint
from services.s3.store.buckets import Bucket
from services.s3.store.objects import NULL_VERSION, ObjectVersion


@dataclass(frozen=True, slots=True)
class CopySource:
    """What `x-amz-copy-source` names; `bucket` is "" where it names an access point."""

    bucket: str
    key: str
    version_id: str | None
    access_point: Address | None = None


def parse(header: str) -> CopySource:
    """`bucket/key?versionId=ID`, URL-encoded (a plus is a space), perhaps with a leading slash.

    An access point's alias may stand for the bucket, and the ARN of an object by its access point for both.
    """
    path, separator, version = header.rpartition("?versionId=")
    version_id = unquote(version) if separator else None
    if not separator:
        path = header
    try:
        decoded = unquote_plus(path, errors="strict")
    except UnicodeDecodeError:
        raise _invalid("encoding.") from None
    if may_name_one(f"/{decoded}") and (named := in_copy_source(decoded)) is not None:
        return CopySource("", named[1], version_id, named[0])
    bucket, _, key = decoded.removeprefix("/").partition("/")
    if not is_possible_bucket_name(bucket):
        raise _invalid("bucket name")
    if not key:
        raise _invalid("object key")
    return CopySource(bucket, key, version_id)


def find(
    transaction: Transaction, input: Mapping[str, Any], source: CopySource, now: float
) -> tuple[Bucket, ObjectVersion]:
    """The source's bucket and version, with its row's bytes, where the request may copy it."""
    bucket = named_bucket(transaction, bucket_name(transaction, source), input.get("ExpectedSourceBucketOwner"))
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


def bucket_name(transaction: Transaction, source: CopySource) -> str:
    """The bucket's name, also where the source names an access point. Raises `NoSuchAccessPoint`."""
    point = access_point(transaction, source)
    return source.bucket if point is None else point.bucket


def access_point(transaction: Transaction, source: CopySource) -> AccessPoint | None:
    """The access point that the source names, None where it names a bucket. Raises `NoSuchAccessPoint`."""
    return None if source.access_point is None else arrival.find(transaction, source.access_point, DEFAULT_REGION)


def shown_version_id(source: ObjectVersion) -> dict[str, str]:
    """`CopySourceVersionId`; not of a null version, also where the bucket keeps versions by now."""
    return {} if source.version_id == NULL_VERSION else {"CopySourceVersionId": source.version_id}


def _invalid(what: str) -> AwsError:
    """AWS gives the header's name for its value."""
    return invalid_argument(f"Invalid copy source {what}", "x-amz-copy-source", "x-amz-copy-source")
