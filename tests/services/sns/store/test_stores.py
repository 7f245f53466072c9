"""SNS on both databases: the service in this process, without a network, and its stores' statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import orjson
import pytest

from awskit.clock import ManualClock
from awskit.wire.http import HttpRequest
from services.sns.settings import SnsSettings
from tests.processes import ROOT, Running
from tests.services.sns.in_process import InProcess, running_in_process

_TOPIC = "arn:aws:sns:us-east-1:000000000000:"


def in_process(url: str, folder: Path, sqs_url: str = "http://127.0.0.1:1") -> AbstractAsyncContextManager[InProcess]:
    return running_in_process(SnsSettings(data_dir=folder, database_url=url, sqs_url=sqs_url, settle_timeout=0.1))


@pytest.fixture
def url(migrated_database_url: Callable[[str], str]) -> str:
    return migrated_database_url("sns")


async def test_topics_and_subscriptions(url: str, tmp_path: Path) -> None:
    async with in_process(url, tmp_path) as sns:
        await sns("CreateTopic", Name="t", **{"Tags.member.1.Key": "a", "Tags.member.1.Value": "1"})
        topic = f"{_TOPIC}t"
        queue = "arn:aws:sqs:us-east-1:000000000000:q"
        subscribed = await sns("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue)
        (arn,) = subscribed["SubscriptionArn"]
        again = await sns("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue)
        assert again["SubscriptionArn"] == [arn]
        policy = {"AttributeName": "FilterPolicy", "AttributeValue": '{"a":["b"]}'}
        await sns("SetSubscriptionAttributes", SubscriptionArn=arn, **policy)
        assert '{"a":["b"]}' in (await sns("GetSubscriptionAttributes", SubscriptionArn=arn))["value"]
        await sns("SetTopicAttributes", TopicArn=topic, AttributeName="DisplayName", AttributeValue="name")
        assert "name" in (await sns("GetTopicAttributes", TopicArn=topic))["value"]
        assert (await sns("ListSubscriptions"))["Endpoint"] == [queue]
        assert (await sns("ListTagsForResource", ResourceArn=topic))["Key"] == ["a"]
        await sns("Unsubscribe", SubscriptionArn=arn)
        await sns("DeleteTopic", TopicArn=topic)
        assert "TopicArn" not in await sns("ListTopics")


async def test_fifo_topics(url: str, tmp_path: Path) -> None:
    async with in_process(url, tmp_path) as sns:
        attributes = {
            "Attributes.entry.1.key": "FifoTopic",
            "Attributes.entry.1.value": "true",
            "Attributes.entry.2.key": "ArchivePolicy",
            "Attributes.entry.2.value": '{"MessageRetentionPeriod":"1"}',
        }
        await sns("CreateTopic", Name="t.fifo", **attributes)
        topic = f"{_TOPIC}t.fifo"

        async def publish(deduplication_id: str) -> str:
            parameters = {"MessageGroupId": "g", "MessageDeduplicationId": deduplication_id}
            number: str = (await sns("Publish", TopicArn=topic, Message="m", **parameters))["SequenceNumber"][0]
            return number

        first, second = await publish("1"), await publish("2")
        assert first < second
        assert await publish("1") == first
        sns.clock.advance(301)
        assert await publish("1") > second
        concurrent = await asyncio.gather(*(publish(f"c{number}") for number in range(10)))
        assert len(set(concurrent)) == 10


async def shown_deliveries(sns: InProcess) -> list[dict[str, Any]]:
    answer = await sns.service.control["/_aws/sns/deliveries"](HttpRequest("GET", "/_aws/sns/deliveries", "", {}))
    assert isinstance(answer.body, bytes)
    found: list[dict[str, Any]] = orjson.loads(answer.body)["deliveries"]
    return found


async def until_tried(sns: InProcess) -> list[dict[str, Any]]:
    """What is shown once each delivery's first try is noted."""
    for _ in range(500):
        shown = await shown_deliveries(sns)
        if all(entry["attempts"] for entry in shown):
            return shown
        await asyncio.sleep(0.01)
    raise AssertionError(shown)


async def test_deliveries_wait_in_the_outbox(url: str, tmp_path: Path) -> None:
    async with in_process(url, tmp_path) as sns:
        await sns("CreateTopic", Name="t")
        for number in range(3):
            queue = f"arn:aws:sqs:us-east-1:000000000000:q{number}"
            await sns("Subscribe", TopicArn=f"{_TOPIC}t", Protocol="sqs", Endpoint=queue)
        await sns("Publish", TopicArn=f"{_TOPIC}t", Message="m")
        from services.sns.store import deliveries

        assert len(await shown_deliveries(sns)) == 3
        shown = await until_tried(sns)
        assert len(shown) == 3
        for entry in shown:
            assert (entry["status"], entry["topicArn"]) == ("pending", f"{_TOPIC}t")
            assert "does not answer" in entry["attempts"][0]["answer"]
        await sns.service.reset("000000000000")
        assert await sns.service.runtime.database.read(deliveries.pending) == []
        assert "TopicArn" not in await sns("ListTopics")


async def test_mobile_push_and_sms(url: str, tmp_path: Path) -> None:
    async with in_process(url, tmp_path) as sns:
        credential = {"Attributes.entry.1.key": "PlatformCredential", "Attributes.entry.1.value": "x"}
        application = (await sns("CreatePlatformApplication", Name="a", Platform="GCM", **credential))[
            "PlatformApplicationArn"
        ][0]
        made = await sns("CreatePlatformEndpoint", PlatformApplicationArn=application, Token="t")
        (endpoint,) = made["EndpointArn"]
        await sns("Publish", TargetArn=endpoint, Message="m")
        enabled = {"Attributes.entry.1.key": "Enabled", "Attributes.entry.1.value": "false"}
        await sns("SetEndpointAttributes", EndpointArn=endpoint, **enabled)
        assert "false" in (await sns("GetEndpointAttributes", EndpointArn=endpoint))["value"]
        await sns("DeletePlatformApplication", PlatformApplicationArn=application)
        for value in ("1", "2"):
            limit = {"attributes.entry.1.key": "MonthlySpendLimit", "attributes.entry.1.value": value}
            await sns("SetSMSAttributes", **limit)
        assert "2" in (await sns("GetSMSAttributes"))["value"]
        await sns("CreateSMSSandboxPhoneNumber", PhoneNumber="+15551112222")
        assert (await sns("ListSMSSandboxPhoneNumbers"))["Status"] == ["Pending"]
        assert (await sns("CheckIfPhoneNumberIsOptedOut", phoneNumber="+15551112222"))["isOptedOut"] == ["false"]


async def test_two_replicas_see_each_others_changes(postgresql_url: str, tmp_path: Path) -> None:
    from awskit.database.migrations import upgrade

    upgrade(postgresql_url, ROOT / "services" / "sns" / "migrations")
    async with in_process(postgresql_url, tmp_path) as one, in_process(postgresql_url, tmp_path) as other:
        topic = f"{_TOPIC}t"
        await one("CreateTopic", Name="t")
        await one("Publish", TopicArn=topic, Message="to nobody")
        await other("Subscribe", TopicArn=topic, Protocol="sms", Endpoint="+15551112222")
        await one("Publish", TopicArn=topic, Message="to one")
        from services.sns.store import deliveries

        sent = await one.service.runtime.database.read(
            lambda transaction: deliveries.in_sink(transaction, "sms", "000000000000")
        )
        assert [content["Message"] for _, _, content, _ in sent] == ["to one"]


async def test_deliveries_to_a_queue(
    url: str, tmp_path: Path, running_service: Callable[[str], Running], unique_name: str
) -> None:
    sqs = running_service("sqs")
    client = sqs.client("sqs")
    name = f"{unique_name}.fifo"
    queue = client.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    async with in_process(url, tmp_path, sqs.url) as sns:
        fifo = {"Attributes.entry.1.key": "FifoTopic", "Attributes.entry.1.value": "true"}
        await sns("CreateTopic", Name="t.fifo", **fifo)
        topic, endpoint = f"{_TOPIC}t.fifo", f"arn:aws:sqs:us-east-1:000000000000:{name}"
        raw = {"Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": "true"}
        await sns("Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=endpoint, **raw)

        async def publish(group: str) -> None:
            for number in range(15):
                parameters = {"MessageGroupId": group, "MessageDeduplicationId": f"{group}{number}"}
                await sns("Publish", TopicArn=topic, Message=str(number), **parameters)

        await asyncio.gather(*(publish(group) for group in "ab"))
        numbers: dict[str, list[int]] = {"a": [], "b": []}
        while sum(map(len, numbers.values())) < 30:
            answer = await asyncio.to_thread(
                client.receive_message,
                QueueUrl=queue,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=5,
                AttributeNames=["MessageGroupId"],
            )
            assert answer.get("Messages")
            for message in answer["Messages"]:
                numbers[message["Attributes"]["MessageGroupId"]].append(int(message["Body"]))
                client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        assert numbers == {"a": list(range(15)), "b": list(range(15))}
    client.close()


async def test_what_was_sent_is_kept_for_two_weeks(tmp_path: Path) -> None:
    from awskit.database.migrations import upgrade
    from services.sns.store import deliveries

    url = f"sqlite:///{tmp_path / 'sns.db'}"
    upgrade(url, ROOT / "services" / "sns" / "migrations")
    for days, kept in ((0, 1), (13, 1), (15, 0)):
        async with in_process(url, tmp_path) as sns:
            if days == 0:
                await sns("Publish", PhoneNumber="+15551112222", Message="m")
        process = InProcess(SnsSettings(data_dir=tmp_path, database_url=url), ManualClock())
        process.clock.advance(days * 86_400)
        await process.service.start()
        database = process.service.runtime.database
        sent = await database.read(lambda transaction: deliveries.in_sink(transaction, "sms", "000000000000"))
        assert len(sent) == kept
        await process.service.stop()
        database.close()
