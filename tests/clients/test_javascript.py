"""The AWS SDK for JavaScript on Node: version 3, and the old version 2."""

from __future__ import annotations

import shutil

import pytest

from tests.clients.cache import kept_folder
from tests.clients.pages import read_page, run_page
from tests.clients.programs import HERE, build, needs, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)
INSTALL = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
NOT_IN_VERSION_2 = [
    *(
        "sts.assume_role",
        "s3.checksums",
        "s3.wrong_checksum",
        "s3.put_if_match",
        "s3.download_manager",
        "s3.attributes",
    ),
    *("s3.notification", "dynamodb.query_index", "dynamodb.query_paginator", "dynamodb.ttl", "sqs.batch"),
    *("sqs.bad_handle", "sqs.paginator", "sns.filter", "sns.batch_failed", "sns.fifo", "sns.paginator"),
]


def run_scenario(version: str, program: str, environment: dict[str, str], *arguments: str) -> list[str]:
    """The steps that `javascript-<version>` has printed, with its packages installed."""
    needs("node", "npm")
    source = HERE / f"javascript-{version}"
    with kept_folder(f"javascript-{version}", (source / "package.json").read_text()) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        if not (folder / "installed").exists():
            build(INSTALL, folder)
            (folder / "installed").touch()
        return run(["node", program, *arguments], folder, environment).split()


def test_version_3(fleet: Running, unique_name: str) -> None:
    assert run_scenario("v3", "scenario.mjs", of_fleet(fleet), unique_name[:20]) == steps()


def test_version_2(fleet: Running, unique_name: str) -> None:
    printed = run_scenario("v2", "scenario.js", of_fleet(fleet), unique_name[:20], fleet.url)
    assert printed == steps(without=NOT_IN_VERSION_2)


def test_the_page(fleet: Running) -> None:
    needs("node", "npm")
    page = read_page("javascript")
    assert run_page(page, fleet) == page.printed
