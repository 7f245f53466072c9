"""A message is followed from the upload that caused it to where it ended, by clicking alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.console.conftest import Visitor


def prepared(visitor: Visitor, bucket: str) -> Any:
    """A bucket that tells a queue, whose dead letters go to another; the client, and the queue's URL."""
    sqs, s3 = visitor.client("sqs"), visitor.client("s3")
    arns = {}
    for name in ("work", "dead"):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arns[name] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arns["dead"], "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0", "RedrivePolicy": redrive})
    s3.create_bucket(Bucket=bucket)
    events = {"QueueConfigurations": [{"QueueArn": arns["work"], "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=events)
    return sqs, url


def drain(sqs: Any, url: str, wanted: str) -> None:
    """Receive, as an application that fails would, until the message with `wanted` has come, and once more."""
    while True:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", []):
            if wanted in message["Body"]:
                sqs.receive_message(QueueUrl=url)
                return
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_from_an_upload_to_the_dead_letter(visitor: Visitor, unique_name: str, tmp_path: Path) -> None:
    sqs, url = prepared(visitor, unique_name)
    file = tmp_path / "order.json"
    file.write_text("{}")
    page = visitor.go()
    nav = page.get_by_role("navigation", name="Pages")
    nav.get_by_role("link", name="S3", exact=True).click()
    page.get_by_role("link", name=unique_name).click()
    page.get_by_label(re.compile("Files to put")).set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="order.json").first).to_be_visible()
    drain(sqs, url, "order.json")
    nav.get_by_role("link", name="Requests").click()
    page.locator("tbody tr").filter(has_text="PutObject").filter(has_text="order.json").get_by_role(
        "link"
    ).first.click()
    page.get_by_role("link", name="Follow its way").click()
    graph = page.locator(".graph")
    for step in ("PutObject", "ReceiveMessage", "Dead letter"):
        expect(graph.locator(".node").filter(has_text=step).first).to_be_visible()
    visitor.check("the way")
    graph.get_by_role("link").filter(has_text="Dead letter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("dead")
    page.locator("#messages tbody tr").get_by_role("link").first.click()
    expect(page.get_by_label("Body", exact=True)).to_contain_text("order.json")
    visitor.check("the dead letter")
