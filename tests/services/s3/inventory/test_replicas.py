"""Two replicas on one PostgreSQL: a report is written by one of them, and the next one after its death by the other."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.processes import running_service
from tests.services.s3.inventory.reports import DAY, configure, keys_of, manifests, report
from tests.waiting import wait_until


def test_replicas_write_one_report_each_day(postgresql_url: str, tmp_path: Path, unique_name: str) -> None:
    environment = {
        "RUSTSTACK_S3_DATABASE_URL": postgresql_url,
        "RUSTSTACK_DATA_DIR": str(tmp_path / "shared"),
        "RUSTSTACK_FLEET": "inventory",
    }
    source, target = f"{unique_name}-source", f"{unique_name}-target"
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(running_service("s3", tmp_path / name, environment=environment)) for name in ("a", "b")
        )
        s3 = second.client("s3")
        for name in (source, target):
            s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Enabled"})
        wanted = ["other", "key", "key", "\u00fc"]
        for key in wanted:
            s3.put_object(Bucket=source, Key=key, Body=b"x")
        configure(s3, source, target, IncludedObjectVersions="All")
        second.advance_clock(DAY)
        wait_until(lambda: len(manifests(s3, target, source)) == 1)
        assert first.process is not None
        first.process.kill()
        first.process.wait()
        second.advance_clock(DAY)
        wait_until(lambda: len(manifests(s3, target, source)) == 2)
        assert len(keys_of(s3, target)) == 8
        for manifest in manifests(s3, target, source):
            rows = report(s3, target, manifest).rows
            assert [row["Key"] for row in rows] == ["key", "key", "other", "%C3%BC"]
            assert [row["IsLatest"] for row in rows] == ["true", "false", "true", "true"]
        s3.close()
