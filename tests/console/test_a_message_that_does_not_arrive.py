"""Why a message does not arrive, found by clicking alone: a filter that is wrong, a queue's policy that is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.console.conftest import Visitor
from tests.processes import running_fleet

_KEY = "AKIAROOTEXAMPLE00001"
_ACCOUNT = "111122223333"
_CREDENTIALS = f"""
[default]
aws_access_key_id = {_KEY}
aws_secret_access_key = test
aws_account_id = {_ACCOUNT}
"""


def test_a_wrong_filter(visitor: Visitor) -> None:
    sqs, sns = visitor.client("sqs"), visitor.client("sns")
    sqs.create_queue(QueueName="red")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = f"arn:aws:sqs:us-east-1:{visitor.account}:red"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": '{"colour":["red"]}'})
    colour = {"colour": {"DataType": "String", "StringValue": "green"}}
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes=colour)
    page = visitor.go()
    _open(page, "SNS", "news")
    page.get_by_role("link", name="What was asked").click()
    page.locator("tbody tr", has_text="Publish").get_by_role("link", name="way").click()
    expect(page.locator(".graph .node").filter(has_text="Filtered out: red")).to_be_visible()
    said = page.get_by_role("row").filter(has_text="filtered out")
    expect(said).to_contain_text('"colour":["red"] does not hold: the message has "green"')
    visitor.check()
    said.get_by_role("link", name="the subscription").click()
    expect(page.get_by_role("main")).to_contain_text('"red"')
    visitor.check()


def test_a_missing_policy(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    (tmp_path / "credentials.ini").write_text(_CREDENTIALS)
    environment = {"RUSTSTACK_AUTH": "enforce", "RUSTSTACK_CREDENTIALS": str(tmp_path / "credentials.ini")}
    with running_fleet(tmp_path / "fleet", environment=environment) as fleet:
        sqs, sns = (fleet.client(name, account_id=_KEY) for name in ("sqs", "sns"))
        sqs.create_queue(QueueName="closed")
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{_ACCOUNT}:closed")
        sns.publish(TopicArn=topic, Message="hello")
        visitor = visit(fleet, _ACCOUNT)
        page = visitor.go()
        page.get_by_label("Access key id").fill(_KEY)
        page.get_by_label("Secret access key").fill("test")
        page.get_by_role("button", name="Log in").click()
        _open(page, "SNS", "news")
        page.get_by_role("link", name="Deliveries").click()
        delivery = page.get_by_role("row").filter(has_text="closed")
        expect(delivery.first).to_contain_text(
            f"AccessDenied: Access to the resource arn:aws:sqs:us-east-1:{_ACCOUNT}:closed is denied"
        )
        visitor.check()


def _open(page: Page, service: str, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=service, exact=True).click()
    page.get_by_role("main").get_by_role("link", name=name, exact=True).click()
