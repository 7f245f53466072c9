"""SendMessage, SendMessageBatch, ReceiveMessage, DeleteMessage: what goes in comes out."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from services.sqs.messages.message_contents import md5_of_attributes
from tests.services.sqs.conftest import Refused, Sqs

ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "héllo"},
    "amount": {"DataType": "Number", "StringValue": "-12.5e3"},
    "custom.type": {"DataType": "String.json", "StringValue": "{}"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}
TRACE = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}


async def test_a_message_comes_out_as_it_went_in(sqs: Sqs) -> None:
    url = await sqs.queue()
    sent = await sqs.send_message(
        QueueUrl=url, MessageBody="bödy", MessageAttributes=ATTRIBUTES, MessageSystemAttributes=TRACE
    )
    digest = hashlib.md5("bödy".encode()).hexdigest()
    assert sent == {
        "MessageId": sent["MessageId"],
        "MD5OfMessageBody": digest,
        "MD5OfMessageAttributes": md5_of_attributes(ATTRIBUTES),
        "MD5OfMessageSystemAttributes": md5_of_attributes(TRACE),
    }
    sqs.clock.advance(2)
    (message,) = await sqs.take(url)
    assert message == {
        "MessageId": sent["MessageId"],
        "ReceiptHandle": message["ReceiptHandle"],
        "MD5OfBody": digest,
        "Body": "bödy",
        "Attributes": {
            "SenderId": "000000000000",
            "SentTimestamp": "1700000000000",
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": "1700000002000",
            "AWSTraceHeader": TRACE["AWSTraceHeader"]["StringValue"],
        },
        "MD5OfMessageAttributes": md5_of_attributes(ATTRIBUTES),
        "MessageAttributes": {**ATTRIBUTES, "bytes": {"DataType": "Binary", "BinaryValue": "AP8="}},
    }


async def test_only_the_attributes_asked_for_are_answered(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue(VisibilityTimeout="0")
    await sqs_on_sqlite.send(url, "x", MessageAttributes=ATTRIBUTES)

    async def one(**asked: Any) -> Any:
        (message,) = (await sqs_on_sqlite.receive_message(QueueUrl=url, **asked))["Messages"]
        return message

    assert set(await one()) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}
    legacy = await one(AttributeNames=["SentTimestamp"])
    assert set(legacy["Attributes"]) == {"SentTimestamp"}
    both = await one(AttributeNames=["SenderId"], MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert set(both["Attributes"]) == {"SenderId", "ApproximateReceiveCount"}
    chosen = await one(MessageAttributeNames=["text", "custom.*"])
    assert set(chosen["MessageAttributes"]) == {"text", "custom.type"}
    selected = {name: ATTRIBUTES[name] for name in ("text", "custom.type")}
    assert chosen["MD5OfMessageAttributes"] == md5_of_attributes(selected)
    assert set((await one(MessageAttributeNames=[".*"]))["MessageAttributes"]) == set(ATTRIBUTES)
    assert "MessageAttributes" not in await one(MessageAttributeNames=["other"])
    with pytest.raises(Refused, match=r"Unknown Attribute Nonsense\.") as refused:
        await one(AttributeNames=["Nonsense"])
    assert refused.value.code == "InvalidAttributeName"


@pytest.mark.parametrize("body", ["\t\n\r ", "<xml/>", "\ud7ff\ue000\ufffd", "\U00010000\U0010ffff", "x" * 1_048_576])
async def test_bodies_that_are_valid(sqs_on_sqlite: Sqs, body: str) -> None:
    url = await sqs_on_sqlite.queue()
    await sqs_on_sqlite.send(url, body)
    assert await sqs_on_sqlite.bodies(url) == [body]


@pytest.mark.parametrize("body", ["\x00", "a\x08b", "\x1f", "\ufffe", "\uffff"])
async def test_bodies_with_characters_that_are_not_allowed(sqs_on_sqlite: Sqs, body: str) -> None:
    url = await sqs_on_sqlite.queue()
    with pytest.raises(Refused, match=r"set of allowed characters is #x9 .*\[#x10000-#x10FFFF\]\.$") as refused:
        await sqs_on_sqlite.send(url, body)
    assert refused.value.code == "InvalidMessageContents"


async def test_an_empty_or_missing_body_is_refused(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    for given in ({}, {"MessageBody": ""}):
        with pytest.raises(Refused, match="must contain the parameter MessageBody") as refused:
            await sqs_on_sqlite.send_message(QueueUrl=url, **given)
        assert (refused.value.code, refused.value.name) == ("MissingParameter", "MissingRequiredParameterException")


async def test_size_limits_count_attributes_too(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue(MaximumMessageSize="1024")
    attribute = {"n": {"DataType": "String", "StringValue": "v" * 100}}
    await sqs_on_sqlite.send(url, "x" * 1024)
    await sqs_on_sqlite.send(url, "x" * (1024 - 107), MessageAttributes=attribute)
    for body, attributes in (("x" * 1025, {}), ("é" * 513, {}), ("x" * (1024 - 106), attribute)):
        with pytest.raises(Refused, match=r"Message must be shorter than 1024 bytes\."):
            await sqs_on_sqlite.send(url, body, MessageAttributes=attributes)
    large = await sqs_on_sqlite.queue("large")
    with pytest.raises(Refused, match="shorter than 1048576 bytes"):
        await sqs_on_sqlite.send(large, "x" * 1_048_577)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"": {"DataType": "String", "StringValue": "x"}}, "must contain non-empty message .* attribute names"),
        ({"a b": {"DataType": "String", "StringValue": "x"}}, "Attribute name can contain"),
        ({"x" * 257: {"DataType": "String", "StringValue": "x"}}, "must be shorter than 256 bytes"),
        ({".a": {"DataType": "String", "StringValue": "x"}}, r"must not begin with character '\.'\."),
        ({"a.": {"DataType": "String", "StringValue": "x"}}, r"must not end with character '\.'\."),
        ({"a..b": {"DataType": "String", "StringValue": "x"}}, r"must not have successive '\.' characters\."),
        ({"aws.x": {"DataType": "String", "StringValue": "x"}}, "reserved"),
        ({"Amazon.x": {"DataType": "String", "StringValue": "x"}}, "reserved"),
        ({"a": {"StringValue": "x"}}, "must contain a non-empty message attribute type"),
        ({"a": {"DataType": "Strong", "StringValue": "x"}}, "supported type prefixes: Binary, Number, String"),
        (
            {"a": {"DataType": "String"}},
            r"^400 InvalidParameterValue: Message \(user\) attribute 'a' must contain a non-empty",
        ),
        ({"a": {"DataType": "String", "StringValue": ""}}, "non-empty value of type 'String'"),
        ({"a": {"DataType": "Binary", "BinaryValue": b""}}, "non-empty value of type 'Binary'"),
        ({"a": {"DataType": "Binary", "StringValue": "x"}}, "with type 'Binary' must use field 'Binary'"),
        ({"a": {"DataType": "String", "StringValue": "x", "BinaryValue": b"x"}}, "must have a single value"),
        ({"a": {"DataType": "Number", "StringValue": "twelve"}}, "to a number"),
        ({"a": {"DataType": "Number", "StringValue": "1" * 39}}, "to a number"),
        ({"a": {"DataType": "String", "StringListValues": ["x"]}}, "not supported"),
        ({f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}, "exceeds the allowed maximum"),
    ],
)
async def test_message_attributes_are_checked(sqs_on_sqlite: Sqs, attributes: Any, message: str) -> None:
    url = await sqs_on_sqlite.queue()
    with pytest.raises(Refused, match=message) as refused:
        await sqs_on_sqlite.send(url, "x", MessageAttributes=attributes)
    assert refused.value.code == "InvalidParameterValue"


async def test_characters_of_attribute_values_are_checked(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    with pytest.raises(Refused) as refused:
        await sqs_on_sqlite.send(url, "x", MessageAttributes={"a": {"DataType": "String", "StringValue": "\x01"}})
    assert refused.value.code == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Other", {"DataType": "String", "StringValue": "x"}),
        ("AWSTraceHeader", {"DataType": "Number", "StringValue": "1"}),
    ],
)
async def test_system_attributes_are_checked(sqs_on_sqlite: Sqs, name: str, value: Any) -> None:
    url = await sqs_on_sqlite.queue()
    with pytest.raises(Refused, match="system attribute"):
        await sqs_on_sqlite.send(url, "x", MessageSystemAttributes={name: value})


async def test_a_deleted_message_does_not_come_back(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "one", "two")
    messages = await sqs.take(url)
    await sqs.delete(url, messages[0])
    sqs.clock.advance(30)
    assert await sqs.bodies(url) == ["two"]
    await sqs.delete(url, messages[0])  # again: no error


async def test_an_older_receipt_handle_of_a_standard_queue_deletes_too(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    (first,) = await sqs.take(url)
    sqs.clock.advance(30)
    (second,) = await sqs.take(url)
    assert first["ReceiptHandle"] != second["ReceiptHandle"]
    await sqs.delete(url, first)
    assert await sqs.counts(url) == (0, 0, 0)
    await sqs.delete(url, second)
    assert await sqs.counts(url) == (0, 0, 0)


async def test_a_receipt_handle_is_good_after_the_visibility_timeout_if_nobody_received_since(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, "x")
    (message,) = await sqs.take(url)
    sqs.clock.advance(31)
    await sqs.delete(url, message)
    assert await sqs.counts(url) == (0, 0, 0)


async def test_handles_of_nothing_are_refused(sqs_on_sqlite: Sqs) -> None:
    url, other = await sqs_on_sqlite.queue(), await sqs_on_sqlite.queue("other")
    await sqs_on_sqlite.send(url, "x")
    (message,) = await sqs_on_sqlite.take(url)
    for queue, handle in ((url, "nonsense"), (url, ""), (url, "AAAA"), (other, message["ReceiptHandle"])):
        with pytest.raises(Refused, match=r"is not (a valid receipt handle|valid for this queue)\.$") as refused:
            await sqs_on_sqlite.delete_message(QueueUrl=queue, ReceiptHandle=handle)
        assert (refused.value.status, refused.value.code) == (404, "ReceiptHandleIsInvalid")


async def test_receives_are_bounded(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    for name, value in (
        ("MaxNumberOfMessages", 0),
        ("MaxNumberOfMessages", 11),
        ("WaitTimeSeconds", -1),
        ("WaitTimeSeconds", 21),
        ("VisibilityTimeout", -1),
        ("VisibilityTimeout", 43_201),
    ):
        with pytest.raises(Refused, match=f"Value {value} for parameter {name} is invalid"):
            await sqs_on_sqlite.receive_message(QueueUrl=url, **{name: value})
    with pytest.raises(Refused, match=r"not valid for this queue type\.$"):
        await sqs_on_sqlite.receive_message(QueueUrl=url, ReceiveRequestAttemptId="x")


async def test_one_message_is_received_by_default_and_ten_at_most(sqs: Sqs) -> None:
    url = await sqs.queue()
    await sqs.send(url, *map(str, range(15)))
    assert len((await sqs.receive_message(QueueUrl=url))["Messages"]) == 1
    assert await sqs.bodies(url, 10) == [str(number) for number in range(1, 11)]
    assert await sqs.bodies(url, 10) == ["11", "12", "13", "14"]
    assert await sqs.receive_message(QueueUrl=url) == {}


async def test_delays_of_messages_and_of_the_queue(sqs: Sqs) -> None:
    url = await sqs.queue(DelaySeconds="10")
    await sqs.send(url, "queue's")
    await sqs.send(url, "none", DelaySeconds=0)
    await sqs.send(url, "own", DelaySeconds=900)
    assert await sqs.bodies(url) == ["none"]
    assert await sqs.counts(url) == (0, 1, 2)
    sqs.clock.advance(9)
    assert await sqs.bodies(url) == []
    sqs.clock.advance(1)
    assert await sqs.counts(url) == (1, 1, 1)
    assert await sqs.bodies(url) == ["queue's"]
    sqs.clock.advance(890)
    assert "own" in await sqs.bodies(url)
    for delay in (-1, 901):
        with pytest.raises(Refused, match="DelaySeconds must be >= 0 and <= 900"):
            await sqs.send(url, "x", DelaySeconds=delay)


async def test_messages_expire_after_the_retention_period(sqs: Sqs) -> None:
    url = await sqs.queue(MessageRetentionPeriod="60", VisibilityTimeout="0")
    await sqs.send(url, "old", "old in flight")
    await sqs.take(url, 1, VisibilityTimeout=600)
    sqs.clock.advance(30)
    await sqs.send(url, "young")
    sqs.clock.advance(29)
    assert await sqs.counts(url) == (2, 1, 0)
    sqs.clock.advance(1)
    assert await sqs.counts(url) == (1, 0, 0)
    assert await sqs.bodies(url) == ["young"]
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "120"})
    sqs.clock.advance(89)
    assert await sqs.bodies(url) == ["young"]
    sqs.clock.advance(1)
    assert await sqs.bodies(url) == []


async def test_large_bodies_are_kept_through_every_state(sqs: Sqs) -> None:
    url, body = await sqs.queue(), "ü" * 300_000
    await sqs.send(url, body)
    (message,) = await sqs.take(url)
    assert message["Body"] == body
    await sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    (message,) = await sqs.take(url)
    assert message["Body"] == body
    await sqs.delete(url, message)
    assert await sqs.counts(url) == (0, 0, 0)
