"""DeleteObject and DeleteObjects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.s3.access.guard import permit_delete
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import invalid_argument, invalid_request, malformed_xml, no_such_version
from services.s3.notifications import events
from services.s3.objects import object_lock, versions
from services.s3.objects.catalog import find_version
from services.s3.objects.conditions import check_delete, check_delete_form
from services.s3.objects.keys import encode_key
from services.s3.objects.versions import Deleted
from services.s3.runtime import S3Context, caller_id
from services.s3.store import objects
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion, is_version_id

_LIMIT = 1000
_NOTHING = Deleted()
_CHECKSUM_HEADERS = ("x-amz-checksum-", "x-amz-trailer")


@write_operation("DeleteObject")
def delete_object(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    check_delete_form(input)
    deleted = _delete(context, bucket, input, transaction, bypass=_check_bypass(input, bucket))
    output: Output = {}
    if deleted.version_id is not None:
        output["VersionId"] = deleted.version_id
    if deleted.delete_marker:
        output["DeleteMarker"] = True
    return output


@write_operation("DeleteObjects")
def delete_objects(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    _check_integrity(context)
    request = input["Delete"]
    entries = request.get("Objects") or ()
    if not 1 <= len(entries) <= _LIMIT:
        raise malformed_xml()
    bypass = _check_bypass(input, bucket)
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for entry in entries:
        named = {name: entry[name] for name in ("Key", "VersionId") if name in entry}
        try:
            _check_version_id(transaction, bucket, entry)
            permit_delete(transaction, context, bucket, entry)
            done = _delete(context, bucket, _conditions(entry), transaction, bypass=bypass)
        except AwsError as error:
            errors.append({**named, "Code": error.code, "Message": error.message})
        else:
            deleted.append({**named, **_marker_of(done, "VersionId" in entry)})
    output: Output = {"Errors": errors}
    if not request.get("Quiet"):
        output["Deleted"] = deleted
    return output


def _check_bypass(input: Input, bucket: Bucket) -> bool:
    """Whether governance is to be bypassed; where nothing can be locked it may not even be said that it is not."""
    bypass = input.get("BypassGovernanceRetention")
    if bypass is not None and not bucket.object_lock:
        header = "x-amz-bypass-governance-retention"
        raise invalid_argument(f"{header} is only applicable to Object Lock enabled buckets.", header, None)
    return bool(bypass)


def _check_version_id(transaction: Transaction, bucket: Bucket, entry: Mapping[str, Any]) -> None:
    """Of a version id that none ever had, DeleteObjects says `NoSuchVersion`; DeleteObject, that it is invalid."""
    version_id = entry.get("VersionId")
    if version_id is None or is_version_id(version_id):
        return
    if objects.find(transaction, bucket.id, encode_key(entry["Key"]), version_id) is None:
        raise no_such_version(entry["Key"], version_id)


def _check_integrity(context: S3Context) -> None:
    """S3 deletes many only where it can tell that the list is the one that was sent."""
    given = context.request.headers
    if not any(name == "content-md5" or name.startswith(_CHECKSUM_HEADERS) for name in given):
        raise invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")


def _conditions(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of DeleteObjects in DeleteObject's terms."""
    renamed = {"ETag": "IfMatch", "LastModifiedTime": "IfMatchLastModifiedTime", "Size": "IfMatchSize"}
    return {renamed.get(name, name): value for name, value in entry.items()}


def _marker_of(deleted: Deleted, by_version: bool) -> dict[str, Any]:
    if not deleted.delete_marker:
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": deleted.version_id}


def _delete(
    context: S3Context, bucket: Bucket, input: Mapping[str, Any], transaction: Transaction, *, bypass: bool
) -> Deleted:
    key = encode_key(input["Key"])
    version_id = input.get("VersionId")
    blobs = context.runtime.blobs
    if version_id is None:
        if any(name in input for name in ("IfMatch", "IfMatchSize", "IfMatchLastModifiedTime")):
            current = objects.current(transaction, bucket.id, key)
            check_delete(input, input["Key"], current, of_directory=is_directory_bucket(bucket.name))
        deleted = versions.delete_current(transaction, blobs, bucket, key, caller_id(context), context.now)
        if bucket.has("notification") and deleted == _NOTHING:
            # S3 tells of it although there was nothing to be deleted.
            deleted_nothing = versions.absent(bucket, key)
            events.record(transaction, context, bucket, "ObjectRemoved:Delete", deleted_nothing)
        _record(context, transaction, bucket, deleted)
        return deleted
    found = find_version(transaction, bucket, key, version_id)
    check_delete(input, input["Key"], found)
    if found is None:
        # As on AWS, deleting what is not there succeeds.
        return Deleted(version_id)
    object_lock.check_removal(found, context.now, bypass_governance=bypass)
    deleted = versions.delete_version(transaction, blobs, bucket, found)
    _record(context, transaction, bucket, deleted)
    return deleted


def _record(context: S3Context, transaction: Transaction, bucket: Bucket, deleted: Deleted) -> None:
    version: ObjectVersion | None = deleted.removed
    if deleted.marker is not None:
        events.record(transaction, context, bucket, "ObjectRemoved:DeleteMarkerCreated", deleted.marker)
    elif version is not None:
        events.record(transaction, context, bucket, "ObjectRemoved:Delete", version)
