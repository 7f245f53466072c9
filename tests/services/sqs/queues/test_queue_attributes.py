"""GetQueueAttributes and SetQueueAttributes: defaults, bounds, and what goes together."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.services.sqs.conftest import Refused, Sqs

COUNTS = {
    "ApproximateNumberOfMessages": "0",
    "ApproximateNumberOfMessagesNotVisible": "0",
    "ApproximateNumberOfMessagesDelayed": "0",
}
DEFAULTS = {
    **COUNTS,
    "QueueArn": "arn:aws:sqs:us-east-1:000000000000:queue",
    "CreatedTimestamp": "1700000000",
    "LastModifiedTimestamp": "1700000000",
    "VisibilityTimeout": "30",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
}


async def _shown(sqs: Sqs, url: str, *names: str) -> dict[str, str]:
    answer = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names or ("All",)))
    attributes: dict[str, str] = answer.get("Attributes", {})
    return attributes


async def _set(sqs: Sqs, url: str, **attributes: str) -> None:
    await sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


async def test_defaults_of_a_standard_queue(sqs_on_sqlite: Sqs) -> None:
    assert await _shown(sqs_on_sqlite, await sqs_on_sqlite.queue()) == DEFAULTS


async def test_defaults_of_a_fifo_queue(sqs_on_sqlite: Sqs) -> None:
    assert await _shown(sqs_on_sqlite, await sqs_on_sqlite.queue("queue.fifo")) == {
        **DEFAULTS,
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:queue.fifo",
        "FifoQueue": "true",
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "FifoThroughputLimit": "perQueue",
    }


async def _counts(sqs: Sqs, url: str) -> list[int]:
    shown = await _shown(sqs, url, *COUNTS)
    return [int(shown[name]) for name in COUNTS]


async def test_counts_are_right_while_others_send_and_delete_at_the_same_time(sqs: Sqs) -> None:
    url = await sqs.queue()
    assert await _counts(sqs, url) == [0, 0, 0]
    handles: list[str] = []
    sent = deleted = 0
    for _ in range(4):
        sends = [sqs.send_message(QueueUrl=url, MessageBody=f"{n}", DelaySeconds=n % 3) for n in range(9)]
        receives = [sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2) for _ in range(2)]
        deletes = [sqs.delete_message(QueueUrl=url, ReceiptHandle=handle) for handle in handles * 2]
        counts = [_counts(sqs, url) for _ in range(3)]
        sent, deleted = sent + len(sends), deleted + len(handles)
        answers = await asyncio.gather(*sends[:5], *receives, counts[0], *sends[5:], *deletes, *counts[1:])
        taken = [message for answer in answers if isinstance(answer, dict) for message in answer.get("Messages", ())]
        handles = [message["ReceiptHandle"] for message in taken]
        ready, in_flight, delayed = await _counts(sqs, url)
        assert in_flight == len(handles)
        assert ready + in_flight + delayed == sent - deleted
        sqs.clock.advance(5)


async def test_only_what_is_asked_for_is_answered(sqs: Sqs) -> None:
    url = await sqs.queue()
    assert await _shown(sqs, url, "DelaySeconds", "Policy", "FifoQueue") == {"DelaySeconds": "0"}
    assert await sqs.get_queue_attributes(QueueUrl=url) == {}
    with pytest.raises(Refused, match=r"Unknown Attribute Nonsense\."):
        await _shown(sqs, url, "Nonsense")


async def test_changes_show_at_once(sqs: Sqs) -> None:
    url = await sqs.queue(DelaySeconds="5")
    sqs.clock.advance(10)
    await _set(sqs, url, VisibilityTimeout="0", MaximumMessageSize="1024")
    shown = await _shown(sqs, url)
    assert shown == {
        **DEFAULTS,
        "DelaySeconds": "5",
        "VisibilityTimeout": "0",
        "MaximumMessageSize": "1024",
        "LastModifiedTimestamp": "1700000010",
    }


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("DelaySeconds", 0, 900),
        ("MaximumMessageSize", 1024, 1_048_576),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ("VisibilityTimeout", 0, 43_200),
        ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    ],
)
async def test_bounds(sqs_on_sqlite: Sqs, name: str, low: int, high: int) -> None:
    url = await sqs_on_sqlite.queue()
    for value in (low, high):
        await _set(sqs_on_sqlite, url, **{name: str(value)})
        assert (await _shown(sqs_on_sqlite, url, name))[name] == str(value)
    for wrong in (str(low - 1), str(high + 1), "x", "", "1.5"):
        with pytest.raises(Refused, match=f"Invalid value for the parameter {name}") as refused:
            await _set(sqs_on_sqlite, url, **{name: wrong})
        assert refused.value.code == "InvalidAttributeValue"
        with pytest.raises(Refused, match=f"Invalid value for the parameter {name}"):
            await sqs_on_sqlite.queue("another", **{name: wrong})


@pytest.mark.parametrize(
    ("attributes", "code", "message"),
    [
        ({"Nonsense": "1"}, "InvalidAttributeName", "Unknown Attribute Nonsense"),
        ({"QueueArn": "x"}, "InvalidAttributeName", "Unknown Attribute QueueArn"),
        ({"All": "x"}, "InvalidAttributeName", "Unknown Attribute All"),
        ({"ContentBasedDeduplication": "true"}, "InvalidAttributeName", "Unknown Attribute"),
        ({"FifoQueue": "true"}, "InvalidAttributeName", "Unknown Attribute FifoQueue"),
        ({"DeduplicationScope": "queue"}, "InvalidParameterValue", "only when FifoQueue is set to true"),
        ({"SqsManagedSseEnabled": "maybe"}, "InvalidAttributeValue", "SqsManagedSseEnabled"),
        ({"Policy": "nonsense"}, "InvalidAttributeValue", "Policy"),
        (
            {"SqsManagedSseEnabled": "true", "KmsMasterKeyId": "alias/aws/sqs"},
            "InvalidParameterValue",
            "one type of server-side encryption",
        ),
    ],
)
async def test_what_a_standard_queue_refuses(
    sqs_on_sqlite: Sqs, attributes: dict[str, str], code: str, message: str
) -> None:
    url = await sqs_on_sqlite.queue()
    with pytest.raises(Refused, match=message) as refused:
        await _set(sqs_on_sqlite, url, **attributes)
    assert refused.value.code == code
    assert await _shown(sqs_on_sqlite, url) == DEFAULTS


async def test_what_a_fifo_queue_refuses(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue("queue.fifo")
    await _set(sqs_on_sqlite, url, FifoQueue="true")
    for wrong in (
        {"FifoQueue": "false"},
        {"ContentBasedDeduplication": "x"},
        {"DeduplicationScope": "x"},
        {"FifoThroughputLimit": "x"},
        {"FifoThroughputLimit": "perMessageGroupId"},
        {"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "queue"},
    ):
        with pytest.raises(Refused):
            await _set(sqs_on_sqlite, url, **wrong)
    await _set(sqs_on_sqlite, url, FifoThroughputLimit="perMessageGroupId", DeduplicationScope="messageGroup")
    with pytest.raises(Refused):
        await _set(sqs_on_sqlite, url, DeduplicationScope="queue")


async def test_encryption_settings_replace_each_other(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    await _set(sqs_on_sqlite, url, KmsMasterKeyId="alias/aws/sqs")
    shown = await _shown(sqs_on_sqlite, url, "KmsMasterKeyId", "SqsManagedSseEnabled", "KmsDataKeyReusePeriodSeconds")
    assert shown == {
        "KmsMasterKeyId": "alias/aws/sqs",
        "SqsManagedSseEnabled": "false",
        "KmsDataKeyReusePeriodSeconds": "300",
    }
    await _set(sqs_on_sqlite, url, SqsManagedSseEnabled="true")
    assert await _shown(sqs_on_sqlite, url, "KmsMasterKeyId", "SqsManagedSseEnabled") == {
        "SqsManagedSseEnabled": "true"
    }
    await _set(sqs_on_sqlite, url, SqsManagedSseEnabled="false")
    assert await _shown(sqs_on_sqlite, url, "SqsManagedSseEnabled") == {"SqsManagedSseEnabled": "false"}
    await _set(sqs_on_sqlite, url, KmsMasterKeyId="key")
    await _set(sqs_on_sqlite, url, KmsMasterKeyId="")
    assert "KmsMasterKeyId" not in await _shown(sqs_on_sqlite, url)


@pytest.mark.parametrize(
    "key",
    ["alias/mine", "1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:us-east-1:111122223333:alias/mine", "key"],
)
async def test_messages_are_not_encrypted_with_what_is_no_key(sqs_on_sqlite: Sqs, key: str) -> None:
    url = await sqs_on_sqlite.queue()
    await sqs_on_sqlite.send_message(QueueUrl=url, MessageBody="before")
    await _set(sqs_on_sqlite, url, KmsMasterKeyId=key)
    one, batch = {"QueueUrl": url, "MessageBody": "x"}, [{"Id": "a", "MessageBody": "x"}]
    if key != "key":
        await sqs_on_sqlite.send_message(**one)
        assert (await sqs_on_sqlite.send_message_batch(QueueUrl=url, Entries=batch))["Successful"]
        return
    for refused in (sqs_on_sqlite.send_message(**one), sqs_on_sqlite.send_message_batch(QueueUrl=url, Entries=batch)):
        with pytest.raises(Refused) as raised:
            await refused
        assert (raised.value.status, raised.value.code) == (400, "KMS.NotFoundException")
    assert len((await sqs_on_sqlite.receive_message(QueueUrl=url, MaxNumberOfMessages=10))["Messages"]) == 1


async def test_a_dead_letter_queue_is_named_in_its_own_partition(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    dead = await sqs_on_sqlite.arn(await sqs_on_sqlite.queue("dead"))
    policy = {"deadLetterTargetArn": dead.replace("arn:aws:", "arn:aws-cn:"), "maxReceiveCount": 1}
    with pytest.raises(Refused):
        await _set(sqs_on_sqlite, url, RedrivePolicy=json.dumps(policy))
    await _set(sqs_on_sqlite, url, RedrivePolicy=json.dumps({**policy, "deadLetterTargetArn": dead}))


async def test_a_policy_is_kept_and_taken_away(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    await _set(sqs_on_sqlite, url, Policy=policy)
    assert await _shown(sqs_on_sqlite, url, "Policy") == {"Policy": policy}
    await _set(sqs_on_sqlite, url, Policy="")
    assert await _shown(sqs_on_sqlite, url, "Policy") == {}


async def test_counts_are_true_at_once(sqs: Sqs) -> None:
    url = await sqs.queue()
    for number in range(1, 6):
        await sqs.send(url, str(number))
        assert await sqs.counts(url) == (number, 0, 0)
    await sqs.send(url, "later", DelaySeconds=10)
    taken = await sqs.take(url, 3)
    assert await sqs.counts(url) == (2, 3, 1)
    await sqs.delete(url, taken[0])
    assert await sqs.counts(url) == (2, 2, 1)
    sqs.clock.advance(10)
    assert await sqs.counts(url) == (3, 2, 0)
    sqs.clock.advance(20)
    assert await sqs.counts(url) == (5, 0, 0)


async def test_tags(sqs_on_sqlite: Sqs) -> None:
    url = (await sqs_on_sqlite.create_queue(QueueName="queue", tags={"a": "1"}))["QueueUrl"]
    await sqs_on_sqlite.tag_queue(QueueUrl=url, Tags={"b": "", "a": "2"})
    assert await sqs_on_sqlite.list_queue_tags(QueueUrl=url) == {"Tags": {"a": "2", "b": ""}}
    await sqs_on_sqlite.untag_queue(QueueUrl=url, TagKeys=["a", "none"])
    assert await sqs_on_sqlite.list_queue_tags(QueueUrl=url) == {"Tags": {"b": ""}}
    wrong: list[dict[str, Any]] = [
        {"": "x"},
        {"x" * 129: "x"},
        {"x": "x" * 257},
        {"aws:x": "x"},
        {str(number): "x" for number in range(50)},
    ]
    for tags in wrong:
        with pytest.raises(Refused, match="ag") as refused:
            await sqs_on_sqlite.tag_queue(QueueUrl=url, Tags=tags)
        assert refused.value.code == "InvalidParameterValue"
    with pytest.raises(Refused, match=r"Too many tags added for queue queue\.$"):
        await sqs_on_sqlite.tag_queue(QueueUrl=url, Tags={str(number): "x" for number in range(50)})
    with pytest.raises(Refused, match=r"MissingParameter: The request must contain the parameter Tags\.$"):
        await sqs_on_sqlite.tag_queue(QueueUrl=url, Tags={})
    with pytest.raises(Refused, match=r"Tag keys must be between 1 and 128 characters in length\.$"):
        await sqs_on_sqlite.untag_queue(QueueUrl=url, TagKeys=[])
    await sqs_on_sqlite.untag_queue(QueueUrl=url, TagKeys=["b"])
    assert await sqs_on_sqlite.list_queue_tags(QueueUrl=url) == {}


async def test_permissions_are_statements_of_the_policy(sqs_on_sqlite: Sqs) -> None:
    url = await sqs_on_sqlite.queue()
    arn = await sqs_on_sqlite.arn(url)
    one = {"QueueUrl": url, "Label": "one", "AWSAccountIds": ["111122223333"], "Actions": ["SendMessage"]}
    await sqs_on_sqlite.add_permission(**one)
    await sqs_on_sqlite.add_permission(
        QueueUrl=url,
        Label="two",
        AWSAccountIds=["111122223333", "444455556666"],
        Actions=["*", "ReceiveMessage"],
    )
    policy = json.loads((await _shown(sqs_on_sqlite, url, "Policy"))["Policy"])
    assert policy["Statement"] == [
        {
            "Sid": "one",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "SQS:SendMessage",
            "Resource": arn,
        },
        {
            "Sid": "two",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]},
            "Action": ["SQS:*", "SQS:ReceiveMessage"],
            "Resource": arn,
        },
    ]
    for wrong, code in (
        ({}, "InvalidParameterValue"),
        ({"Label": "a b"}, "InvalidParameterValue"),
        ({"Label": "new", "AWSAccountIds": ["x"]}, "InvalidParameterValue"),
        ({"Label": "new", "AWSAccountIds": []}, "InvalidParameterValue"),
        ({"Label": "new", "Actions": []}, "MissingParameter"),
        ({"Label": "new", "Actions": ["Nonsense"]}, "InvalidParameterValue"),
        ({"Label": "new", "Actions": ["SendMessage"] * 8}, "OverLimit"),
    ):
        with pytest.raises(Refused) as refused:
            await sqs_on_sqlite.add_permission(**{**one, **wrong})
        assert refused.value.code == code
    with pytest.raises(Refused, match=r"Only the queue owner is allowed to invoke this action\.$"):
        await sqs_on_sqlite.add_permission(**{**one, "Label": "new", "Actions": ["RemovePermission"]})
    await sqs_on_sqlite.remove_permission(QueueUrl=url, Label="one")
    with pytest.raises(Refused, match=r"can't find label on existing policy\.$"):
        await sqs_on_sqlite.remove_permission(QueueUrl=url, Label="one")
    assert len(json.loads((await _shown(sqs_on_sqlite, url, "Policy"))["Policy"])["Statement"]) == 1
    await sqs_on_sqlite.remove_permission(QueueUrl=url, Label="two")
    assert await sqs_on_sqlite.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]) == {}
    with pytest.raises(Refused, match=r"can't find label\.$"):
        await sqs_on_sqlite.remove_permission(QueueUrl=url, Label="two")
