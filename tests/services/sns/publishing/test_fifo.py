"""FIFO topics: order, deduplication, sequence numbers, archive and replay."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.processes import Running
from tests.services.sns.conftest import Queue

Make = Callable[..., Any]
Refused = Callable[..., str]


def drained(queue: Queue, count: int) -> list[dict[str, Any]]:
    """The queue's messages in the order they come, at least `count` of them."""
    messages: list[dict[str, Any]] = []
    deadline = time.monotonic() + 20
    while len(messages) < count and time.monotonic() < deadline:
        messages += queue.receive(wait=1)
    return messages


def test_messages_of_a_group_come_in_order(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic = make_topic(FifoTopic="true")
    queues = [make_queue(FifoQueue="true"), make_queue(FifoQueue="true")]
    for queue in queues:
        subscribe(topic, queue, RawMessageDelivery="true")
    numbers = []
    for number in range(30):
        answer = sns_client.publish(
            TopicArn=topic, Message=str(number), MessageGroupId=f"g{number % 2}", MessageDeduplicationId=str(number)
        )
        numbers.append(answer["SequenceNumber"])
    assert numbers == sorted(numbers)
    assert len(numbers[0]) == 20
    for queue in queues:
        messages = drained(queue, 30)
        for group in ("g0", "g1"):
            bodies = [m["Body"] for m in messages if m["Attributes"]["MessageGroupId"] == group]
            assert bodies == [str(number) for number in range(int(group[1]), 30, 2)]


def test_the_envelope_has_the_sequence_number(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(FifoTopic="true", ContentBasedDeduplication="true"), make_queue(FifoQueue="true")
    subscribe(topic, queue)
    answer = sns_client.publish(TopicArn=topic, Message="hello", MessageGroupId="g")
    notification = queue.receive_notification()
    assert notification["SequenceNumber"] == answer["SequenceNumber"]
    assert list(notification) == [
        *("Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL")
    ]


def test_a_batch_is_refused_for_one_message_without_a_group(make_topic: Make, refused: Refused) -> None:
    topic = make_topic(FifoTopic="true")
    with_group = {"Id": "1", "Message": "x", "MessageGroupId": "g"}
    complete = {**with_group, "Id": "2", "MessageDeduplicationId": "d"}
    assert refused(
        "publish_batch", TopicArn=topic, PublishBatchRequestEntries=[complete, {"Id": "1", "Message": "x"}]
    ) == ("InvalidParameter: Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
    assert refused("publish_batch", TopicArn=topic, PublishBatchRequestEntries=[complete, with_group]) == (
        "InvalidParameter: Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
        "MessageDeduplicationId provided explicitly"
    )


def test_a_duplicate_is_accepted_and_not_delivered(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(FifoTopic="true", ContentBasedDeduplication="true"), make_queue(FifoQueue="true")
    subscribe(topic, queue, RawMessageDelivery="true")
    first = sns_client.publish(TopicArn=topic, Message="same", MessageGroupId="a")
    second = sns_client.publish(TopicArn=topic, Message="same", MessageGroupId="b")
    third = sns_client.publish(TopicArn=topic, Message="same", MessageGroupId="a", MessageDeduplicationId="other")
    assert second["MessageId"] == first["MessageId"]
    assert second["SequenceNumber"] == first["SequenceNumber"]
    assert third["MessageId"] != first["MessageId"]
    assert len(drained(queue, 2)) == 2
    assert queue.is_empty()


def test_deduplication_by_group(sns_client: Any, make_topic: Make, refused: Refused) -> None:
    topic = make_topic(FifoTopic="true", FifoThroughputScope="MessageGroup", ContentBasedDeduplication="true")
    first, second = (sns_client.publish(TopicArn=topic, Message="same", MessageGroupId=group) for group in "ab")
    again = sns_client.publish(TopicArn=topic, Message="same", MessageGroupId="a")
    assert again["MessageId"] == first["MessageId"] != second["MessageId"]


def test_what_a_fifo_topic_asks_for(make_topic: Make, refused: Refused) -> None:
    topic = make_topic(FifoTopic="true")
    assert refused("publish", TopicArn=topic, Message="x") == (
        "InvalidParameter: Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    )
    assert refused("publish", TopicArn=topic, Message="x", MessageGroupId="g") == (
        "InvalidParameter: Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
        "MessageDeduplicationId provided explicitly"
    )
    assert refused("subscribe", TopicArn=topic, Protocol="email", Endpoint="me@example.com") == (
        "InvalidParameter: Invalid parameter: Invalid protocol type: email"
    )


def test_a_standard_queue_may_listen_to_a_fifo_topic(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, queue = make_topic(FifoTopic="true"), make_queue()
    subscribe(topic, queue, RawMessageDelivery="true")
    sns_client.publish(TopicArn=topic, Message="hello", MessageGroupId="g", MessageDeduplicationId="d")
    message = queue.receive_one()
    assert message["Body"] == "hello"
    assert "MessageGroupId" not in message["Attributes"]


def test_a_batch_keeps_its_order(sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make) -> None:
    topic, queue = make_topic(FifoTopic="true"), make_queue(FifoQueue="true")
    subscribe(topic, queue, RawMessageDelivery="true")
    for start in (0, 10, 20):
        entries = [
            {"Id": str(n), "Message": str(n), "MessageGroupId": "g", "MessageDeduplicationId": str(n)}
            for n in range(start, start + 10)
        ]
        answer = sns_client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        assert all("SequenceNumber" in entry for entry in answer["Successful"])
    assert [message["Body"] for message in drained(queue, 30)] == [str(number) for number in range(30)]


def test_deduplication_ends_after_five_minutes(own_fleet: Running) -> None:
    client = own_fleet.client("sns")
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic = client.create_topic(Name="t.fifo", Attributes=attributes)["TopicArn"]
    first = client.publish(TopicArn=topic, Message="same", MessageGroupId="g")["MessageId"]
    own_fleet.advance_clock(240)
    assert client.publish(TopicArn=topic, Message="same", MessageGroupId="g")["MessageId"] == first
    own_fleet.advance_clock(61)
    assert client.publish(TopicArn=topic, Message="same", MessageGroupId="g")["MessageId"] != first


def test_an_archive_is_replayed(
    sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, refused: Refused
) -> None:
    topic = make_topic(FifoTopic="true", ArchivePolicy='{"MessageRetentionPeriod": "30"}')
    begin = datetime.now(UTC) - timedelta(minutes=1)
    for number in range(120):
        sns_client.publish(TopicArn=topic, Message=str(number), MessageGroupId="g", MessageDeduplicationId=str(number))
    attributes = sns_client.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["BeginningArchiveTime"] > begin.isoformat()

    queue = make_queue(FifoQueue="true")
    policy = json.dumps({"PointType": "Timestamp", "StartingPoint": begin.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    subscription = subscribe(topic, queue, ReplayPolicy=policy)
    sns_client.publish(TopicArn=topic, Message="new", MessageGroupId="g", MessageDeduplicationId="new")
    notifications = [json.loads(message["Body"]) for message in drained(queue, 121)]
    assert [entry["Message"] for entry in notifications] == [*(str(number) for number in range(120)), "new"]
    assert all(entry.get("Replayed") is True for entry in notifications[:120])
    shown = sns_client.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (shown["ReplayPolicy"], shown["ReplayStatus"]) == (policy, "Completed")
    sns_client.publish(TopicArn=topic, Message="newer", MessageGroupId="g", MessageDeduplicationId="newer")
    assert "Replayed" not in queue.receive_notification()

    assert refused("delete_topic", TopicArn=topic) == (
        "InvalidState: Invalid state: Cannot delete a topic with an ArchivePolicy"
    )
    nothing = {"TopicArn": topic, "AttributeName": "ArchivePolicy", "AttributeValue": ""}
    assert refused("set_topic_attributes", **nothing).startswith("InvalidParameter: Invalid parameter: ArchivePolicy: ")
    sns_client.set_topic_attributes(TopicArn=topic, AttributeName="ArchivePolicy", AttributeValue="{}")
    sns_client.delete_topic(TopicArn=topic)
