"""A real Chromium without a screen that looks at the console of a running fleet; axe-core on what it shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import REGION, Running

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_SLOW = 30_000  # milliseconds: what is waited for comes, on a busy machine too
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine takes its time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a file's tests: while Playwright lives its event loop runs in this thread, where no other one could."""
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"none of {', '.join(_PROGRAMS)} is on this machine: apt-get install chromium")
    expect.set_options(timeout=_SLOW)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield started
        started.close()


@dataclass
class Visitor:
    """Somebody at the console of `fleet`, in one account. What the page does wrong is found by `check`."""

    fleet: Running
    page: Page
    account: str
    complaints: list[str]

    def url(self, path: str = "") -> str:
        """The address of a page of this account: `url("sqs/queues")`."""
        return f"{self.fleet.url}/_ruststack/console/{self.account}/{REGION}/{path}"

    def go(self, path: str = "") -> Page:
        """Open it; the page comes back, free of complaints."""
        self.page.goto(self.url(path))
        return self.page

    def client(self, service: str) -> Any:
        """boto3's, of the same account."""
        return self.fleet.client(service, account_id=self.account)

    def check(self, context: str = "") -> None:
        """What is shown can be used by everybody (axe-core), and nothing has gone wrong in the browser."""
        assert self.complaints == [], context
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [
            f"{one['id']} ({one['impact']}): {node['html']} {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
        assert not serious, "\n".join([context, self.page.url, *serious])


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """`visit(fleet, account)`: a visitor with a browser window of their own; `options` are those of its context."""
    contexts = []

    def make(fleet: Running, account: str, **options: Any) -> Visitor:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(_SLOW)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: complaints.append(f"{page.url}: {said.text}") if _is_complaint(said.type, said.text) else None,
        )
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}") or dialog.dismiss())
        return Visitor(fleet, page, account, complaints)

    yield make
    for context in contexts:
        context.close()


def _is_complaint(kind: str, text: str) -> bool:
    # The status of a page that says that something is not there is no fault of the page; that a sandbox keeps a script
    # from running is what it is for.
    expected = ("Failed to load resource: the server responded with a status of 4", "Blocked script execution in")
    return kind == "error" and not any(one in text for one in expected)


@pytest.fixture
def visitor(visit: Callable[..., Visitor], fleet: Running, account_id: str) -> Visitor:
    """A visitor of the fleet that all tests share, in an account of this test's own."""
    return visit(fleet, account_id)
