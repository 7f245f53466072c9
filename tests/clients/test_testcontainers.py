"""The page for testcontainers, in each of its languages, with the image that is built of this checkout."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.pages import read_page, run_page
from tests.clients.programs import needs
from tests.containers import built_image

pytestmark = pytest.mark.timeout(3000)


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    with built_image() as name:
        yield name


@pytest.mark.parametrize(
    ("language", "programs"),
    [("Python", []), ("Node", ["node", "npm"]), ("Java", ["java", "mvn"]), ("Go", ["go"])],
)
def test_the_page(image: str, language: str, programs: list[str]) -> None:
    needs(*programs)
    page = read_page("testcontainers", language)
    page.files = {name: text.replace('"ruststack"', f'"{image}"') for name, text in page.files.items()}
    # Ryuk's image is not on every machine; and an engine of 2022 knows no later version of its interface.
    assert run_page(page, None, timeout=900, TESTCONTAINERS_RYUK_DISABLED="true") == page.printed
