"""Every page that there is a route for, with hostile names and contents behind it: shown, not run, fit for everybody.

Seen in the light and wide, in the dark and narrow; `tests.console.every_page` knows an address of each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.console.conftest import Visitor
from tests.console.every_page import RIGHT_TO_LEFT, SCRIPT, addresses_of_pages
from tests.processes import ACCOUNT_ID, running_fleet

_WIDE = {"width": 1280, "height": 800}
_NARROW = {"width": 380, "height": 800}
_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return "";
  const out = [...document.querySelectorAll("body *")].filter((one) =>
    one.getBoundingClientRect().right > room + 1 && !one.closest(".scroll, pre, .side, .command, .tabs"));
  return out.slice(-3).map((one) => one.outerHTML.slice(0, 200)).join(", ") || "what cannot be told";
}"""
_MOST_BYTES = 4 * 1024 * 1024  # a page does not carry what it shows the beginning of


@pytest.mark.timeout(900)
def test_what_is_hostile_is_shown_and_not_run_on_every_page(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with running_fleet(tmp_path) as fleet:
        addresses = addresses_of_pages(fleet)
        visitor = visit(fleet, ACCOUNT_ID, viewport=_WIDE)
        page = visitor.page
        faults: list[str] = []
        for route, shown in addresses.items():
            answer = page.goto(visitor.url(shown.path.removeprefix("/")))
            assert answer is not None
            assert answer.status == 200, f"{route} answers {answer.status}: {answer.text()[-500:]}"
            assert len(answer.body()) < _MOST_BYTES, route
            faults += [f"{route}: {fault}" for fault in _faults(visitor, hostile=shown.hostile)]
        assert not faults, "\n".join(faults)


def _faults(visitor: Visitor, *, hostile: bool) -> list[str]:
    page = visitor.page
    found = []
    text = page.locator("body").inner_text()
    if hostile and SCRIPT.removesuffix("</script>") not in text:  # the slash of a key makes a folder
        found.append("what is hostile is not to be read")
    if any(character in text for character in RIGHT_TO_LEFT if not character.isalnum()):
        found.append("something turns the direction of a text")
    if page.locator("main script, main img[onerror]").count():
        found.append("there is an element of somebody else's")
    for scheme, size in (("light", _WIDE), ("dark", _NARROW)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        if wide := _too_wide(page):
            found.append(f"{scheme}, {size['width']} wide: wider than the window is {wide}")
        try:
            visitor.check(scheme)
        except AssertionError as error:
            found.append(str(error))
            visitor.complaints.clear()
    return found


def _too_wide(page: Page) -> str:
    """The innermost elements that make the page wider than the window, where it is."""
    found: str = page.evaluate(_TOO_WIDE)
    return found
