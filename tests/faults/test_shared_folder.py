"""A data folder that somebody uses already, and who may look into it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, Running, clean_environment, running_fleet, running_service


def refusal(service: str, data_dir: Path, **environment: str) -> str:
    command = [sys.executable, "-m", f"services.{service}", "--port", "0", "--data-dir", str(data_dir)]
    given = clean_environment(**environment)
    done = subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    return line


def test_a_second_service_alone_is_refused(tmp_path: Path) -> None:
    with running_service("s3", tmp_path) as first:
        line = refusal("s3", first.data_dir)
        assert f"is in use by another s3, process {first.process.pid}; see --data-dir" in line  # type: ignore[union-attr]
        with running_service("sqs", tmp_path) as other:
            assert other.client("sqs").list_queues()


def test_a_service_alone_is_refused_where_a_fleet_is(own_fleet: Running) -> None:
    assert "is in use by another fleet" in refusal("sns", own_fleet.data_dir)


def test_replicas_of_one_fleet_share_a_folder(tmp_path: Path) -> None:
    environment = {"RUSTSTACK_FLEET": "mine"}
    with running_service("sqs", tmp_path, environment=environment) as first:
        first.client("sqs").create_queue(QueueName="queue")
        with running_service("sqs", tmp_path, environment=environment) as second:
            assert second.client("sqs").get_queue_url(QueueName="queue")
        assert "is in use by another fleet" in refusal("sqs", first.data_dir, RUSTSTACK_FLEET="other")


@pytest.mark.parametrize("alone", [False, True])
def test_nobody_else_reads_what_is_kept(alone: bool, tmp_path: Path) -> None:
    started = running_service("s3", tmp_path) if alone else running_fleet(tmp_path)
    with started as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="large", Body=b"x" * 100_000)
        s3.put_object(Bucket="bucket", Key="small", Body=b"x")
        found = [running.data_dir, *running.data_dir.rglob("*")]
        assert any(path.name == "s3.db-wal" for path in found)
        assert [path for path in found if path.stat().st_mode & 0o077] == []


def test_a_synchronous_that_is_none_is_refused(tmp_path: Path) -> None:
    line = refusal("sqs", tmp_path, RUSTSTACK_SYNCHRONOUS="SOMETIMES")
    assert line == "ruststack sqs: RUSTSTACK_SYNCHRONOUS: 'SOMETIMES' is none of NORMAL, FULL"
