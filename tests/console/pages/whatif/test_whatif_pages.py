"""Faults, the clock and seeds, as a visitor uses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.processes import running_fleet


def test_a_fault_strikes_and_ends(visitor: Visitor) -> None:
    page = visitor.go("faults")
    page.get_by_label("Service optional").select_option("sqs")
    page.get_by_label("Operation optional").fill("CreateQueue")
    page.get_by_label("Account optional").fill(visitor.account)
    page.get_by_label("Times at most").fill("2")
    page.get_by_label("Code, or seconds").fill("OverLimit")
    visitor.check("form")
    page.get_by_role("button", name="Add rule").click()
    row = page.locator("#rules tbody tr").filter(has_text=visitor.account)
    expect(row).to_contain_text("error OverLimit")
    with pytest.raises(ClientError, match="OverLimit"):
        visitor.client("sqs").create_queue(QueueName="q")
    expect(row.locator("td.numeric")).to_have_text("1")
    visitor.check("rules")
    page.goto(visitor.url("requests"))
    expect(page.locator("tbody tr").filter(has_text="fault")).to_contain_text("OverLimit")
    page.goto(visitor.url("faults"))
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    visitor.client("sqs").create_queue(QueueName="q")


def test_a_rule_that_cannot_be_is_refused_in_words(visitor: Visitor) -> None:
    page = visitor.go("faults")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("alert")).to_contain_text("Say which error")
    page.get_by_label("With", exact=True).select_option("latency")
    page.get_by_label("Code, or seconds").fill("soon")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("alert")).to_contain_text("is a number, not soon")


def test_a_seed_is_shown_and_applied(visitor: Visitor) -> None:
    page = visitor.go("seed")
    visitor.check("form")
    page.get_by_label("YAML").fill(f'account: "{visitor.account}"\nqueues:\n  - name: planted\n')
    page.get_by_role("button", name="Show what it would change").click()
    expect(page.get_by_label("Changes")).to_contain_text("planted")
    expect(page.get_by_label("Changes")).to_contain_text("1 change would be made")
    visitor.check("dry run")
    assert "QueueUrls" not in visitor.client("sqs").list_queues()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("Changes")).to_contain_text("1 change made")
    assert len(visitor.client("sqs").list_queues()["QueueUrls"]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("queues:\n  - nam: x\n", "line 2"),
        ("buckets:\n  - name: abc\n    files:\n      - {folder: /etc}\n", "cannot be read from files here"),
        (
            "tables:\n  - name: abc\n    partition_key: id\n    item_files: [{path: /etc/passwd}]\n",
            "cannot be read from",
        ),
    ],
)
def test_a_seed_that_cannot_be_is_refused_with_its_line(visitor: Visitor, text: str, said: str) -> None:
    page = visitor.go("seed")
    page.get_by_label("YAML").fill(text)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text(said)


def test_the_clock_is_moved_and_put_back(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"SERVICES": "sqs"}) as fleet:
        visitor = visit(fleet, "000000000000")
        page = visitor.go("clock")
        visitor.check()
        page.get_by_role("button", name="1 day").click()
        expect(page.locator(".facts")).to_contain_text("1 d ahead")
        expect(page.get_by_text("The clock is moved by")).to_be_visible()
        page.get_by_label("Time (UTC)").fill("never")
        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_role("button", name="Back to this machine's").click()
        expect(page.locator(".facts")).to_contain_text("the same")
