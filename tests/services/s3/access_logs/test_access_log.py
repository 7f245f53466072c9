"""Access logs: their configuration and delivery."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.processes import running_service
from tests.services.s3.conftest import refusal


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


def test_logging_needs_a_target(s3: Any, bucket: str) -> None:
    status = {"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": "log/"}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == status["LoggingEnabled"]
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    nowhere = {"LoggingEnabled": {"TargetBucket": "nowhere-at-all", "TargetPrefix": ""}}
    refused = refusal(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus=nowhere)
    assert refused == (400, "InvalidTargetBucketForLogging")
