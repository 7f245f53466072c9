"""`/_aws/sqs/messages`: what is in a queue, without receiving it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.sqs.conftest import Sqs

PATH = "/_aws/sqs/messages"
JSON = {"accept": "application/json"}


async def _filled(sqs: Sqs) -> str:
    url = await sqs.queue()
    await sqs.send(url, "in flight")
    await sqs.take(url)
    await sqs.send(url, "delayed", DelaySeconds=60)
    attributes = {"a": {"DataType": "Binary", "BinaryValue": b"\xff"}}
    await sqs.send(url, "<visible>", MessageAttributes=attributes)
    return url


async def _bodies(sqs: Sqs, url: str, **given: str) -> list[str]:
    answer = await sqs.query(PATH, {"QueueUrl": url, **given}, "GET", **JSON)
    assert answer.headers["content-type"] == "application/json"
    result = json.loads(answer.body)["ReceiveMessageResponse"]["ReceiveMessageResult"]
    return [message["Body"] for message in result["Message"]] if result else []


async def test_only_messages_that_can_be_received_are_shown_unless_asked(sqs: Sqs) -> None:
    url = await _filled(sqs)
    assert await _bodies(sqs, url) == ["<visible>"]
    assert await _bodies(sqs, url, ShowInvisible="true") == ["in flight", "<visible>"]
    assert await _bodies(sqs, url, ShowDelayed="true") == ["delayed", "<visible>"]
    everything = {"ShowInvisible": "true", "ShowDelayed": "true"}
    assert await _bodies(sqs, url, **everything) == ["in flight", "delayed", "<visible>"]
    assert await sqs.counts(url) == (1, 1, 1)
    sqs.clock.advance(60)
    assert await _bodies(sqs, url) == ["in flight", "delayed", "<visible>"]


async def test_what_cannot_be_received_is_marked(sqs: Sqs) -> None:
    url = await _filled(sqs)
    asked = {"QueueUrl": url, "ShowInvisible": "true", "ShowDelayed": "true"}
    answer = json.loads((await sqs.query(PATH, asked, "GET", **JSON)).body)
    marks = [
        {pair["Name"]: pair["Value"] for pair in message["Attribute"]}
        for message in answer["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]
    ]
    assert [(mark["IsVisible"], mark["IsDelayed"]) for mark in marks] == [
        ("false", "false"),
        ("true", "true"),
        ("true", "false"),
    ]


async def test_looking_changes_nothing(sqs: Sqs) -> None:
    url = await _filled(sqs)
    for _ in range(3):
        await _bodies(sqs, url)
    (message,) = await sqs.take(url)
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


async def test_the_answer_in_xml(sqs_on_sqlite: Sqs) -> None:
    url = await _filled(sqs_on_sqlite)
    message = (await sqs_on_sqlite.query(PATH, {"QueueUrl": url}, "GET")).xml().find("ReceiveMessageResult/Message")
    assert message is not None
    assert message.findtext("Body") == "<visible>"
    assert message.findtext("ReceiptHandle") == "SQS/BACKDOOR/ACCESS"
    assert message.findtext("MessageAttribute/Value/BinaryValue") == "/w=="
    attributes = {element.findtext("Name"): element.findtext("Value") for element in message.findall("Attribute")}
    assert attributes["ApproximateReceiveCount"] == "0"
    assert attributes["SentTimestamp"] == "1700000000000"
    assert attributes["ApproximateFirstReceiveTimestamp"] == "0"


async def test_the_answer_in_json(sqs_on_sqlite: Sqs) -> None:
    url = await _filled(sqs_on_sqlite)
    answer = await sqs_on_sqlite.query(PATH, {"QueueUrl": url}, "GET", **JSON)
    response = json.loads(answer.body)["ReceiveMessageResponse"]
    (message,) = response["ReceiveMessageResult"]["Message"]
    assert {"Name": "SenderId", "Value": "000000000000"} in message["Attribute"]
    assert message["MessageAttribute"] == [{"Name": "a", "Value": {"DataType": "Binary", "BinaryValue": "/w=="}}]
    assert response["ResponseMetadata"]["RequestId"]


async def test_by_region_account_and_name(sqs: Sqs) -> None:
    abroad = sqs.caller(region="eu-west-1")
    await abroad.send(await abroad.queue("q"), "x")
    answer = await sqs.query(f"{PATH}/eu-west-1/000000000000/q", {}, "GET", **JSON)
    assert b'"Body":"x"' in answer.body
    assert (await sqs.query(f"{PATH}/us-east-1/000000000000/q", {}, "GET")).status == 400


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
async def test_an_sdk_may_call_it_as_its_endpoint(sqs_on_sqlite: Sqs, path: str) -> None:
    url = await _filled(sqs_on_sqlite)
    headers = {"x-amz-target": "AmazonSQS.ReceiveMessage", "content-type": "application/x-amz-json-1.0"}
    answer = await sqs_on_sqlite.request("POST", path, headers, json.dumps({"QueueUrl": url}).encode())
    bodies = [message["Body"] for message in json.loads(answer.body)["Messages"]]
    assert bodies == ["<visible>"]
    form = await sqs_on_sqlite.query(path, {"Action": "ReceiveMessage", "QueueUrl": url})
    assert form.xml().findtext("ReceiveMessageResult/Message/Body") == "<visible>"


async def test_more_messages_than_one_page(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    for batch in range(101):
        entries = [{"Id": str(number), "MessageBody": f"{batch}-{number}"} for number in range(10)]
        await sqs_on_sqlite.send_message_batch(QueueUrl=url, Entries=entries)
    assert await _bodies(sqs_on_sqlite, url) == [f"{batch}-{number}" for batch in range(101) for number in range(10)]


async def test_errors(sqs_on_sqlite: Sqs) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"QueueUrl": "http://localhost:4566/000000000000/none"}, "AWS.SimpleQueueService.NonExistentQueue"),
        ({}, "MissingParameter"),
    ]
    for given, code in cases:
        answer = await sqs_on_sqlite.query(PATH, given, "GET")
        assert (answer.status, answer.xml().findtext("Error/Code")) == (400, code)
