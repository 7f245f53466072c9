"""Queues of other regions and accounts that are subscribed to a topic."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes import Running

Make = Callable[..., Any]


def receive(sqs: Any, url: str) -> Any:
    """The next message's envelope; it is gone then."""
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


@pytest.mark.parametrize("account_id", ["000000000000", "222233334444"], ids=["own", "another account's"])
def test_a_queue_of_another_region(
    fleet: Running, sns_client: Any, make_topic: Make, unique_name: str, account_id: str
) -> None:
    topic = make_topic()
    sqs = fleet.client("sqs", account_id=account_id, region_name="eu-west-1")
    url = sqs.create_queue(QueueName=unique_name)["QueueUrl"]
    arn = f"arn:aws:sqs:eu-west-1:{account_id}:{unique_name}"
    subscribed = sns_client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    if account_id != "000000000000":
        assert subscribed == "pending confirmation"
        token = receive(sqs, url)["Token"]
        sns_client.confirm_subscription(TopicArn=topic, Token=token)
    sns_client.publish(TopicArn=topic, Message="hello")
    assert receive(sqs, url)["Message"] == "hello"
    elsewhere = fleet.client("sqs", account_id=account_id)
    assert url not in elsewhere.list_queues(QueueNamePrefix=unique_name).get("QueueUrls", [])


def test_a_queue_of_another_partition(make_topic: Make, refused: Callable[..., Any], unique_name: str) -> None:
    endpoint = f"arn:aws-cn:sqs:cn-north-1:000000000000:{unique_name}"
    given = {"TopicArn": make_topic(), "Protocol": "sqs", "Endpoint": endpoint}
    assert refused("subscribe", **given) == "InvalidParameter: Invalid parameter: SQS endpoint ARN"
