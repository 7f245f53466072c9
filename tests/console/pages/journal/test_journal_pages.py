"""Requests and traces, as a visitor sees them: live, filtered by the address, followed by clicking."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import expect

from tests.console.conftest import Visitor
from tests.processes import clean_environment

HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def test_requests_come_as_they_are_made(visitor: Visitor) -> None:
    page = visitor.go("requests")
    expect(page.get_by_text("Nothing such has been asked yet")).to_be_visible()
    visitor.check("empty")
    visitor.client("sqs").list_queues()
    expect(page.locator("tbody tr").filter(has_text="ListQueues")).to_contain_text("–")
    visitor.client("sqs").create_queue(QueueName="orders")
    row = page.locator("tbody tr").filter(has_text="CreateQueue")
    expect(row).to_contain_text("orders")
    expect(page.get_by_text("Nothing such has been asked yet")).to_be_hidden()
    with pytest.raises(ClientError):
        visitor.client("s3").get_object(Bucket=f"none-{visitor.account}", Key=HOSTILE)
    failed = page.locator("tbody tr").filter(has_text="GetObject")
    expect(failed).to_contain_text("NoSuchBucket")
    expect(failed).to_contain_text("onerror=alert(1)>⟨U+202E⟩")
    visitor.check("rows")


def test_the_address_has_the_filters(visitor: Visitor) -> None:
    sqs = visitor.client("sqs")
    for name in ("orders", "bills"):
        sqs.create_queue(QueueName=name)
    page = visitor.go("requests")
    page.get_by_label("Resource").fill("ord*")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"resource=ord\*|resource=ord%2A"))
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Status").select_option("errors")
    expect(page.locator("tbody tr")).to_have_count(0)


def test_what_the_console_looks_at_is_not_in_it(visitor: Visitor) -> None:
    visitor.client("sqs").create_queue(QueueName="q")
    visitor.go("sqs/queues")
    visitor.go("sqs/queues/q")
    page = visitor.go("requests")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_request_whole_and_as_a_command(visitor: Visitor) -> None:
    visitor.client("sqs").create_queue(QueueName="orders", Attributes={"DelaySeconds": "5"})
    page = visitor.go("requests")
    page.locator("tbody tr a.row-link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CreateQueue")
    visitor.check()
    command = page.get_by_label("The command").inner_text()
    assert "sqs create-queue --cli-input-json" in command
    visitor.client("sqs").delete_queue(QueueUrl=visitor.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"])
    environment = clean_environment(AWS_ACCESS_KEY_ID=visitor.account, AWS_SECRET_ACCESS_KEY="x")
    # a name that was just deleted may not come back for a minute
    command = command.replace("orders", "orders-again")
    run = subprocess.run(["bash", "-c", command], check=False, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    url = visitor.client("sqs").get_queue_url(QueueName="orders-again")["QueueUrl"]
    attributes = visitor.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    assert attributes["Attributes"]["DelaySeconds"] == "5"


def test_a_message_is_followed_from_its_publishing_to_its_end(visitor: Visitor) -> None:
    sqs, sns = visitor.client("sqs"), visitor.client("sns")
    arns = {}
    for name in ("work", "dead", "red"):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arns[name] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arns["dead"], "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0", "RedrivePolicy": redrive})
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns["work"])
    policy = {"FilterPolicy": '{"colour":["red"]}'}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns["red"], Attributes=policy)
    colour = {"colour": {"DataType": "String", "StringValue": "green"}}
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes=colour)
    receive(sqs, url)
    sqs.receive_message(QueueUrl=url)  # once too often: it is a dead letter now
    page = visitor.go("trace")
    visitor.check("recent")
    page.locator("tbody tr").filter(has_text="Publish").get_by_role("link").click()
    graph = page.locator(".graph")
    for text in ("Publish", "Filtered out: red", "Arrival", "ReceiveMessage", "Dead letter"):
        expect(graph.locator(".node").filter(has_text=text).first).to_be_visible()
    expect(
        page.locator("main table").get_by_text('"colour":["red"] does not hold: the message has "green"')
    ).to_be_visible()
    expect(
        page.get_by_role("row").filter(has_text="filtered out").get_by_role("link", name="red", exact=True)
    ).to_be_visible()
    assert graph.locator(".edge").count() >= 4
    visitor.check("graph")
    graph.get_by_role("link").filter(has_text="Dead letter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("dead")
    page.locator("#messages tbody tr").get_by_role("link").first.click()
    page.get_by_role("link", name="Follow its way").click()
    expect(page.locator(".graph .node").filter(has_text="Dead letter")).to_be_visible()


def receive(sqs: Any, url: str) -> None:
    while "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20):
        pass


def test_what_nobody_remembers(visitor: Visitor) -> None:
    page = visitor.go("trace?id=nothing")
    expect(page.get_by_text("Nothing is remembered of it")).to_be_visible()
    visitor.check()
    page = visitor.go("requests/nothing")
    expect(page.get_by_text("does not remember a request nothing")).to_be_visible()
