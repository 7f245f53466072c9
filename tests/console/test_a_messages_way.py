"""A message followed from the upload that has caused it to the dead-letter queue, by clicking alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.console.conftest import Visitor


def test_from_upload_to_dead_letter(visitor: Visitor, unique_name: str, tmp_path: Path) -> None:
    sqs, s3 = visitor.client("sqs"), visitor.client("s3")
    failed = f"arn:aws:sqs:us-east-1:{visitor.account}:{unique_name}-failed"
    sqs.create_queue(QueueName=f"{unique_name}-failed")
    redrive = json.dumps({"deadLetterTargetArn": failed, "maxReceiveCount": "1"})
    url = sqs.create_queue(QueueName=unique_name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    s3.create_bucket(Bucket=unique_name)
    arn = f"arn:aws:sqs:us-east-1:{visitor.account}:{unique_name}"
    configuration = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=unique_name, NotificationConfiguration={"QueueConfigurations": [configuration]}
    )
    file = tmp_path / "order.json"
    file.write_text('{"order": 1}')
    page = visitor.go()
    page.get_by_role("link", name="S3", exact=True).first.click()
    page.get_by_role("link", name=unique_name).click()
    page.get_by_label(re.compile("Files to put")).set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="order.json").click()
    page.get_by_role("link", name="What was asked").click()
    row = page.locator("tbody tr", has_text="PutObject").first
    row.get_by_role("link").first.click()
    visitor.check()
    page.get_by_role("link", name="Follow its way").click()
    expect(page.get_by_role("row", name=re.compile("event"))).to_be_visible()
    visitor.check()
    # an application that fails to do its work
    while sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages"):
        pass
    page.get_by_role("row", name=re.compile("SendMessage")).get_by_role("link", name=unique_name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(unique_name)
    visitor.check()
    page.get_by_role("link", name=f"{unique_name}-failed").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{unique_name}-failed")
    message = page.locator("tbody tr", has_text="Records")
    message.get_by_role("link").first.click()
    visitor.check()
    page.get_by_role("link", name="Follow its way").click()
    expect(page.get_by_role("row", name=re.compile("dead letter"))).to_be_visible()
    visitor.check()
