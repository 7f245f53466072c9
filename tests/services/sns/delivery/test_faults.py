"""A fan-out that loses nothing: SQS killed, SNS killed, the fleet restarted, while messages are published."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.processes import ACCOUNT_ID, Running
from tests.services.sns.conftest import Queue, finished_deliveries

# `RUSTSTACK_FAULT_MESSAGES=10000 pytest tests/services/sns/delivery/test_faults.py` is the full measure: some minutes.
MESSAGES = int(os.environ.get("RUSTSTACK_FAULT_MESSAGES", "800"))
STANDARD_QUEUES = ("one", "two")
GROUPS = 4


def queue_of(fleet: Running, name: str, **attributes: str) -> Queue:
    client = fleet.client("sqs")
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return Queue(client, url, f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{name}")


def subscribed(fleet: Running, topic: str, queue: Queue) -> None:
    fleet.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"}
    )


def drained(queue: Queue, count: int, seconds: float = 300) -> list[dict[str, Any]]:
    """At least `count` messages of the queue, in order; then nothing more may be there."""
    messages: list[dict[str, Any]] = []
    deadline = time.monotonic() + seconds
    while len(messages) < count:
        assert time.monotonic() < deadline, f"{len(messages)} of {count} messages came to {queue.arn}"
        messages += queue.receive(wait=1)
    return messages + queue.receive(wait=1)


def publish_all(fleet: Running, topic: str, numbers: Iterable[int], *, fifo: bool) -> None:
    """Publish the numbers ten at a time, each group's in order."""
    client = fleet.client("sns")
    entries: list[dict[str, Any]] = []
    for number in numbers:
        entry = {"Id": str(number), "Message": str(number)}
        if fifo:
            entry |= {"MessageGroupId": f"g{number % GROUPS}", "MessageDeduplicationId": str(number)}
        entries.append(entry)
    for start in range(0, len(entries), 10):
        answer = client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries[start : start + 10])
        assert not answer["Failed"]


def kill(fleet: Running, service: str) -> None:
    os.kill(fleet.service_pids()[service], signal.SIGKILL)


def assert_in_order(messages: list[dict[str, Any]], count: int) -> None:
    """Each number once, each group's in order."""
    by_group: dict[str, list[int]] = {}
    for message in messages:
        by_group.setdefault(message["Attributes"]["MessageGroupId"], []).append(int(message["Body"]))
    for group, numbers in by_group.items():
        assert numbers == list(range(int(group[1:]), count, GROUPS))
    assert len(messages) == count


@pytest.mark.timeout(900)
def test_sqs_is_killed_while_a_topic_with_three_queues_is_published_to(own_fleet: Running) -> None:
    count = MESSAGES
    client = own_fleet.client("sns")
    standard = client.create_topic(Name="t")["TopicArn"]
    ordered = client.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queues = [queue_of(own_fleet, name) for name in STANDARD_QUEUES]
    fifo_queue = queue_of(own_fleet, "three.fifo", FifoQueue="true")
    for queue in queues:
        subscribed(own_fleet, standard, queue)
    subscribed(own_fleet, ordered, fifo_queue)
    with ThreadPoolExecutor(4) as threads:
        publishing = [
            threads.submit(publish_all, own_fleet, standard, range(count // 2), fifo=False),
            threads.submit(publish_all, own_fleet, standard, range(count // 2, count), fifo=False),
            threads.submit(publish_all, own_fleet, ordered, range(count), fifo=True),
        ]
        for _ in range(3):
            time.sleep(0.5)
            kill(own_fleet, "sqs")
            while not own_fleet.is_healthy():
                time.sleep(0.02)
        for published in publishing:
            published.result()
    for queue in queues:
        assert {int(message["Body"]) for message in drained(queue, count)} == set(range(count))
    assert_in_order(drained(fifo_queue, count), count)
    assert finished_deliveries(own_fleet) == []


def test_sns_is_killed_right_after_acknowledging(own_fleet: Running) -> None:
    count = 60
    client = own_fleet.client("sns")
    topic = client.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queue = queue_of(own_fleet, "q.fifo", FifoQueue="true")
    subscribed(own_fleet, topic, queue)
    for start in range(0, count, 20):
        # The SQS service stands still: what is acknowledged is nowhere but in SNS's outbox when SNS is killed.
        pids = own_fleet.service_pids()
        os.kill(pids["sqs"], signal.SIGSTOP)
        publish_all(own_fleet, topic, range(start, start + 20), fifo=True)
        os.kill(pids["sns"], signal.SIGKILL)
        os.kill(pids["sqs"], signal.SIGCONT)
        while not own_fleet.is_healthy():
            time.sleep(0.02)
    assert_in_order(drained(queue, count), count)


def test_the_fleet_is_restarted_between_publisher_and_consumer(own_fleet: Running) -> None:
    client = own_fleet.client("sns")
    topic = client.create_topic(Name="t")["TopicArn"]
    queue = queue_of(own_fleet, "q")
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    client.publish(TopicArn=topic, Message="before")
    own_fleet.restart()
    assert queue.receive_notification()["Message"] == "before"
    client.publish(TopicArn=topic, Message="after")
    notification = queue.receive_notification()
    assert notification["Message"] == "after"
    assert json.dumps(notification["TopicArn"]) == json.dumps(topic)
