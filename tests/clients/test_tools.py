"""The pages of what is no language's SDK, each typed as it stands there."""

from __future__ import annotations

import pytest

from tests.clients.pages import read_page, run_page
from tests.clients.programs import needs
from tests.processes import Running

pytestmark = pytest.mark.timeout(3000)


@pytest.mark.parametrize(
    ("name", "programs"),
    [
        ("rclone", ["rclone"]),
        ("celery", []),
        ("django", []),
        ("object-stores", []),
        ("spring", ["java", "mvn"]),
        ("hadoop", ["java", "mvn"]),
        ("airflow", []),
    ],
)
def test_the_page(fleet: Running, name: str, programs: list[str]) -> None:
    needs(*programs)
    page = read_page(name)
    assert run_page(page, fleet) == page.printed
