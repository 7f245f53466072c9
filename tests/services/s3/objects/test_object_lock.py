"""Object lock: retention, legal hold, and the buckets that have it."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from tests.services.s3.conftest import argument_error, error_of, refusal


def test_object_lock(s3: Any) -> None:
    bucket = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    default = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=default)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == default
    version = s3.put_object(Bucket=bucket, Key="key", Body=b"1")["VersionId"]
    named = {"Bucket": bucket, "Key": "key", "VersionId": version}
    assert s3.get_object_retention(**named)["Retention"]["Mode"] == "GOVERNANCE"
    assert refusal(s3.delete_object, **named) == (403, "AccessDenied")
    s3.delete_object(Bucket=bucket, Key="key")
    s3.put_object_legal_hold(**named, LegalHold={"Status": "ON"})
    assert refusal(s3.delete_object, **named, BypassGovernanceRetention=True) == (403, "AccessDenied")
    s3.put_object_legal_hold(**named, LegalHold={"Status": "OFF"})
    until = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
    s3.put_object_retention(
        **named, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until}, BypassGovernanceRetention=True
    )
    assert refusal(s3.delete_object, **named, BypassGovernanceRetention=True) == (403, "AccessDenied")
    refused = refusal(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert refused == (409, "InvalidBucketState")


def test_retention_ends_in_the_future(s3: Any, unique_name: str) -> None:
    s3.create_bucket(Bucket=unique_name, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=unique_name, Key="key")
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": past}
    message, shown = "The retain until date must be in the future!", "Tue Dec 31 16:00:00 PST 2019"
    error = error_of(s3.put_object_retention, Bucket=unique_name, Key="key", Retention=retention)
    assert error == argument_error(message, "RetainUntilDate", shown)
    headers = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": past}
    error = error_of(s3.put_object, Bucket=unique_name, Key="key", **headers)
    assert error == argument_error(message, "x-amz-object-lock-retain-until-date", "2020-01-01T00:00:00Z")


def test_locks_need_a_bucket_with_object_lock(s3: Any, bucket: str) -> None:
    for given in ({"ObjectLockLegalHoldStatus": "ON"}, {"ObjectLockRetainUntilDate": datetime.datetime(2100, 1, 1)}):
        error = error_of(s3.put_object, Bucket=bucket, Key="key", **given)
        assert error == {"Code": "InvalidRequest", "Message": "Bucket is missing ObjectLockConfiguration"}
    s3.put_object(Bucket=bucket, Key="key")
    error = error_of(s3.get_object_legal_hold, Bucket=bucket, Key="key")
    assert error["Message"] == "Bucket is missing Object Lock Configuration"
