"""The pictures of docs/console.md: `python -m tests.console.screenshots`, which is `make screenshots`.

A fleet of its own is filled with what a small shop might have in it; each page is shown once, some in the dark.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.processes import ROOT, Running, running_fleet

FOLDER = ROOT / "docs" / "console"
WINDOW = {"width": 1180, "height": 720}
_BASE = "/_ruststack/console/000000000000/us-east-1/"
_ACCOUNT = "000000000000"
_STATES = ("open", "paid", "sent")
_REDRIVE = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{_ACCOUNT}:orders-failed", "maxReceiveCount": "1"}

# name of the picture: (page, dark?)
PAGES: dict[str, tuple[str, bool]] = {
    "overview": ("", False),
    "bucket": ("s3/buckets/shop-invoices?prefix=2026/11/", False),
    "object": ("s3/buckets/shop-invoices/object?key=2026/11/inv-1001.json", False),
    "items": ("dynamodb/tables/Orders?mode=query&partition=ada&sort_is=begins_with&sort_value=2026-11", True),
    "stream": ("dynamodb/tables/Orders/stream", False),
    "queue": ("sqs/queues/orders", False),
    "topic": ("sns/topics/order-events", False),
    "requests": ("requests", True),
}


def main() -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("no Chromium is on this machine: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder)) as fleet, sync_playwright() as playwright:
        message = fill(fleet)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (path, dark) in {**PAGES, "trace": (f"trace?id={message}", False)}.items():
            shoot(browser, fleet, name, path, dark=dark)
        browser.close()


def shoot(browser: Browser, fleet: Running, name: str, path: str, *, dark: bool) -> None:
    """Write one picture."""
    context = browser.new_context(viewport=WINDOW, color_scheme="dark" if dark else "light")  # type: ignore[arg-type]
    page = context.new_page()
    answer = page.goto(fleet.url + _BASE + path)
    if answer is None or answer.status != 200:
        print(f"{name}: {path} answers {answer.status if answer else 'nothing'}")
        context.close()
        return
    if not path:
        _some_traffic(fleet)  # so that the charts have something to show
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()
    print(f"docs/console/{name}.png")


def fill(fleet: Running) -> str:
    """What the pictures show; the id of a message whose way is shown."""
    _fill_s3(fleet.client("s3"))
    _fill_dynamodb(fleet.client("dynamodb"))
    return _fill_messages(fleet)


def _fill_s3(s3: Any) -> None:
    for bucket in ("shop-invoices", "shop-pictures"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="shop-invoices", VersioningConfiguration={"Status": "Enabled"})
    for number in range(1001, 1009):
        lines = [{"sku": f"A-{number % 7}", "count": number % 3 + 1}]
        invoice = {"id": number, "customer": "ada", "total": f"{number % 90}.90", "lines": lines}
        s3.put_object(
            Bucket="shop-invoices",
            Key=f"2026/11/inv-{number}.json",
            Body=json.dumps(invoice).encode(),
            ContentType="application/json",
            Metadata={"written-by": "billing"},
            Tagging="kind=invoice",
        )
    s3.put_object(Bucket="shop-invoices", Key="2026/11/late/inv-0999.json", Body=b"{}", ContentType="application/json")
    s3.put_object(Bucket="shop-invoices", Key="2026/11/summary.csv", Body=b"day,total\n1,120\n", ContentType="text/csv")


def _fill_dynamodb(dynamodb: Any) -> None:
    keys = (("customer", "S"), ("order", "S"), ("state", "S"))
    dynamodb.create_table(
        TableName="Orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in keys],
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "order", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-state",
                "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    for number in range(24):
        item = {
            "customer": {"S": ("ada", "grace", "edsger")[number % 3]},
            "order": {"S": f"2026-11-{number + 1:02}#{1001 + number}"},
            "state": {"S": _STATES[number % 3]},
            "total": {"N": f"{number * 7 + 5}.9"},
            "lines": {"L": [{"M": {"sku": {"S": f"A-{number % 5}"}, "count": {"N": "2"}}}]},
            "gift": {"BOOL": number % 4 == 0},
        }
        dynamodb.put_item(TableName="Orders", Item=item)
    key = {"customer": {"S": "ada"}, "order": {"S": "2026-11-01#1001"}}
    dynamodb.update_item(
        TableName="Orders",
        Key=key,
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":s": {"S": "paid"}},
    )


def _fill_messages(fleet: Running) -> str:
    sqs, sns = fleet.client("sqs"), fleet.client("sns")
    sqs.create_queue(QueueName="orders-failed")
    orders = sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": json.dumps(_REDRIVE)})["QueueUrl"]
    sqs.create_queue(QueueName="mails")
    topic = sns.create_topic(Name="order-events")["TopicArn"]
    for queue, policy in (("orders", {"state": ["open"]}), ("mails", {"state": ["sent"]})):
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:{_ACCOUNT}:{queue}",
            Attributes={"FilterPolicy": json.dumps(policy), "RawMessageDelivery": "true"},
        )
    published = [
        sns.publish(
            TopicArn=topic,
            Message=json.dumps({"order": 1001 + number, "customer": "ada"}),
            MessageAttributes={"state": {"DataType": "String", "StringValue": "open"}},
        )["MessageId"]
        for number in range(6)
    ]
    for _ in range(2):  # the second time it goes to the dead-letter queue
        sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=2, VisibilityTimeout=0)
    return str(published[0])


def _some_traffic(fleet: Running) -> None:
    """Half a minute of a shop's requests."""
    s3, dynamodb, sqs, sns = map(fleet.client, ("s3", "dynamodb", "sqs", "sns"))
    topic = sns.create_topic(Name="order-events")["TopicArn"]
    queue = sqs.get_queue_url(QueueName="mails")["QueueUrl"]
    until = time.monotonic() + 30
    turn = 0
    while time.monotonic() < until:
        turn += 1
        s3.get_object(Bucket="shop-invoices", Key="2026/11/inv-1001.json")["Body"].read()
        dynamodb.query(
            TableName="Orders",
            KeyConditionExpression="customer = :c",
            ExpressionAttributeValues={":c": {"S": "ada"}},
        )
        sqs.send_message(QueueUrl=queue, MessageBody="{}")
        if turn % 5 == 0:
            sns.publish(TopicArn=topic, Message="{}")
        if turn % 9 == 0:
            with contextlib.suppress(s3.exceptions.NoSuchKey):
                s3.get_object(Bucket="shop-invoices", Key="2026/11/inv-0000.json")
        time.sleep(0.04 + 0.03 * (turn % 4))


if __name__ == "__main__":
    main()
