"""Redrive policies: what they may say, and where failed messages go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.sqs.conftest import Refused, Sqs


def _policy(arn: str, count: Any = 2) -> dict[str, Any]:
    return {"deadLetterTargetArn": arn, "maxReceiveCount": count}


async def _pair(sqs: Sqs, suffix: str = "", **attributes: Any) -> tuple[str, str]:
    """A queue and its dead-letter queue, which takes what was received twice."""
    dead = await sqs.queue(f"dead{suffix}", **({"ContentBasedDeduplication": "true"} if suffix else {}))
    url = await sqs.queue(
        f"source{suffix}", RedrivePolicy=_policy(await sqs.arn(dead)), VisibilityTimeout="0", **attributes
    )
    return url, dead


async def test_a_message_moves_once_it_was_received_too_often(sqs: Sqs) -> None:
    url, dead = await _pair(sqs)
    (sent,) = await sqs.send(url, "poison", MessageAttributes={"a": {"DataType": "String", "StringValue": "x"}})
    await sqs.send(url, "good")
    sqs.clock.advance(5)
    for _ in range(2):
        assert sorted(await sqs.bodies(url)) == ["good", "poison"]
    await sqs.send(url, "late")
    assert await sqs.bodies(url) == ["late"]
    assert await sqs.counts(url) == (1, 0, 0)
    messages = {message["Body"]: message for message in await sqs.take(dead)}
    assert set(messages) == {"good", "poison"}
    poison = messages["poison"]
    assert poison["MessageId"] == sent["MessageId"]
    assert poison["MessageAttributes"] == {"a": {"DataType": "String", "StringValue": "x"}}
    assert poison["Attributes"]["ApproximateReceiveCount"] == "3"
    assert poison["Attributes"]["SentTimestamp"] == "1700000000000"
    assert poison["Attributes"]["DeadLetterQueueSourceArn"] == await sqs.arn(url)
    assert "DeadLetterQueueSourceArn" not in (await sqs.take(url))[0]["Attributes"]


async def test_dead_letters_of_dead_letters_count_their_receives_anew(sqs: Sqs) -> None:
    last = await sqs.queue("last")
    dead = await sqs.queue("dead", RedrivePolicy=_policy(await sqs.arn(last), 1), VisibilityTimeout="0")
    url = await sqs.queue("source", RedrivePolicy=_policy(await sqs.arn(dead), 3), VisibilityTimeout="0")
    await sqs.send(url, "x")
    for _ in range(3):
        assert await sqs.bodies(url) == ["x"]
    assert await sqs.bodies(url) == []
    assert await sqs.bodies(dead) == ["x"]
    assert await sqs.bodies(dead) == []
    assert await sqs.bodies(last) == ["x"]


async def test_more_dead_letters_than_a_receive_takes_do_not_hide_what_is_behind_them(sqs_on_sqlite: Sqs) -> None:
    url, dead = await _pair(sqs_on_sqlite)
    for _ in range(2):
        await sqs_on_sqlite.send(url, *(f"poison {number}" for number in range(7)))
    for _ in range(4):
        await sqs_on_sqlite.take(url, 10)
    sqs_on_sqlite.clock.advance(1)
    await sqs_on_sqlite.send(url, "good")
    assert await sqs_on_sqlite.bodies(url, 10) == ["good"]
    assert (await sqs_on_sqlite.counts(dead))[0] == 14


async def test_a_deleted_dead_letter_queue_takes_nothing(sqs: Sqs) -> None:
    url, dead = await _pair(sqs)
    await sqs.send(url, "x")
    await sqs.delete_queue(QueueUrl=dead)
    for _ in range(5):
        assert await sqs.bodies(url) == ["x"]


async def test_fifo_dead_letters_keep_their_order_and_free_their_group(sqs: Sqs) -> None:
    url, dead = await _pair(sqs, ".fifo", ContentBasedDeduplication="true")
    (sent, *_) = await sqs.send(url, "1", "2", "3", MessageGroupId="g")
    for _ in range(2):
        assert await sqs.bodies(url, 2) == ["1", "2"]
    sqs.clock.advance(5)
    assert await sqs.bodies(url, 2) == ["3"]
    messages = await sqs.take(dead)
    assert [message["Body"] for message in messages] == ["1", "2"]
    attributes = messages[0]["Attributes"]
    assert messages[0]["MessageId"] == sent["MessageId"]
    assert attributes["MessageDeduplicationId"] == sent["MessageId"]
    assert attributes["MessageGroupId"] == "g"
    assert attributes["SentTimestamp"] == "1700000005000"
    assert attributes["DeadLetterQueueSourceArn"] == await sqs.arn(url)
    assert await sqs.counts(url) == (1, 0, 0)


async def test_large_dead_letters_keep_their_bodies(sqs: Sqs) -> None:
    for suffix in ("", ".fifo"):
        given = {"ContentBasedDeduplication": "true"} if suffix else {}
        url, dead = await _pair(sqs, suffix, **given)
        await sqs.send(url, "x" * 50_000, **({"MessageGroupId": "g"} if suffix else {}))
        for _ in range(3):
            await sqs.take(url)
        assert await sqs.bodies(dead) == ["x" * 50_000]


async def test_the_receive_count_is_given_back_as_a_number(sqs_on_sqlite: Sqs) -> None:
    policy = {"deadLetterTargetArn": await sqs_on_sqlite.arn(await sqs_on_sqlite.queue("dead")), "maxReceiveCount": "5"}
    url = await sqs_on_sqlite.queue("source", RedrivePolicy=policy)
    shown = await sqs_on_sqlite.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    assert json.loads(shown["Attributes"]["RedrivePolicy"]) == {**policy, "maxReceiveCount": 5}


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("nonsense", "not a valid JSON map"),
        ("[]", "not a valid JSON map"),
        ('{"maxReceiveCount": 1}', "mandatory attribute: deadLetterTargetArn"),
        ('{"deadLetterTargetArn": "ARN"}', "mandatory attribute: maxReceiveCount"),
        ('{"deadLetterTargetArn": "ARN", "maxReceiveCount": 0}', "Invalid value for maxReceiveCount"),
        ('{"deadLetterTargetArn": "ARN", "maxReceiveCount": 1001}', "Invalid value for maxReceiveCount"),
        ('{"deadLetterTargetArn": "ARN", "maxReceiveCount": "x"}', "Invalid value for maxReceiveCount"),
        ('{"deadLetterTargetArn": "ARN", "maxReceiveCount": 1e999}', "policy"),
        ('{"deadLetterTargetArn": "arn:aws:sns:x", "maxReceiveCount": 1}', "Invalid value for deadLetterTargetArn"),
        ('{"maxReceiveCount": "1", "deadLetterTargetArn": "ARNx"}', r'{"maxReceiveCount": "1", .* does not exist'),
        ('{"deadLetterTargetArn": "FIFO", "maxReceiveCount": 1}', "same type"),
        ('{"deadLetterTargetArn": "ABROAD", "maxReceiveCount": 1}', "same account and Region"),
    ],
)
async def test_redrive_policies_are_checked(sqs_on_sqlite: Sqs, policy: str, message: str) -> None:
    arn = await sqs_on_sqlite.arn(await sqs_on_sqlite.queue("dead"))
    fifo = await sqs_on_sqlite.arn(await sqs_on_sqlite.queue("dead.fifo"))
    text = policy.replace("ARN", arn).replace("FIFO", fifo).replace("ABROAD", arn.replace("us-east-1", "eu-west-1"))
    with pytest.raises(Refused, match=message) as refused:
        await sqs_on_sqlite.queue("source", RedrivePolicy=text)
    assert refused.value.code == "InvalidParameterValue"
    url = await sqs_on_sqlite.queue("source")
    with pytest.raises(Refused, match=message):
        await sqs_on_sqlite.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": text})


async def test_a_redrive_policy_is_given_back_and_taken_away(sqs: Sqs) -> None:
    url, dead = await _pair(sqs)
    shown = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]))["Attributes"]
    assert json.loads(shown["RedrivePolicy"]) == _policy(await sqs.arn(dead))
    await sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    shown = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    assert shown == {}
    await sqs.send(url, "x")
    for _ in range(5):
        assert await sqs.bodies(url) == ["x"]


async def test_redrive_allow_policies(sqs_on_sqlite: Sqs) -> None:
    dead = await sqs_on_sqlite.queue("dead")
    policy = {"RedrivePolicy": json.dumps(_policy(await sqs_on_sqlite.arn(dead)))}

    async def allow(**given: Any) -> None:
        attributes = {"RedriveAllowPolicy": json.dumps(given) if given else ""}
        await sqs_on_sqlite.set_queue_attributes(QueueUrl=dead, Attributes=attributes)

    source = await sqs_on_sqlite.queue("source")
    await allow(redrivePermission="denyAll")
    with pytest.raises(Refused, match="not allowed by the redrive allow policy"):
        await sqs_on_sqlite.set_queue_attributes(QueueUrl=source, Attributes=policy)
    await allow(redrivePermission="byQueue", sourceQueueArns=[await sqs_on_sqlite.arn(source)])
    await sqs_on_sqlite.set_queue_attributes(QueueUrl=source, Attributes=policy)
    with pytest.raises(Refused, match="not allowed by the redrive allow policy"):
        await sqs_on_sqlite.queue("another", **policy)
    await allow(redrivePermission="allowAll")
    await sqs_on_sqlite.queue("another", **policy)
    await allow()
    await sqs_on_sqlite.queue("third", **policy)
    for wrong in (
        {"redrivePermission": "some"},
        {"redrivePermission": "byQueue"},
        {"redrivePermission": "byQueue", "sourceQueueArns": []},
        {"redrivePermission": "byQueue", "sourceQueueArns": ["x"]},
        {"redrivePermission": "byQueue", "sourceQueueArns": [await sqs_on_sqlite.arn(source)] * 11},
        {"redrivePermission": "allowAll", "sourceQueueArns": [await sqs_on_sqlite.arn(source)]},
    ):
        with pytest.raises(Refused, match="can't create the redrive allow policy"):
            await allow(**wrong)


async def test_source_queues_are_listed(sqs: Sqs) -> None:
    dead = await sqs.queue("dead")
    assert await sqs.list_dead_letter_source_queues(QueueUrl=dead) == {"queueUrls": []}
    urls = [await sqs.queue(name, RedrivePolicy=_policy(await sqs.arn(dead))) for name in ("a", "b", "c")]
    assert await sqs.list_dead_letter_source_queues(QueueUrl=dead) == {"queueUrls": urls}
    first = await sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2)
    assert first["queueUrls"] == urls[:2]
    second = await sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2, NextToken=first["NextToken"])
    assert second == {"queueUrls": urls[2:]}
    await sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"RedrivePolicy": ""})
    await sqs.delete_queue(QueueUrl=urls[1])
    assert await sqs.list_dead_letter_source_queues(QueueUrl=dead) == {"queueUrls": urls[2:]}
