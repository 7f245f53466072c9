"""The AWS SDK for Go, version 2, and its transfer manager."""

from __future__ import annotations

import shutil

import pytest

from tests.clients.cache import kept_folder
from tests.clients.pages import read_page, run_page
from tests.clients.programs import DIRECTORY_BUCKET, HERE, build, needs, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)


def test_version_2(fleet: Running, unique_name: str) -> None:
    needs("go")
    with kept_folder("go", (HERE / "go" / "go.sum").read_text()) as folder:
        shutil.copytree(HERE / "go", folder, dirs_exist_ok=True)
        build(["go", "build", "-o", "scenario", "."], folder, GOFLAGS="-mod=readonly")
        wanted = [*steps(), *DIRECTORY_BUCKET]
        assert run([folder / "scenario", unique_name[:20]], folder, of_fleet(fleet)).split() == wanted


def test_the_page(fleet: Running) -> None:
    needs("go")
    page = read_page("go")
    assert run_page(page, fleet) == page.printed
