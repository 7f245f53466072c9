"""`/_aws/sqs/deliveries`: messages for several queues in one call."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import sqlalchemy as sa

from tests.services.sqs.conftest import Sqs

ACCOUNT_ID = "000000000000"


def arn_of(url: str, account_id: str = ACCOUNT_ID) -> str:
    return f"arn:aws:sqs:us-east-1:{account_id}:{url.rsplit('/', 1)[1]}"


async def failed(sqs: Sqs, *entries: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """`Id`, `Code` and `SenderFault` of each entry that is not in its queue."""
    answer = await sqs.request("POST", "/_aws/sqs/deliveries", {}, json.dumps({"Entries": entries}).encode())
    assert answer.status == 200
    return [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in json.loads(answer.body)["Failed"]]


async def test_each_queue_gets_its_messages_in_order(sqs: Sqs) -> None:
    one, two = await sqs.queue("one"), await sqs.queue("two.fifo", ContentBasedDeduplication="true")
    entries = [
        {"QueueArn": arn_of(one), "MessageBody": "1"},
        {"QueueArn": arn_of(two), "MessageBody": "a", "MessageGroupId": "g"},
        {"QueueArn": arn_of(one), "MessageBody": "2" * 20_000},
        {"QueueArn": arn_of(two), "MessageBody": "b", "MessageGroupId": "g"},
        {"QueueArn": arn_of(two), "MessageBody": "a", "MessageGroupId": "g"},
        {"QueueArn": arn_of(one), "MessageBody": "3"},
    ]
    assert await failed(sqs, *entries) == []
    assert await sqs.bodies(one) == ["1", "2" * 20_000, "3"]
    assert await sqs.bodies(two) == ["a", "b"]


async def test_a_queue_of_another_account_with_attributes_and_groups(sqs: Sqs) -> None:
    other = sqs.caller(account_id="111122223333")
    url = await other.queue("theirs")
    entry = {
        "QueueArn": arn_of(url, "111122223333"),
        "MessageBody": "body",
        "MessageGroupId": "g",
        "MessageAttributes": {
            "raw": {"DataType": "Binary", "BinaryValue": base64.b64encode(b"\x00\xff").decode()},
            "text": {"DataType": "String", "StringValue": "é"},
        },
    }
    assert await failed(sqs, entry) == []
    answer = await other.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])
    (message,) = answer["Messages"]
    assert base64.b64decode(message["MessageAttributes"]["raw"]["BinaryValue"]) == b"\x00\xff"
    assert message["MessageAttributes"]["text"]["StringValue"] == "é"
    assert (message["Attributes"]["SenderId"], message["Attributes"]["MessageGroupId"]) == ("111122223333", "g")


async def test_what_is_refused_holds_up_nothing_else(sqs: Sqs) -> None:
    url, small = await sqs.queue("there"), await sqs.queue("small", MaximumMessageSize="1024")
    entries = [
        {"QueueArn": arn_of("http://host/x/gone"), "MessageBody": "1"},
        {"QueueArn": arn_of(url), "MessageBody": "\x01"},
        {"QueueArn": arn_of(url), "MessageBody": "2"},
        {"QueueArn": arn_of(small), "MessageBody": "x" * 1025},
        {"QueueArn": "no ARN", "MessageBody": "3"},
        {"QueueArn": arn_of(small), "MessageBody": "4"},
    ]
    assert sorted(await failed(sqs, *entries)) == [
        ("0", "QueueDoesNotExist", True),
        ("1", "InvalidMessageContents", True),
        ("3", "InvalidParameterValue", True),
        ("4", "QueueDoesNotExist", True),
    ]
    assert await sqs.bodies(url) == ["2"]
    assert await sqs.bodies(small) == ["4"]


async def test_a_queue_that_cannot_be_written_to_holds_up_no_other(sqs: Sqs, caplog: pytest.LogCaptureFixture) -> None:
    good, bad = await sqs.queue("good"), await sqs.queue("bad.fifo")
    database = sqs.service.runtime.database
    await database.write(lambda transaction: transaction.connection.execute(sa.text("DROP TABLE message_groups")))
    entries = [
        {"QueueArn": arn_of(bad), "MessageBody": "1", "MessageGroupId": "g", "MessageDeduplicationId": "1"},
        {"QueueArn": arn_of(good), "MessageBody": "2"},
    ]
    assert await failed(sqs, *entries) == [("0", "InternalFailure", False)]
    assert await sqs.bodies(good) == ["2"]
    assert "could not be written" in caplog.text


_NO_LISTS = (
    *("", "{", "[]", "1", "null", "{}", '{"Entries": null}', '{"Entries": "text"}', '{"Entries": {"a": 1}}'),
    *('{"Entries": [1]}', '{"Entries": [[]]}', '{"Entries": ["text"]}', '{"Entries": [null]}'),
    *('{"Entries": [{"MessageBody": "x"}]}', '{"Entries": [{"QueueArn": "arn:aws:sqs:us-east-1:000000000000:q"}]}'),
)
_WRONG_MEMBERS = (
    *('"QueueArn": 1', '"QueueArn": null', '"MessageBody": 1', '"MessageBody": null', '"MessageBody": "\\ud800"'),
    *('"MessageAttributes": []', '"MessageAttributes": {"a": 1}', '"MessageAttributes": {"a": []}'),
    *('"MessageAttributes": {"a": {"DataType": 1}}', '"MessageAttributes": {"a": {"BinaryValue": "_"}}'),
    *('"MessageSystemAttributes": 1', '"MessageSystemAttributes": {"AWSTraceHeader": ["x"]}'),
    *('"MessageGroupId": 1', '"MessageDeduplicationId": []', '"DelaySeconds": "1"', '"Unknown": "x"'),
)


def after_a_good_one(member: str) -> str:
    good = '"QueueArn": "arn:aws:sqs:us-east-1:000000000000:q", "MessageBody": "x"'
    return f'{{"Entries": [{{{good}}}, {{{good}, {member}}}]}}'


@pytest.mark.parametrize("body", [*_NO_LISTS, *map(after_a_good_one, _WRONG_MEMBERS)])
async def test_what_is_no_list_of_entries(sqs: Sqs, body: str) -> None:
    url = await sqs.queue("q")
    assert (await sqs.request("POST", "/_aws/sqs/deliveries", {}, body.encode())).status == 400
    assert await sqs.bodies(url) == []


async def test_a_body_beyond_measure(sqs: Sqs) -> None:
    answer = await sqs.request("POST", "/_aws/sqs/deliveries", {}, b" " * (64 * 1024 * 1024 + 1))
    assert answer.status == 413


async def test_it_is_no_client_s_way_in(sqs: Sqs) -> None:
    url = await sqs.queue("q")
    body = json.dumps({"Entries": [{"QueueArn": arn_of(url), "MessageBody": "x"}]}).encode()
    of_the_gateway = {"x-ruststack-request-id": "11111111-2222-3333-4444-555555555555"}
    assert (await sqs.request("POST", "/_aws/sqs/deliveries", of_the_gateway, body)).status == 404
    assert await sqs.bodies(url) == []
