"""What lifecycle rules ask to be done, and that it is done when the clock is moved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from services.s3.lifecycle.due_actions import due_actions
from services.s3.lifecycle.expiration import DAY
from services.s3.store.objects import ObjectVersion
from tests.processes import running_service
from tests.services.s3.conftest import refusal

NOW = 1_700_000_000.0


def version(age: float, *, size: int = 1, marker: bool = False, key: str = "a/key", tags: Any = None) -> ObjectVersion:
    modified = NOW - age * DAY
    return ObjectVersion(
        1,
        key.encode(),
        -int(modified),
        "v",
        True,
        marker,
        modified,
        size,
        "",
        "STANDARD",
        "o",
        None,
        {},
        tags,
        None,
        None,
        None,
    )


def rule(**actions: Any) -> dict[str, Any]:
    return {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a/"}, **actions}


@pytest.mark.parametrize(
    ("given", "versions", "expected"),
    [
        (rule(Expiration={"Days": 3}), [version(5)], ["expire"]),
        (rule(Expiration={"Days": 3}), [version(2)], []),
        (rule(Expiration={"Days": 3}), [version(5, key="b/key")], []),
        (rule(Expiration={"Date": NOW - 10}), [version(0)], ["expire"]),
        (rule(Expiration={"ExpiredObjectDeleteMarker": True}), [version(0, marker=True)], ["delete"]),
        (rule(Expiration={"ExpiredObjectDeleteMarker": True}), [version(0, marker=True), version(5)], []),
        (
            rule(NoncurrentVersionExpiration={"NoncurrentDays": 3}),
            [version(5), version(9), version(10)],
            ["delete"] * 2,
        ),
        (rule(NoncurrentVersionExpiration={"NoncurrentDays": 3}), [version(1), version(9)], []),
        (
            rule(NoncurrentVersionExpiration={"NoncurrentDays": 3, "NewerNoncurrentVersions": 1}),
            [version(5), version(9), version(10)],
            ["delete"],
        ),
        (rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]), [version(5, size=10**6)], ["transition"]),
        (rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]), [version(5)], []),
        (
            {**rule(Expiration={"Days": 1}), "Filter": {"Tag": {"Key": "t", "Value": "1"}}},
            [version(5, tags=[["t", "1"]])],
            ["expire"],
        ),
        ({**rule(Expiration={"Days": 1}), "Filter": {"Tag": {"Key": "t", "Value": "1"}}}, [version(5)], []),
    ],
)
def test_due_actions(given: dict[str, Any], versions: list[ObjectVersion], expected: list[str]) -> None:
    assert [action.kind for action in due_actions([given], versions, NOW)] == expected


def test_rules_are_carried_out_when_the_clock_moves(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        s3 = service.client("s3")
        s3.create_bucket(Bucket="plain")
        s3.create_bucket(Bucket="kept")
        s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
        rules = [
            {
                "Status": "Enabled",
                "Filter": {"Prefix": "old/"},
                "Expiration": {"Days": 2},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 4},
            },
            {
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
        ]
        for bucket in ("plain", "kept"):
            s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
            s3.put_object(Bucket=bucket, Key="old/1", Body=b"x")
            s3.put_object(Bucket=bucket, Key="new/1", Body=b"x")
        s3.create_multipart_upload(Bucket="plain", Key="never")
        service.advance_clock(3 * DAY + 1)
        assert _soon(lambda: refused(s3, "plain")) == (404, "404")
        assert _soon(lambda: refused(s3, "kept")) == (404, "404")
        assert s3.list_objects_v2(Bucket="plain")["Contents"][0]["Key"] == "new/1"
        assert "Uploads" not in s3.list_multipart_uploads(Bucket="plain")
        listed = s3.list_object_versions(Bucket="kept", Prefix="old/")
        assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (1, 1)
        service.advance_clock(6 * DAY)
        assert _soon(lambda: "Versions" not in s3.list_object_versions(Bucket="kept", Prefix="old/"))
        s3.close()


def refused(s3: Any, bucket: str) -> tuple[int, str] | None:
    if "old/1" in [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]:
        return None
    return refusal(s3.head_object, Bucket=bucket, Key="old/1")


def _soon(look: Any) -> Any:
    """What `look` gives once it is true; the rules run beside the requests."""
    until = time.monotonic() + 10
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def test_access_logs_are_delivered(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as service:
        s3 = service.client("s3")
        for name in ("watched", "logs"):
            s3.create_bucket(Bucket=name)
        status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "access/"}}
        s3.put_bucket_logging(Bucket="watched", BucketLoggingStatus=status)
        s3.put_object(Bucket="watched", Key="a b", Body=b"x")
        refusal(s3.get_object, Bucket="watched", Key="none")
        service.advance_clock(600)
        entries = _soon(lambda: s3.list_objects_v2(Bucket="logs").get("Contents"))
        assert entries[0]["Key"].startswith("access/20")
        lines = s3.get_object(Bucket="logs", Key=entries[0]["Key"])["Body"].read().decode().splitlines()
        wanted = [line for line in lines if "REST.PUT.OBJECT a%2520b" in line]
        assert len(wanted) == 1
        assert '"PUT /watched/a%20b HTTP/1.1" 200 -' in wanted[0]
        assert any(" 404 NoSuchKey " in line for line in lines)
        s3.close()
