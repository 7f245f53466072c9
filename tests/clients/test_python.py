"""Python: boto3, which the tests use anyway, and aioboto3."""

from __future__ import annotations

import sys

import pytest

from tests.clients.cache import kept_folder
from tests.clients.pages import read_page, run_page
from tests.clients.programs import HERE, build, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)
AIOBOTO3 = "aioboto3==15.5.0"


def test_boto3(fleet: Running, unique_name: str) -> None:
    command = [sys.executable, "scenario.py", unique_name[:20]]
    assert run(command, HERE / "python", of_fleet(fleet)).split() == steps()


def test_aioboto3(fleet: Running, unique_name: str) -> None:
    with kept_folder("python-aioboto3", AIOBOTO3) as folder:
        python = folder / "bin" / "python"
        if not (folder / "installed").exists():
            build([sys.executable, "-m", "venv", folder], HERE)
            build([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", AIOBOTO3, "awscrt"], HERE)
            (folder / "installed").touch()
        command = [python, "scenario.py", unique_name[:20], "aioboto3"]
        assert run(command, HERE / "python", of_fleet(fleet)).split() == steps()


def test_the_page(fleet: Running) -> None:
    page = read_page("python")
    assert run_page(page, fleet) == page.printed
