"""SQS in boto3."""

from __future__ import annotations

import json
from typing import Any

from steps import PREFIX, client, raises, step

sqs = client("sqs")
URLS: dict[str, str] = {}


def create(name: str, **attributes: str) -> str:
    URLS[name] = sqs.create_queue(QueueName=f"{PREFIX}-{name}", Attributes=attributes)["QueueUrl"]
    return URLS[name]


def arn(url: str) -> str:
    found: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return found


def receive(url: str, **given: Any) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=url, **{"WaitTimeSeconds": 20, **given})
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def delete(url: str, message: dict[str, Any]) -> None:
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@step
def sqs_create_queue() -> None:
    url = sqs.create_queue(QueueName=f"{PREFIX}-jobs", Attributes={"VisibilityTimeout": "45"}, tags={"team": "music"})[
        "QueueUrl"
    ]
    URLS["jobs"] = url
    assert sqs.get_queue_url(QueueName=f"{PREFIX}-jobs")["QueueUrl"] == url
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "45"
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "music"}


@step
def sqs_attributes() -> None:
    attributes = {
        "Text": {"DataType": "String", "StringValue": "ü"},
        "Count": {"DataType": "Number.int", "StringValue": "12"},
        "Bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sqs.send_message(QueueUrl=URLS["jobs"], MessageBody="with attributes", MessageAttributes=attributes)
    (message,) = receive(URLS["jobs"], MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    delete(URLS["jobs"], message)


@step
def sqs_long_poll() -> None:
    assert receive(URLS["jobs"], WaitTimeSeconds=1) == []


@step
def sqs_visibility() -> None:
    sqs.send_message(QueueUrl=URLS["jobs"], MessageBody="twice")
    (first,) = receive(URLS["jobs"])
    sqs.change_message_visibility(QueueUrl=URLS["jobs"], ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    (second,) = receive(URLS["jobs"], MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert second["Attributes"] == {"ApproximateReceiveCount": "2"}
    delete(URLS["jobs"], second)


@step
def sqs_batch() -> None:
    entries = [{"Id": str(n), "MessageBody": f"message {n}"} for n in range(10)]
    sent = sqs.send_message_batch(QueueUrl=URLS["jobs"], Entries=entries)
    assert len(sent["Successful"]) == 10
    assert "Failed" not in sent
    bodies: set[str] = set()
    while len(bodies) < 10:
        messages = receive(URLS["jobs"], MaxNumberOfMessages=10)
        bodies |= {message["Body"] for message in messages}
        handles = [{"Id": str(n), "ReceiptHandle": found["ReceiptHandle"]} for n, found in enumerate(messages)]
        assert "Failed" not in sqs.delete_message_batch(QueueUrl=URLS["jobs"], Entries=handles)
    assert bodies == {f"message {n}" for n in range(10)}


@step
def sqs_batch_failed() -> None:
    entries = [{"Id": "good", "MessageBody": "good"}, {"Id": "bad", "MessageBody": "bad", "DelaySeconds": 901}]
    answer = sqs.send_message_batch(QueueUrl=URLS["jobs"], Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidParameterValue", True)


@step
def sqs_no_such_queue() -> None:
    with raises(sqs.exceptions.QueueDoesNotExist, "AWS.SimpleQueueService.NonExistentQueue", 400):
        sqs.get_queue_url(QueueName=f"{PREFIX}-none")


@step
def sqs_bad_handle() -> None:
    with raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=URLS["jobs"], ReceiptHandle="no handle")


@step
def sqs_paginator() -> None:
    for n in range(5):
        create(f"page-{n}")
    pages = sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix=f"{PREFIX}-page-", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]


@step
def sqs_fifo() -> None:
    url = create("orders.fifo", FifoQueue="true")
    for n in (1, 2, 2, 3):
        sqs.send_message(QueueUrl=url, MessageBody=str(n), MessageGroupId="one", MessageDeduplicationId=f"id-{n}")
    received = receive(url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"])
    assert [message["Body"] for message in received] == ["1", "2", "3"]
    assert received[0]["Attributes"] == {"MessageGroupId": "one"}


@step
def sqs_dead_letter() -> None:
    dead = create("dead")
    policy = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": 2}
    url = create("tried", RedrivePolicy=json.dumps(policy), VisibilityTimeout="0")
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert [len(receive(url)) for _ in range(2)] == [1, 1]
    assert receive(url, WaitTimeSeconds=1) == []
    assert [message["Body"] for message in receive(dead)] == ["poison"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]


def run() -> None:
    sqs_create_queue()
    sqs_attributes()
    sqs_long_poll()
    sqs_visibility()
    sqs_batch()
    sqs_batch_failed()
    sqs_no_such_queue()
    sqs_bad_handle()
    sqs_paginator()
    sqs_fifo()
    sqs_dead_letter()
    for url in URLS.values():
        sqs.delete_queue(QueueUrl=url)
