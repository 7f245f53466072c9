"""The messages that S3 sends. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import orjson

from services.s3.arns import bucket_arn
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.store.buckets import Bucket
from services.s3.store.objects import NULL_VERSION, ObjectVersion

_HOST_ID = "RustStack"
_REQUEST_ID = b'"x-amz-request-id":"'
_ESCAPED_REQUEST_ID = b'\\"request-id\\":\\"'
_LONGEST_ID = 64
# What happens to tags and ACLs does not order with the writes of the object.
_OF_PROPERTIES = ("ObjectTagging:", "ObjectAcl:")
_SINCE_2_3 = (
    *_OF_PROPERTIES,
    "LifecycleExpiration:",
    "LifecycleTransition",
    "IntelligentTiering",
    "ObjectRestore:Delete",
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Who did it, and in which request. `now` is in seconds since the epoch; `trace` is its `X-Amzn-Trace-Id`.

    `requester` is the account, as EventBridge tells it, or S3 itself.
    """

    now: float
    request_id: str
    principal_id: str
    source_address: str = "127.0.0.1"
    trace: str | None = None
    requester: str = "s3.amazonaws.com"


def record(cause: Cause, bucket: Bucket, event: str, configuration_id: str, version: ObjectVersion) -> bytes:
    """The message about one event."""
    described: dict[str, Any] = {"key": quote_plus(version.name, safe="/")}
    removed = event.startswith(("ObjectRemoved:", "LifecycleExpiration:"))
    if not removed and not event.startswith(_OF_PROPERTIES):
        described["size"] = version.size
    if not removed or event.endswith(":DeleteMarkerCreated"):
        described["eTag"] = version.etag or "d41d8cd98f00b204e9800998ecf8427e"
    if bucket.versioning and version.version_id != NULL_VERSION:
        described["versionId"] = version.version_id
    if not event.startswith(_OF_PROPERTIES):
        described["sequencer"] = f"{int(cause.now * 1e9):018X}"
    owner = canonical_id(bucket.account_id)
    principal, further = cause.principal_id, {}
    if event == "ObjectRestore:Completed":
        # Done by S3 itself, for its customer
        principal, further = f"AmazonCustomer:{owner}", {"glacierEventData": _restored(version)}
    return orjson.dumps(
        {
            "Records": [
                {
                    "eventVersion": "2.3" if event.startswith(_SINCE_2_3) else "2.1",
                    "eventSource": "aws:s3",
                    "awsRegion": bucket.region,
                    "eventTime": iso(cause.now),
                    "eventName": event,
                    "userIdentity": {"principalId": principal},
                    "requestParameters": {"sourceIPAddress": cause.source_address},
                    "responseElements": {"x-amz-request-id": cause.request_id, "x-amz-id-2": _HOST_ID},
                    "s3": {
                        "s3SchemaVersion": "1.0",
                        "configurationId": configuration_id,
                        "bucket": {
                            "name": bucket.name,
                            "ownerIdentity": {"principalId": owner},
                            "arn": bucket_arn(bucket.name, bucket.region),
                        },
                        "object": described,
                    },
                    **further,
                }
            ]
        }
    )


def traced(message: bytes, trace: str | None) -> bytes:
    """A message, which begins with a brace, behind a line with the `X-Amzn-Trace-Id` that it is to carry, if any."""
    return message if trace is None else b"%b\n%b" % (trace.encode(), message)


def untraced(payload: bytes) -> tuple[str, bytes]:
    """What `traced` was given; "" for no trace."""
    if payload.startswith(b"{"):
        return "", payload
    trace, _, message = payload.partition(b"\n")
    return trace.decode(), message


def request_id_of(payload: bytes) -> str:
    """The id of the request that a message, or an entry for EventBridge, tells of."""
    return id_after(payload, _REQUEST_ID) or id_after(payload, _ESCAPED_REQUEST_ID)


def id_after(content: bytes, mark: bytes) -> str:
    """The id that stands behind `mark`, "" where there is none."""
    rest = content.partition(mark)[2][:_LONGEST_ID]
    return rest.partition(b'"')[0].partition(b"<")[0].rstrip(b"\\").decode("ascii", "replace")


def _restored(version: ObjectVersion) -> dict[str, Any]:
    return {
        "restoreEventData": {
            "lifecycleRestorationExpiryTime": iso(version.attributes.get("RestoreUntil", 0.0)),
            "lifecycleRestoreStorageClass": version.storage_class,
        }
    }


def test_event(now: float, request_id: str, bucket: str) -> bytes:
    """What a destination gets when it is configured."""
    return orjson.dumps(
        {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": iso(now),
            "Bucket": bucket,
            "RequestId": request_id,
            "HostId": _HOST_ID,
        }
    )


def iso(moment: float) -> str:
    """`2026-01-31T12:00:00.000Z`"""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(moment * 1000) % 1000:03d}Z"
