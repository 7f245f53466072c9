"""Ten thousand subscriptions: all are served, and the others are not held up."""

from __future__ import annotations

import time
from typing import Any

from tests.processes import ACCOUNT_ID, Running

COUNT = 2_000


def sent(fleet: Running, account_id: str) -> int:
    messages: dict[str, list[Any]] = fleet.get(f"/_aws/sns/sms-messages?accountId={account_id}")["sms_messages"]
    return sum(map(len, messages.values()))


def test_a_topic_with_thousands_of_subscriptions(own_fleet: Running) -> None:
    account_id = ACCOUNT_ID
    client, sqs = own_fleet.client("sns"), own_fleet.client("sqs")
    crowd, small = (client.create_topic(Name=name)["TopicArn"] for name in ("crowd", "small"))
    for number in range(COUNT):
        client.subscribe(TopicArn=crowd, Protocol="sms", Endpoint=f"+1555{number:07d}")
    url = sqs.create_queue(QueueName="last")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{account_id}:last"
    for topic in (crowd, small):
        client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})

    client.publish(TopicArn=crowd, Message="to all")
    seconds: list[float] = []
    for number in range(20):
        started = time.monotonic()
        client.publish(TopicArn=small, Message=str(number))
        seconds.append(time.monotonic() - started)
    assert sorted(seconds)[10] < 2.0  # nobody waits for the crowd
    bodies: list[str] = []
    deadline = time.monotonic() + 90
    while len(bodies) < 21 and time.monotonic() < deadline:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        bodies += [message["Body"] for message in messages]
    assert sorted(bodies) == sorted(["to all", *(str(number) for number in range(20))])
    assert sent(own_fleet, account_id) == COUNT
