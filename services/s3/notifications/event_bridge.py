"""Events as EventBridge gets them: an entry of PutEvents for each, of everything that happens in the bucket.

In: what a notification is made of. Out: the entry's members; None of what EventBridge is not told. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from awskit.resources.arns import build_arn
from services.s3.arns import bucket_arn
from services.s3.notifications.event_records import Cause, iso
from services.s3.store.buckets import Bucket
from services.s3.store.objects import NULL_VERSION, ObjectVersion

_MARKER = {"deletion-type": "Delete Marker Created"}
_GONE = {"deletion-type": "Permanently Deleted"}
_EXPIRED = {"reason": "Lifecycle Expiration"}
_DELETED = {"reason": "DeleteObject"}
_TYPES: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "ObjectCreated:Put": ("Object Created", {"reason": "PutObject"}),
        "ObjectCreated:Post": ("Object Created", {"reason": "POST Object"}),
        "ObjectCreated:Copy": ("Object Created", {"reason": "CopyObject"}),
        "ObjectCreated:CompleteMultipartUpload": ("Object Created", {"reason": "CompleteMultipartUpload"}),
        "ObjectRemoved:Delete": ("Object Deleted", {**_DELETED, **_GONE}),
        "ObjectRemoved:DeleteMarkerCreated": ("Object Deleted", {**_DELETED, **_MARKER}),
        "LifecycleExpiration:Delete": ("Object Deleted", {**_EXPIRED, **_GONE}),
        "LifecycleExpiration:DeleteMarkerCreated": ("Object Deleted", {**_EXPIRED, **_MARKER}),
        "ObjectRestore:Post": ("Object Restore Initiated", {}),
        "ObjectRestore:Completed": ("Object Restore Completed", {}),
        "ObjectRestore:Delete": ("Object Restore Expired", {}),
        "LifecycleTransition": ("Object Storage Class Changed", {}),
        "IntelligentTiering": ("Object Access Tier Changed", {}),
        "ObjectAcl:Put": ("Object ACL Updated", {}),
        "ObjectTagging:Put": ("Object Tags Added", {}),
        "ObjectTagging:Delete": ("Object Tags Deleted", {}),
    }
)
_WITH_SIZE = ("ObjectCreated:", "ObjectRestore:Post", "ObjectRestore:Completed", "LifecycleTransition", "Intelligent")
_SERVICE = "s3.amazonaws.com"
_DONE_BY_S3 = frozenset({"ObjectRestore:Completed", "ObjectRestore:Delete"})


@lru_cache(maxsize=256)
def is_told(document: str) -> bool:
    """Whether a notification configuration, by its JSON text, names EventBridge."""
    return "EventBridgeConfiguration" in orjson.loads(document)


def bus_of(bucket: Bucket) -> str:
    """The ARN of the event bus that the bucket's events go to: the default one of its account and region."""
    return build_arn("events", bucket.region, bucket.account_id, "event-bus/default")


def entry(cause: Cause, bucket: Bucket, event: str, version: ObjectVersion) -> bytes | None:
    """The entry, as JSON."""
    found = _TYPES.get(event)
    if found is None:
        return None
    detail_type, further = found
    described: dict[str, Any] = {"key": version.name}
    if event.startswith(_WITH_SIZE):
        described["size"] = version.size
    if version.etag:
        described["etag"] = version.etag
    if bucket.versioning and version.version_id != NULL_VERSION:
        described["version-id"] = version.version_id
    if event.startswith(("ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:")):
        described["sequencer"] = f"{int(cause.now * 1e9):018X}"
    by_s3 = cause.requester == _SERVICE or event in _DONE_BY_S3
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": described,
        "request-id": cause.request_id,
        "requester": _SERVICE if by_s3 else cause.requester,
    }
    if not by_s3:
        detail["source-ip-address"] = cause.source_address
    detail.update(further)
    if event.startswith("ObjectRestore:"):
        detail["source-storage-class"] = version.storage_class
    if event == "ObjectRestore:Completed":
        detail["restore-expiry-time"] = iso(version.attributes.get("RestoreUntil", 0.0))
    if event == "LifecycleTransition":
        detail["destination-storage-class"] = version.storage_class
    members: dict[str, Any] = {
        "Time": int(cause.now),
        "Source": "aws.s3",
        "Resources": [bucket_arn(bucket.name, bucket.region)],
        "DetailType": detail_type,
        "Detail": orjson.dumps(detail).decode(),
    }
    if cause.trace is not None:
        members["TraceHeader"] = cause.trace
    return orjson.dumps(members)
