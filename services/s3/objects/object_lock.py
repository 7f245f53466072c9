"""Object lock: retention, legal hold, and what they forbid.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from awskit.errors import AwsError
from awskit.wire.timestamps import iso8601_milliseconds
from services.s3.errors import access_denied, invalid_argument, invalid_request
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

MODES = frozenset({"GOVERNANCE", "COMPLIANCE"})
_DAY = 86_400.0
_PACIFIC = timezone(timedelta(hours=-8), "PST")
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC).timestamp()
_PROTECTED = "Access Denied because object protected by object lock."


def of_input(input: Mapping[str, Any], bucket: Bucket, default: Mapping[str, Any] | None, now: float) -> dict[str, Any]:
    """The lock of a new version, from its headers or else from the bucket's default retention."""
    mode = input.get("ObjectLockMode")
    until = input.get("ObjectLockRetainUntilDate")
    hold = input.get("ObjectLockLegalHoldStatus")
    if mode is None and until is None and hold is None:
        return _default_retention(default, now) if bucket.object_lock else {}
    if not bucket.object_lock:
        # Not quite what the operations on locks say.
        raise invalid_request("Bucket is missing ObjectLockConfiguration")
    if (mode is None) != (until is None):
        raise invalid_argument(
            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
            "x-amz-object-lock-mode" if mode is None else "x-amz-object-lock-retain-until-date",
            None,
        )
    lock: dict[str, Any] = {}
    if mode is not None and until is not None:
        if mode not in MODES:
            raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
        if until <= now:
            raise _past("x-amz-object-lock-retain-until-date", _instant(until))
        lock = {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}
    else:
        lock = _default_retention(default, now)
    if hold is not None:
        if hold not in ("ON", "OFF"):
            raise invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold)
        lock["ObjectLockLegalHoldStatus"] = hold
    return lock


def retains_by_default(configuration: Mapping[str, Any] | None) -> bool:
    """Whether a bucket's object lock configuration locks what is uploaded into it."""
    return bool(((configuration or {}).get("Rule") or {}).get("DefaultRetention"))


def check_bucket(bucket: Bucket) -> None:
    """Locks exist only in buckets with object lock."""
    if not bucket.object_lock:
        raise invalid_request("Bucket is missing Object Lock Configuration")


def check_date(until: float, now: float) -> None:
    """Raise `InvalidArgument` for a retention that ends before `now` (both in seconds since the epoch)."""
    if until <= now:
        raise _past("RetainUntilDate", _pacific(until))


def _past(argument: str, shown: str) -> AwsError:
    return invalid_argument("The retain until date must be in the future!", argument, shown)


def _instant(moment: float) -> str:
    """A date as S3's error shows a header's: Java's instant (`2025-12-25T12:00:00Z`)."""
    return iso8601_milliseconds(moment).replace(".000Z", "Z")


def _pacific(moment: float) -> str:
    """A date as S3's error shows it: Java's, in Seattle's time (`Tue Dec 31 16:00:00 PST 2019`)."""
    return datetime.fromtimestamp(max(moment, _EARLIEST), _PACIFIC).strftime("%a %b %d %H:%M:%S %Z %Y")


def check_removal(version: ObjectVersion, now: float, *, bypass_governance: bool) -> None:
    """Raise `AccessDenied` where the version is protected from being deleted for good."""
    attributes = version.attributes
    if attributes.get("ObjectLockLegalHoldStatus") == "ON":
        raise access_denied(_PROTECTED)
    until = attributes.get("ObjectLockRetainUntilDate")
    if until is None or until <= now:
        return
    if attributes.get("ObjectLockMode") == "GOVERNANCE" and bypass_governance:
        return
    raise access_denied(_PROTECTED)


def check_retention_change(
    version: ObjectVersion, mode: str | None, until: float | None, now: float, *, bypass_governance: bool
) -> None:
    """Retention may be made longer; the rest only under governance and with the bypass."""
    attributes = version.attributes
    current_until = attributes.get("ObjectLockRetainUntilDate")
    if current_until is None or current_until <= now:
        return
    current_mode = attributes.get("ObjectLockMode")
    longer = until is not None and until >= current_until
    if longer and mode == current_mode:
        return
    if current_mode == "GOVERNANCE" and bypass_governance:
        return
    raise access_denied(_PROTECTED)


def _default_retention(default: Mapping[str, Any] | None, now: float) -> dict[str, Any]:
    retention = ((default or {}).get("Rule") or {}).get("DefaultRetention")
    if not retention:
        return {}
    days = retention.get("Days") or 365 * retention.get("Years", 0)
    return {"ObjectLockMode": retention["Mode"], "ObjectLockRetainUntilDate": now + days * _DAY}
