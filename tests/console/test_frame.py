"""What every page has: where one is, account and region, keys, and the ways in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.processes import Running, running_fleet
from tests.waiting import wait_until


def test_who_opens_the_endpoint_sees_the_overview(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(visitor.fleet.url)
    expect(page).to_have_url(re.compile("/_ruststack/console/000000000000/us-east-1/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    visitor.check()


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"viewport": {"width": 380, "height": 700}}])
def test_dark_and_narrow_can_be_used_too(
    visit: Callable[..., Visitor], fleet: Running, account_id: str, options: dict[str, object]
) -> None:
    visitor = visit(fleet, account_id, **options)
    page = visitor.go()
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1], "nothing is wider than the window"
    visitor.check()


def test_account_and_region_are_in_the_address_and_remembered(visitor: Visitor) -> None:
    page = visitor.go()
    page.get_by_label("Account").fill("111122223333")
    page.get_by_label("Region").fill("eu-central-1")
    page.get_by_role("button", name="Go").click()
    expect(page).to_have_url(re.compile("/console/111122223333/eu-central-1/$"))
    page.goto(f"{visitor.fleet.url}/_ruststack/console/")
    expect(page).to_have_url(re.compile("/console/111122223333/eu-central-1/$"))


@pytest.mark.parametrize(
    "path", ["nothing/here", "../../12/nowhere/", "s3/buckets/some-bucket/object", "s3/buckets/%3Cscript%3E"]
)
def test_an_address_of_nothing_says_so(visitor: Visitor, path: str) -> None:
    page = visitor.go(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    visitor.check()


def test_keys(visitor: Visitor) -> None:
    page = visitor.go()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="Close").click()
    visitor.client("sqs").create_queue(QueueName="by-keys")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queues")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("by-keys")
    page.keyboard.press("u")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queues")


def test_without_a_script_a_page_is_complete(visit: Callable[..., Visitor], fleet: Running, account_id: str) -> None:
    page = visit(fleet, account_id, java_script_enabled=False).go()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_hidden()


def test_a_service_that_is_not_started_is_shown_as_that(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"SERVICES": "sqs"}) as fleet:
        visitor = visit(fleet, "000000000000")
        page = visitor.go()
        expect(page.get_by_role("main").get_by_text("not started").first).to_be_visible()
        visitor.check()
        for path, name in (("s3/buckets", "S3"), ("dynamodb/tables", "DynamoDB"), ("sns/topics", "SNS")):
            expect(visitor.go(path).get_by_text(f"{name} is not started: SERVICES does not name it.")).to_be_visible()
            visitor.check(path)
        visitor.client("sqs").create_queue(QueueName="alone")
        expect(visitor.go("search?q=alone").get_by_role("main").get_by_role("link", name="alone")).to_be_visible()
        expect(visitor.go("requests").locator("tbody tr").filter(has_text="CreateQueue")).to_be_visible()


def test_each_process_of_a_service_is_shown(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with running_fleet(tmp_path, "--replicas", "sqs=2") as fleet:
        visitor = visit(fleet, "000000000000")
        card = visitor.go().locator("#services section", has=visitor.page.get_by_role("heading", name="SQS"))
        expect(card.get_by_text(re.compile(r"^process \d+$"))).to_have_count(2)
        visitor.check()
        sqs = visitor.client("sqs")
        url = sqs.create_queue(QueueName="shared")["QueueUrl"]
        for number in range(20):  # taken by both
            sqs.send_message(QueueUrl=url, MessageBody=f"number {number}")
        expect(visitor.go("sqs/queues/shared").locator("#messages tbody tr")).to_have_count(20)
        sent = visitor.go("requests?operation=SendMessage").locator("tbody tr")
        expect(sent).to_have_count(20)
        visitor.check()


def test_the_tab_key_goes_through_a_page_in_its_order_and_shows_where_it_is(visitor: Visitor) -> None:
    page = visitor.go("clock")
    seen: list[dict[str, Any]] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        shown = page.evaluate(_FOCUSED)
        if shown is None or shown["place"] in {one["place"] for one in seen}:
            break
        seen.append(shown)
        assert shown["ring"], f"{shown['html']} does not show that it has the focus"
    assert seen[0]["html"].startswith('<a class="skip"')
    places = [one["place"] for one in seen]
    assert places == sorted(places), "what comes next on the page comes next by the key"
    assert len(seen) > 20

    def is_at_the_content() -> bool:
        visitor.go("clock")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        return bool(page.evaluate("document.activeElement.id === 'main'"))

    wait_until(is_at_the_content)
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("button").first).to_be_focused()


_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return {place: [...document.querySelectorAll("*")].indexOf(one), ring, html: one.outerHTML.slice(0, 120)};
}"""
