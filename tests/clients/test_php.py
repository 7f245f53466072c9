"""AsyncAws, the client for PHP that Debian packages: SQS, SNS and STS."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.clients.pages import read_page, run_page
from tests.clients.programs import HERE, of_fleet, run, steps
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)
NOT_IN_PHP = ["sqs.batch", "sns.batch_failed", "sns.fifo", "sns.paginator"]


@pytest.fixture(scope="module", autouse=True)
def sdk() -> None:
    """Skip where PHP, or AsyncAws, is not on this machine."""
    if shutil.which("php") is None or not Path("/usr/share/php/AsyncAws/Sqs/autoload.php").exists():
        pytest.skip("not on this machine: php with AsyncAws")


def test_the_scenario(fleet: Running, unique_name: str, tmp_path: Path) -> None:
    command = ["php", HERE / "php" / "scenario.php", unique_name[:20], fleet.url]
    of_services = [name for name in steps(without=NOT_IN_PHP) if name.startswith(("sts.", "sqs.", "sns."))]
    assert run(command, tmp_path, of_fleet(fleet)).split() == of_services


def test_the_page(fleet: Running) -> None:
    page = read_page("php")
    assert run_page(page, fleet) == page.printed
