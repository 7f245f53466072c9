"""What SNS's tests share: topics with queues, on the fleet of this test process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_fleet

_SERVICES = ("--services", "sqs,sns")
_DELIVERIES = "/_aws/sns/deliveries"


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """SNS and the SQS it delivers to, shared by SNS's tests."""
    with running_fleet(tmp_path_factory.mktemp("sns-fleet"), *_SERVICES) as running:
        yield running


@pytest.fixture
def own_fleet(tmp_path: Path) -> Iterator[Running]:
    """The same for one test alone, to stop, kill or move the clock of."""
    with running_fleet(tmp_path / "fleet", *_SERVICES) as running:
        yield running


@pytest.fixture(scope="session")
def sns_client(fleet: Running) -> Iterator[Any]:
    client = fleet.client("sns")
    yield client
    client.close()


@pytest.fixture(scope="session")
def sqs_client(fleet: Running) -> Iterator[Any]:
    client = fleet.client("sqs")
    yield client
    client.close()


@dataclass
class Queue:
    """A queue of the test's own."""

    client: Any
    url: str
    arn: str

    def receive(self, wait: int = 5) -> list[dict[str, Any]]:
        """Up to ten messages; they are deleted."""
        answer = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        entries = [{"Id": str(n), "ReceiptHandle": entry["ReceiptHandle"]} for n, entry in enumerate(messages)]
        if entries:
            self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)
        return messages

    def receive_one(self) -> dict[str, Any]:
        (message,) = self.receive()
        return message

    def receive_notification(self) -> dict[str, Any]:
        notification: dict[str, Any] = json.loads(self.receive_one()["Body"])
        return notification

    def is_empty(self) -> bool:
        return not self.receive(wait=0)


@pytest.fixture
def make_topic(sns_client: Any, unique_name: str) -> Callable[..., str]:
    """`make_topic(FifoTopic="true")`: the ARN of a new topic."""
    made: list[str] = []

    def make(**attributes: str) -> str:
        suffix = ".fifo" if attributes.get("FifoTopic") == "true" else ""
        name = f"{unique_name}-{len(made)}{suffix}"
        made.append(sns_client.create_topic(Name=name, Attributes=attributes)["TopicArn"])
        return made[-1]

    return make


@pytest.fixture
def make_queue(sqs_client: Any, unique_name: str) -> Callable[..., Queue]:
    """`make_queue(FifoQueue="true")`: a new queue."""
    made: list[Queue] = []

    def make(**attributes: str) -> Queue:
        suffix = ".fifo" if attributes.get("FifoQueue") == "true" else ""
        name = f"{unique_name}-{len(made)}{suffix}"
        url = sqs_client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = sqs_client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        made.append(Queue(sqs_client, url, arn))
        return made[-1]

    return make


@pytest.fixture
def subscribe(sns_client: Any) -> Callable[..., str]:
    """`subscribe(topic, queue, RawMessageDelivery="true")`: the subscription's ARN."""

    def make(topic: str, queue: Queue, **attributes: str) -> str:
        arn: str = sns_client.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=attributes, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        return arn

    return make


@pytest.fixture
def refused(sns_client: Any) -> Callable[..., str]:
    """`refused("publish", TopicArn=...)`: `Code: Message` of the error that the call ends in."""

    def call(operation: str, **parameters: Any) -> str:
        with pytest.raises(sns_client.exceptions.ClientError) as caught:
            getattr(sns_client, operation)(**parameters)
        error = caught.value.response["Error"]
        return f"{error['Code']}: {error['Message']}"

    return call


def finished_deliveries(fleet: Running, topic: str = "") -> list[dict[str, Any]]:
    """The deliveries (of `topic`) that the service shows once none of them is pending."""
    deadline = time.monotonic() + 10
    while True:
        found: list[dict[str, Any]] = fleet.get(f"/_aws/sns/deliveries?topicArn={topic}" if topic else _DELIVERIES)[
            "deliveries"
        ]
        if all(entry["status"] != "pending" for entry in found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
