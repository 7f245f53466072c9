"""Finding the object or the version that a request names, with AWS's answers where it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from services.s3.buckets.catalog import bucket_of, expected_bucket
from services.s3.errors import (
    invalid_argument,
    method_not_allowed,
    no_such_key,
    no_such_version,
)
from services.s3.objects.keys import encode_key
from services.s3.store import objects
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion


def bucket_and_current(
    transaction: Transaction, input: Mapping[str, Any], key: bytes, *, body: bool = False
) -> tuple[Bucket, ObjectVersion | None]:
    """`bucket_of`, and the key's newest version in it."""
    bucket, current = objects.bucket_and_current(transaction, input["Bucket"], key, body=body)
    if bucket is None or "ExpectedBucketOwner" in input:
        bucket = expected_bucket(bucket, input["Bucket"], input.get("ExpectedBucketOwner"))
    return bucket, current


def bucket_and_version(
    transaction: Transaction, input: Mapping[str, Any], *, method: str, body: bool = False
) -> tuple[Bucket, ObjectVersion]:
    """`bucket_of` and `version_of`, for the two together."""
    key = input["Key"]
    if "VersionId" in input:
        bucket = bucket_of(transaction, input)
        return bucket, version_of(transaction, bucket, key, input["VersionId"], method=method, body=body)
    bucket, current = bucket_and_current(transaction, input, encode_key(key), body=body)
    return bucket, _shown(current, key)


def version_of(
    transaction: Transaction, bucket: Bucket, key: str, version_id: str | None, *, method: str, body: bool = False
) -> ObjectVersion:
    """The object or the version that is read. A delete marker is `NoSuchKey`, or, by its id, `MethodNotAllowed`."""
    encoded = encode_key(key)
    if version_id is None:
        return _shown(objects.current(transaction, bucket.id, encoded, body=body), key)
    version = find_version(transaction, bucket, encoded, version_id, body=body)
    if version is None:
        raise no_such_version(key, version_id)
    if version.is_delete_marker:
        raise marker_not_allowed(method, version)
    return version


def sub_resource_version(
    transaction: Transaction, bucket: Bucket, input: Mapping[str, Any], method: str
) -> ObjectVersion:
    """The version whose tags, ACL or lock are meant. A delete marker has none, and is not taken for no object."""
    version_id = input.get("VersionId")
    if version_id is None:
        current = objects.current(transaction, bucket.id, encode_key(input["Key"]))
        if current is not None and current.is_delete_marker:
            raise marker_not_allowed(method, current)
    return version_of(transaction, bucket, input["Key"], version_id, method=method)


def find_version(
    transaction: Transaction, bucket: Bucket, key: bytes, version_id: str, *, body: bool = False
) -> ObjectVersion | None:
    """A version by its id, None where it may have been there; `InvalidArgument` where no version ever had this id."""
    if not version_id:
        raise invalid_argument("Version id cannot be the empty string", "versionId", "")
    version = objects.find(transaction, bucket.id, key, version_id, body=body)
    if version is None and not objects.is_version_id(version_id):
        raise invalid_argument("Invalid version id specified", "versionId", version_id)
    return version


def marker_not_allowed(method: str, marker: ObjectVersion) -> AwsError:
    """What S3 answers where a delete marker itself is asked for."""
    return method_not_allowed(
        method,
        "DeleteMarker",
        allow="DELETE",
        x_amz_delete_marker="true",
        x_amz_version_id=marker.version_id,
        last_modified=_http_date(marker.last_modified),
    )


def new_version_id(bucket: Bucket, version: ObjectVersion) -> dict[str, str]:
    """`VersionId` of a version just made: only where the bucket keeps versions."""
    return {"VersionId": version.version_id} if bucket.versioning == "Enabled" else {}


def copied_version_id(bucket: Bucket, version: ObjectVersion) -> dict[str, str]:
    """`VersionId` of a version just made by CopyObject, which tells of a null version too where versions were kept."""
    return {"VersionId": version.version_id} if bucket.versioning else {}


def shown_version_id(bucket: Bucket, version: ObjectVersion) -> dict[str, str]:
    """`VersionId` as answers show it: not in a bucket that was never versioned."""
    return {"VersionId": version.version_id} if bucket.versioning else {}


def _shown(current: ObjectVersion | None, key: str) -> ObjectVersion:
    if current is None:
        raise no_such_key(key)
    if current.is_delete_marker:
        error = no_such_key(key)
        error.headers = {"x-amz-delete-marker": "true", "x-amz-version-id": current.version_id}
        raise error
    return current


def _http_date(moment: float) -> str:
    return formatdate(moment, usegmt=True)
