"""The AWS SDK for Ruby, as Debian packages it: S3 and STS."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.pages import read_page, run_page
from tests.clients.programs import HERE, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)
NEWER_THAN_DEBIANS = ["s3.checksums", "s3.put_if_none_match", "s3.put_if_match", "s3.notification"]


@pytest.fixture(scope="module", autouse=True)
def sdk() -> None:
    """Skip where Ruby, or its SDK, is not on this machine."""
    has_it = ["ruby", "-e", "require 'aws-sdk-s3'"]
    if shutil.which("ruby") is None or subprocess.run(has_it, capture_output=True, check=False).returncode != 0:
        pytest.skip("not on this machine: ruby with aws-sdk-s3")


def test_the_scenario(fleet: Running, unique_name: str, tmp_path: Path) -> None:
    command = ["ruby", HERE / "ruby" / "scenario.rb", unique_name[:20], fleet.url]
    of_s3 = [name for name in steps(without=NEWER_THAN_DEBIANS) if name.startswith(("s3.", "sts."))]
    assert run(command, tmp_path, of_fleet(fleet)).split() == of_s3


def test_the_page(fleet: Running) -> None:
    page = read_page("ruby")
    assert run_page(page, fleet) == page.printed
