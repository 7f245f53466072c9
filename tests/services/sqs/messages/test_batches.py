"""The three batch operations: their limits, and entries that fail one by one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.sqs.conftest import Refused, Sqs


def _entries(count: int, **given: Any) -> list[dict[str, Any]]:
    return [{"Id": f"id-{number}", "MessageBody": f"body {number}", **given} for number in range(count)]


async def test_sending_receiving_and_deleting_ten(sqs: Sqs) -> None:
    url = await sqs.queue()
    sent = await sqs.send_message_batch(QueueUrl=url, Entries=_entries(10))
    assert "Failed" not in sent
    assert [entry["Id"] for entry in sent["Successful"]] == [f"id-{number}" for number in range(10)]
    messages = await sqs.take(url)
    assert [message["Body"] for message in messages] == [f"body {number}" for number in range(10)]
    assert {message["MessageId"] for message in messages} == {entry["MessageId"] for entry in sent["Successful"]}
    entries = [{"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)]
    hidden = [{**entry, "VisibilityTimeout": 0} for entry in entries]
    changed = await sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden)
    assert changed == {"Successful": [{"Id": str(index)} for index in range(10)]}
    assert await sqs.counts(url) == (10, 0, 0)
    deleted = await sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    assert deleted == {"Successful": [{"Id": str(index)} for index in range(10)]}
    assert await sqs.counts(url) == (0, 0, 0)


async def test_entries_for_messages_that_are_gone_give_the_bare_reason(sqs: Sqs) -> None:
    for name, reason in (
        ("q", "Message does not exist or is not available for visibility timeout change"),
        ("q.fifo", "The receipt handle has expired"),
    ):
        url = await sqs.queue(name)
        given = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if name.endswith(".fifo") else {}
        await sqs.send(url, "x", **given)
        (message,) = await sqs.take(url, VisibilityTimeout=1)
        if given:
            sqs.clock.advance(1)
        else:
            await sqs.delete(url, message)
        entry = {"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}
        change = await sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**entry, "VisibilityTimeout": 1}])
        failed = {"Id": "0", "SenderFault": True, "Code": "ReceiptHandleIsInvalid", "Message": reason}
        assert change == {"Failed": [failed]}
        deleted = await sqs.delete_message_batch(QueueUrl=url, Entries=[entry])
        assert deleted == ({"Failed": [failed]} if given else {"Successful": [{"Id": "0"}]})


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("MessageGroupId", "The request must contain the parameter MessageGroupId."),
        ("MessageDeduplicationId", "The queue should either have ContentBasedDeduplication enabled or"),
    ],
)
async def test_an_entry_without_a_group_or_deduplication_id_fails_its_batch(
    sqs_on_sqlite: Sqs, missing: str, message: str
) -> None:
    url = await sqs_on_sqlite.queue("q.fifo")
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
    good, bad = ({"Id": name, "MessageBody": "x", **ids} for name in ("good", "bad"))
    del bad[missing]
    with pytest.raises(Refused, match=message) as refused:
        await sqs_on_sqlite.send_message_batch(QueueUrl=url, Entries=[good, bad])
    assert (refused.value.code, refused.value.status) == ("InvalidParameterValue", 400)
    assert await sqs_on_sqlite.bodies(url) == []


async def test_entries_fail_one_by_one(sqs: Sqs) -> None:
    url = await sqs.queue()
    entries = _entries(4)
    entries[1]["DelaySeconds"] = 901
    entries[2]["MessageBody"] = "\x01"
    sent = await sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in sent["Successful"]] == ["id-0", "id-3"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in sent["Failed"]] == [
        ("id-1", "InvalidParameterValue", True),
        ("id-2", "InvalidMessageContents", True),
    ]
    messages = await sqs.take(url)
    handles = [{"Id": "good", "ReceiptHandle": messages[0]["ReceiptHandle"]}, {"Id": "bad", "ReceiptHandle": "x"}]
    deleted = await sqs.delete_message_batch(QueueUrl=url, Entries=handles)
    assert deleted["Successful"] == [{"Id": "good"}]
    assert [(entry["Id"], entry["Code"]) for entry in deleted["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]
    handles[0]["ReceiptHandle"] = messages[1]["ReceiptHandle"]
    hidden = [{**entry, "VisibilityTimeout": 43_201 if entry["Id"] == "good" else 1} for entry in handles]
    changed = await sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden)
    assert "Successful" not in changed
    assert [entry["Code"] for entry in changed["Failed"]] == ["InvalidParameterValue", "ReceiptHandleIsInvalid"]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (_entries(11), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        ([*_entries(1), *_entries(1)], "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "MessageBody": "x"}], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ([{"Id": "", "MessageBody": "x"}], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ([{"Id": "x" * 81, "MessageBody": "x"}], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ([{"MessageBody": "x"}], "MissingParameter"),
        ([{"Id": "x"}], "MissingParameter"),
        (_entries(2, MessageBody="x" * 600_000), "AWS.SimpleQueueService.BatchRequestTooLong"),
    ],
)
async def test_what_makes_a_whole_batch_fail(sqs_on_sqlite: Sqs, entries: Any, code: str) -> None:
    url = await sqs_on_sqlite.queue()
    with pytest.raises(Refused) as refused:
        await sqs_on_sqlite.send_message_batch(QueueUrl=url, Entries=entries)
    assert refused.value.code == code
    assert await sqs_on_sqlite.counts(url) == (0, 0, 0)


async def test_a_batch_of_a_fifo_queue_keeps_its_order_and_deduplicates(sqs: Sqs) -> None:
    url = await sqs.queue("q.fifo")
    entries = [
        {
            "Id": str(number),
            "MessageBody": str(number),
            "MessageGroupId": "g",
            "MessageDeduplicationId": str(number % 3),
        }
        for number in range(5)
    ]
    sent = await sqs.send_message_batch(QueueUrl=url, Entries=entries)
    numbers = [int(entry["SequenceNumber"]) for entry in sent["Successful"]]
    assert numbers[:3] == sorted(set(numbers))
    assert numbers[3:] == numbers[:2]
    assert [entry["MessageId"] for entry in sent["Successful"][3:]] == [
        entry["MessageId"] for entry in sent["Successful"][:2]
    ]
    assert await sqs.bodies(url) == ["0", "1", "2"]
