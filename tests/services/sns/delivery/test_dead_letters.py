"""Deliveries to queues that fail: dead-letter queues, and what is shown of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.processes import Running
from tests.services.sns.conftest import finished_deliveries

Make = Callable[..., Any]


def test_a_message_to_a_queue_that_is_gone_is_dead_lettered(
    fleet: Running, sns_client: Any, sqs_client: Any, make_topic: Make, make_queue: Make, subscribe: Make
) -> None:
    topic, gone, dead = make_topic(), make_queue(), make_queue()
    subscribe(topic, gone, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
    sqs_client.delete_queue(QueueUrl=gone.url)
    sns_client.publish(TopicArn=topic, Message="hello")
    # It is there when Publish has answered: nobody has to wait for it.
    (letter,) = dead.receive(wait=0)
    assert json.loads(letter["Body"])["Message"] == "hello"
    (entry,) = finished_deliveries(fleet, topic)
    assert (entry["status"], entry["destination"]) == ("dead-lettered", gone.arn)
    assert "NonExistentQueue" in entry["attempts"][0]["answer"] or "QueueDoesNotExist" in entry["attempts"][0]["answer"]


def test_without_a_dead_letter_queue_it_is_dropped(
    fleet: Running, sns_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, sqs_client: Any
) -> None:
    topic, gone, there = make_topic(), make_queue(), make_queue()
    subscription = subscribe(topic, gone)
    subscribe(topic, there)
    sqs_client.delete_queue(QueueUrl=gone.url)
    sns_client.publish(TopicArn=topic, Message="hello")
    assert there.receive_notification()["Message"] == "hello"
    (entry,) = finished_deliveries(fleet, topic)
    assert (entry["status"], entry["subscriptionArn"]) == ("failed", subscription)


def test_fifo_dead_letters(
    sns_client: Any, sqs_client: Any, make_topic: Make, make_queue: Make, subscribe: Make, refused: Callable[..., str]
) -> None:
    topic = make_topic(FifoTopic="true")
    gone, dead, standard = make_queue(FifoQueue="true"), make_queue(FifoQueue="true"), make_queue()
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": standard.arn})}
    text = refused("subscribe", TopicArn=topic, Protocol="sqs", Endpoint=gone.arn, Attributes=attributes)
    assert "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic" in text
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribe(topic, gone, RawMessageDelivery="true", RedrivePolicy=redrive)
    sqs_client.delete_queue(QueueUrl=gone.url)
    for number in range(5):
        sns_client.publish(TopicArn=topic, Message=str(number), MessageGroupId="g", MessageDeduplicationId=str(number))
    bodies: list[str] = []
    while len(bodies) < 5:
        messages = dead.receive()
        assert messages
        bodies += [message["Body"] for message in messages]
    assert bodies == ["0", "1", "2", "3", "4"]
