"""The service's background work: lifecycle rules carried out when the clock moves."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from services.s3.lifecycle.expiration import DAY
from tests.processes import running_service
from tests.services.s3.conftest import refusal


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
