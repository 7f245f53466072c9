"""The first page, and the search that every page has."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.processes import Running, running_fleet


def test_each_service_is_shown_with_what_it_holds_and_its_rates_live(visitor: Visitor, unique_name: str) -> None:
    visitor.client("sqs").create_queue(QueueName=unique_name)
    page = visitor.go()
    card = page.locator("#services section", has=page.get_by_role("heading", name="SQS"))
    data = page.get_by_role("row", name=re.compile("^S3 s3.db"))
    for _ in range(10):  # a fleet that is too busy to say is not waited for
        if card.get_by_role("link", name="1 queue").is_visible() and data.is_visible():
            break
        page.reload()
    expect(card.get_by_role("link", name="1 queue")).to_be_visible()
    expect(data).to_be_visible()
    expect(card.get_by_text("running")).to_be_visible()
    expect(card.get_by_text("requests/s")).to_be_visible(timeout=30_000)
    expect(page.locator("dd", has_text=visitor.fleet.url)).to_be_visible()
    visitor.check()


def test_the_last_errors_come_in_by_themselves_and_are_shown_as_text(visitor: Visitor) -> None:
    page = visitor.go()
    name = "<script>alert(1)</script>"
    s3 = visitor.client("s3")
    with pytest.raises(s3.exceptions.ClientError):
        s3.get_object(Bucket="no-such-bucket-here", Key=name)
    row = page.locator("#last-errors tr", has_text=f"no-such-bucket-here/{name}").first
    expect(row).to_be_visible(timeout=30_000)
    expect(row).to_contain_text("NoSuchBucket The specified bucket does not exist")
    visitor.check()


def test_a_service_that_is_away_is_shown_as_that_and_back_again(
    visit: Callable[..., Visitor], own_fleet: Running
) -> None:
    visitor = visit(own_fleet, "000000000000")
    page = visitor.go()
    pid = own_fleet.service_pids()["sns"]
    os.kill(pid, signal.SIGSTOP)
    card = page.locator("#services section", has=page.get_by_role("heading", name="SNS"))
    try:
        expect(card.get_by_text("away", exact=True)).to_be_visible(timeout=60_000)
        visitor.check()
        expect(visitor.go("sns/topics").get_by_text("SNS does not answer: it has died or is being")).to_be_visible()
        visitor.check()
        visitor.go()
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(card.get_by_text("running", exact=True)).to_be_visible(timeout=60_000)


def test_a_fleet_that_keeps_nothing_says_so(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"PERSISTENCE": "0"}) as fleet:
        visitor = visit(fleet, "000000000000")
        expect(visitor.go().get_by_text("Nothing is kept: PERSISTENCE=0.")).to_be_visible()
        expect(visitor.go("s3/buckets").get_by_text("Nothing is kept: PERSISTENCE=0.")).to_be_visible()
        visitor.check()


def test_searching_everywhere(visitor: Visitor, unique_name: str) -> None:
    visitor.client("s3").create_bucket(Bucket=unique_name)
    visitor.client("sns").create_topic(Name=f"Topic-{unique_name}")
    visitor.client("sqs").create_queue(QueueName=f"Queue-{unique_name}")
    page = visitor.go()
    page.keyboard.press("/")
    page.keyboard.type(unique_name[5:].upper())
    page.keyboard.press("Enter")
    expect(page.locator("tbody a")).to_have_text([unique_name, f"Queue-{unique_name}", f"Topic-{unique_name}"])
    visitor.check()
    page.get_by_role("searchbox").fill("nothing has this in its name")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing of this account in us-east-1 has it in its name.")).to_be_visible()
    visitor.check()


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        (
            "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders/index/by",
            "111122223333/eu-west-1/dynamodb/tables/Orders",
        ),
        ("arn:aws:sqs:us-east-1:111122223333:orders.fifo", "111122223333/us-east-1/sqs/queues/orders.fifo"),
        ("arn:aws:sns:us-east-1:111122223333:news", "111122223333/us-east-1/sns/topics/news"),
        ("arn:aws:s3:::pictures/cat one.png", "ACCOUNT/us-east-1/s3/buckets/pictures/object?key=cat%20one.png"),
        ("http://sqs.eu-west-1.localhost:4566/111122223333/orders", "111122223333/eu-west-1/sqs/queues/orders"),
        ("http://localhost:4566/queue/eu-west-1/111122223333/orders", "111122223333/eu-west-1/sqs/queues/orders"),
        ("s3://pictures/cats/", "ACCOUNT/us-east-1/s3/buckets/pictures?prefix=cats%2F"),
        ("5f0c0a3e-9f8d-4a5c-9a1b-7c1d2e3f4a5b", "ACCOUNT/us-east-1/trace?id=5f0c0a3e-9f8d-4a5c-9a1b-7c1d2e3f4a5b"),
    ],
)
def test_a_name_that_says_where_it_is_leads_there(visitor: Visitor, wanted: str, page: str) -> None:
    answer = visitor.page.request.get(visitor.url("search"), params={"q": wanted}, max_redirects=0)
    assert answer.headers["location"] == f"/_ruststack/console/{page.replace('ACCOUNT', visitor.account)}"
