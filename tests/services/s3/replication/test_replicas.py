"""Replication between buckets."""

from __future__ import annotations

import uuid
from typing import Any

from tests.services.s3.conftest import read, refusal
from tests.waiting import wait_until


def test_replication_is_carried_out(s3: Any, versioned: str) -> None:
    target = f"test-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=target)
    rule = {
        "ID": "all",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": "a/"},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
    }
    given = {"Role": "arn:aws:iam::000000000000:role/r", "Rules": [rule]}
    refused = refusal(s3.put_bucket_replication, Bucket=versioned, ReplicationConfiguration=given)
    assert refused == (400, "InvalidRequest")
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(Bucket=versioned, ReplicationConfiguration=given)
    assert s3.get_bucket_replication(Bucket=versioned)["ReplicationConfiguration"] == given
    put = s3.put_object(Bucket=versioned, Key="a/1", Body=b"x" * 100_000, Metadata={"m": "1"})
    s3.put_object(Bucket=versioned, Key="b/1", Body=b"y")
    s3.get_waiter("object_exists").wait(Bucket=target, Key="a/1", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    head = s3.head_object(Bucket=target, Key="a/1")
    assert (head["VersionId"], head["ReplicationStatus"], head["Metadata"]) == (put["VersionId"], "REPLICA", {"m": "1"})
    assert read(s3, target, "a/1") == b"x" * 100_000
    assert s3.head_object(Bucket=versioned, Key="a/1")["ReplicationStatus"] == "COMPLETED"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=target)["Contents"]] == ["a/1"]


def test_replication_fails_where_the_destination_is_gone_or_keeps_no_versions(s3: Any, versioned: str) -> None:
    suspended, deleted = (f"test-{uuid.uuid4().hex}" for _ in range(2))
    rules = []
    for number, target in enumerate((suspended, deleted)):
        s3.create_bucket(Bucket=target)
        s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
        rules.append(
            {
                "ID": target,
                "Status": "Enabled",
                "Priority": number,
                "Filter": {"Prefix": f"{target}/"},
                "DeleteMarkerReplication": {"Status": "Disabled"},
                "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
            }
        )
    given = {"Role": "arn:aws:iam::000000000000:role/r", "Rules": rules}
    s3.put_bucket_replication(Bucket=versioned, ReplicationConfiguration=given)
    s3.put_bucket_versioning(Bucket=suspended, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket(Bucket=deleted)
    for target in (suspended, deleted):
        key = f"{target}/key"
        s3.put_object(Bucket=versioned, Key=key, Body=b"x")
        wait_until(lambda key=key: s3.head_object(Bucket=versioned, Key=key)["ReplicationStatus"] == "FAILED")  # type: ignore[misc]
    assert s3.list_objects_v2(Bucket=suspended)["KeyCount"] == 0
