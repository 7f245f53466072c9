"""A server's database belongs to one fleet, whose replicas share it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from awskit.database.server_claim import AnotherFleets, claim, name_of
from tests.processes import ROOT, clean_environment, running_service


def test_replicas_of_a_fleet_share_it_and_another_fleet_waits_for_its_end(postgresql_url: str) -> None:
    one, replica = claim(postgresql_url, "one"), claim(postgresql_url, "one/another run")
    with pytest.raises(AnotherFleets, match="is in use by another fleet, one; replicas of one fleet name it by"):
        claim(postgresql_url, "other", patience=0.1)
    one.close()
    replica.close()
    claim(postgresql_url, "other").close()


def test_a_long_name_is_told_from_another_one() -> None:
    assert len(name_of("x" * 100 + "1")) < 63
    assert name_of("x" * 100 + "1") != name_of("x" * 100 + "2")


def test_a_service_of_another_fleet_is_refused_in_one_line(tmp_path: Path, postgresql_url: str) -> None:
    environment = {"RUSTSTACK_FLEET": "one", "RUSTSTACK_SQS_DATABASE_URL": postgresql_url}
    with running_service("sqs", tmp_path / "one", environment=environment):
        done = subprocess.run(
            [sys.executable, "-m", "services.sqs", "--port", "0", "--data-dir", str(tmp_path / "other")],
            cwd=ROOT,
            env=clean_environment(**{**environment, "RUSTSTACK_FLEET": "other"}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("ruststack sqs: the database test_")
    assert line.endswith(" is in use by another fleet, one; replicas of one fleet name it by RUSTSTACK_FLEET")
