"""The AWS CLI: version 1 of PyPI, which the tests have, and version 2, as Debian has it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.clients.pages import read_page, run_page
from tests.clients.programs import HERE, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)
VERSION_2 = Path("/usr/bin/aws")
NOT_IN_A_SHELL = [
    *("sts.assume_role", "s3.put_stream", "s3.presigned_put", "s3.presigned_post", "s3.notification"),
    *("dynamodb.scan_segments", "dynamodb.transact", "dynamodb.ttl", "sqs.batch", "sqs.bad_handle", "sqs.visibility"),
    *("sns.paginator",),
]
NEWER_THAN_DEBIANS = ["s3.checksums", "s3.put_if_none_match", "s3.put_if_match"]


@pytest.fixture(params=[1, 2], ids=["version 1", "version 2"])
def folder_of_aws(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with that version's `aws` in it, to be first on the path."""
    link = tmp_path / "aws"
    if request.param == 1:
        link.write_text(f'#!/bin/sh\nexec {sys.executable} -m awscli "$@"\n')
        link.chmod(0o755)
    elif VERSION_2.exists():
        link.symlink_to(VERSION_2)
    else:
        pytest.skip("not on this machine: /usr/bin/aws, version 2 of the AWS CLI")
    return tmp_path


def test_the_scenario(
    fleet: Running, unique_name: str, folder_of_aws: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment = of_fleet(fleet, AWS_PAGER="")
    environment["PATH"] = f"{folder_of_aws}:{environment['PATH']}"
    is_old = "version 2" in request.node.name
    command = ["bash", HERE / "cli" / "scenario.sh", unique_name[:20], fleet.url, *(["old"] if is_old else [])]
    without = [*NOT_IN_A_SHELL, *(NEWER_THAN_DEBIANS if is_old else [])]
    assert run(command, tmp_path, environment, timeout=1400).split() == steps(without=without)


def test_the_page(fleet: Running, folder_of_aws: Path, request: pytest.FixtureRequest) -> None:
    page = read_page("aws-cli")
    version = "2" if "version 2" in request.node.name else "1"
    renamed = [text.replace("cli-", f"cli{version}-") for text in page.typed]
    page.typed, printed = renamed, page.printed.replace("cli-", f"cli{version}-")
    path = f"{folder_of_aws}:{of_fleet(fleet)['PATH']}"
    assert run_page(page, fleet, PATH=path, AWS_PAGER="") == printed
