"""The pages of SQS, as a visitor sees and uses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Visitor

HOSTILE = "<script>alert(1)</script> \u202egnihton\u202c &amp; \x7f"


@pytest.fixture
def sqs(visitor: Visitor) -> Any:
    return visitor.client("sqs")


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_no_queue_yet(visitor: Visitor) -> None:
    page = visitor.go("sqs/queues")
    expect(page.get_by_text("aws sqs create-queue")).to_be_visible()
    visitor.check()


def test_a_queue_is_created_filled_and_looked_into(visitor: Visitor, sqs: Any) -> None:
    page = visitor.go("sqs/queues")
    page.get_by_role("link", name="Create queue").click()
    visitor.check("create")
    page.get_by_label("Name").fill("orders")
    page.get_by_role("button", name="Create queue").click()
    expect(heading(page)).to_have_text("orders")
    page.get_by_role("link", name="Send messages").click()
    visitor.check("send")
    page.get_by_label("Body").fill('{"order": 1}')
    page.get_by_label("Name").first.fill("kind")
    page.get_by_label("Value").first.fill("new")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Sent as")).to_be_visible()
    row = page.locator("#messages tbody tr")
    expect(row).to_contain_text('{"order": 1}')
    expect(row).to_contain_text("visible")
    visitor.check("messages")
    row.get_by_role("link").first.click()
    expect(page.get_by_label("Body")).to_have_text('{\n  "order": 1\n}')
    expect(page.get_by_role("cell", name="kind")).to_be_visible()
    visitor.check("message")
    [received] = sqs.receive_message(QueueUrl=queue_url(sqs, "orders"), MessageAttributeNames=["All"])["Messages"]
    assert received["MessageAttributes"]["kind"] == {"DataType": "String", "StringValue": "new"}
    page.go_back()
    expect(page.locator("#messages tbody tr")).to_contain_text("in flight", timeout=30_000)
    expect(page.locator("#counts")).to_contain_text("In flight")


def queue_url(sqs: Any, name: str) -> str:
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])


def test_each_line_a_message(visitor: Visitor, sqs: Any) -> None:
    sqs.create_queue(QueueName="lines.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})
    page = visitor.go("sqs/queues/lines.fifo/send")
    page.get_by_label("Body").fill("\n".join(f"line {number}" for number in range(12)))
    page.get_by_label("Each line is a message").check()
    page.get_by_label("Message group").fill("g")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("12 messages sent.")).to_be_visible()
    expect(page.locator("#messages tbody tr")).to_have_count(12)
    page.get_by_label("Body, id or group contains").fill("line 7")
    page.keyboard.press("Enter")
    expect(page.locator("#messages tbody tr")).to_have_count(1)


def test_what_aws_refuses_is_said_in_its_words(visitor: Visitor) -> None:
    page = visitor.go("sqs/create-queue")
    page.get_by_label("Name").fill("no good")
    page.get_by_role("button", name="Create queue").click()
    expect(page.get_by_role("alert")).to_contain_text("InvalidParameterValue")
    expect(page.get_by_label("Name")).to_have_value("no good")


def test_settings(visitor: Visitor, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q", tags={"team": "blue"})["QueueUrl"]
    page = visitor.go("sqs/queues/q/settings")
    expect(page.get_by_text("30 s")).to_be_visible()
    expect(page.get_by_role("cell", name="blue")).to_be_visible()
    visitor.check("settings")
    page.get_by_role("link", name="Change").click()
    visitor.check("edit")
    page.get_by_label("Visibility timeout").fill("120")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_text("2 min")).to_be_visible()
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"] == "120"


def test_what_destroys_asks_and_names_what_it_hits(visitor: Visitor, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for body in ("one", "two", "three"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    page = visitor.go("sqs/queues/q")
    page.locator("#messages tbody tr").filter(has_text="two").get_by_role("link", name="Delete").click()
    expect(page.get_by_text("two")).to_be_visible()
    visitor.check("delete a message")
    page.get_by_role("button", name="Delete message").click()
    expect(page.locator("#messages tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Purge").click()
    expect(page.locator(".facts")).to_contain_text("2")
    page.get_by_role("button", name="Purge").click()
    expect(page.get_by_text("Nothing waits in this queue.")).to_be_visible()
    page.get_by_role("link", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete queue").click()
    expect(page.get_by_text("The queue q is deleted.")).to_be_visible()
    assert "QueueUrls" not in sqs.list_queues()


def test_what_sends_to_a_queue(visitor: Visitor, sqs: Any, unique_name: str) -> None:
    sns, s3 = visitor.client("sns"), visitor.client("s3")
    for name in ("jobs", "other"):
        sqs.create_queue(QueueName=name)
    arn = f"arn:aws:sqs:us-east-1:{visitor.account}:jobs"
    page = visitor.go("sqs/queues/jobs/sources")
    expect(page.get_by_text("No topic of this account in this region sends here.")).to_be_visible()
    expect(page.get_by_text("No bucket tells this queue of its events.")).to_be_visible()
    visitor.check("empty")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": '{"kind":["job"]}'})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn.replace("jobs", "other"))
    s3.create_bucket(Bucket=unique_name)
    s3.put_bucket_notification_configuration(
        Bucket=unique_name,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    page = visitor.go("sqs/queues/jobs")
    page.get_by_role("link", name="Comes from").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").first).to_contain_text('{"kind":["job"]}')
    expect(page.locator("tbody tr", has_text=unique_name)).to_contain_text("s3:ObjectCreated:*")
    visitor.check()
    page.get_by_role("link", name="news").click()
    expect(heading(page)).to_have_text("news")


def test_the_way_of_dead_letters_and_back(visitor: Visitor, sqs: Any) -> None:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName="jobs", Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url)
    page = visitor.go("sqs/queues/jobs/dead-letters")
    page.locator(".graph a").filter(has_text="dead").click()
    expect(heading(page)).to_have_text("dead")
    expect(page.locator("#messages tbody tr")).to_contain_text("dead letter")
    page.get_by_role("link", name="Dead letters").click()
    visitor.check("dead letters")
    page.get_by_role("button", name="Redrive").click()
    expect(page.locator("#moves")).to_contain_text("completed", timeout=60_000)
    page.locator(".graph a").filter(has_text="jobs").click()
    expect(page.locator("#messages tbody tr")).to_contain_text("poison")


def test_hostile_texts_are_shown_and_not_run(visitor: Visitor, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    attributes = {"evil": {"DataType": "String", "StringValue": HOSTILE}}
    sqs.send_message(QueueUrl=url, MessageBody=HOSTILE, MessageAttributes=attributes)
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1_000_000)
    page = visitor.go("sqs/queues/q")
    expect(page.locator("#messages tbody tr").first).to_contain_text("<script>alert(1)</script> ⟨U+202E⟩")
    page.locator("#messages tbody tr").first.get_by_role("link").first.click()
    expect(page.get_by_label("Body")).to_contain_text("<script>alert(1)</script>")
    visitor.check()
    page.go_back()
    page.locator("#messages tbody tr").nth(1).get_by_role("link").first.click()
    expect(page.get_by_text("of which the first 262,144 are shown")).to_be_visible()
    visitor.check()
