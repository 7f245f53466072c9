"""A message's way: from S3 or Publish by filters and deliveries into queues, to its receive, delete or dead letter."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.processes import Running
from tests.ruststack.command import refusal, ruststack


def trace(fleet: Running, reference: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fleet.get(f"/_ruststack/trace/{reference}")["trace"]
    return found


def steps(found: list[dict[str, Any]]) -> list[str]:
    return [f"{one.get('operation') or one['event']} {one['resource'].rpartition(':')[2]}" for one in found]


class Stack:
    """A topic, and queues that hear of it, of one account's own."""

    def __init__(self, fleet: Running, account_id: str) -> None:
        self.account_id = account_id
        self.sns, self.sqs = fleet.client("sns", account_id=account_id), fleet.client("sqs", account_id=account_id)
        self.s3 = fleet.client("s3", account_id=account_id)
        self.topic = self.sns.create_topic(Name="news")["TopicArn"]

    def arn(self, queue: str) -> str:
        return f"arn:aws:sqs:us-east-1:{self.account_id}:{queue}"

    def queue(self, name: str, policy: Any = None, scope: str = "MessageAttributes", **attributes: str) -> str:
        url: str = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        given = {} if policy is None else {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope}
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self.arn(name), Attributes=given)
        return url


@pytest.fixture
def stack(fleet: Running, account_id: str) -> Stack:
    return Stack(fleet, account_id)


def test_a_message_is_followed_from_its_publish_to_its_delete(fleet: Running, stack: Stack) -> None:
    queue = stack.queue("reader")
    stack.queue("other", {"colour": ["red", {"prefix": "b"}]})
    stack.queue("deep", {"order": {"total": [{"numeric": [">", 100]}]}}, "MessageBody")
    colour = {"colour": {"DataType": "String", "StringValue": "green"}}
    body = json.dumps({"order": {"total": 7}})
    published = stack.sns.publish(TopicArn=stack.topic, Message=body, MessageAttributes=colour)
    (message,) = stack.sqs.receive_message(QueueUrl=queue)["Messages"]
    handle = message["ReceiptHandle"]
    stack.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=60)
    stack.sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    expected = trace(fleet, published["MessageId"])
    way = steps(expected)
    assert way[0] == "Publish news"
    assert way[-4:] == [
        "arrival reader",
        "ReceiveMessage reader",
        "ChangeMessageVisibility reader",
        "DeleteMessage reader",
    ]
    texts = [one["text"] for one in expected if one.get("event") == "filtered out"]
    assert texts == [
        '"colour":["red",{"prefix":"b"}] does not hold: the message has "green"',
        '"order":{"total":[{"numeric":[">",100]}]} does not hold: the message has {"total":7}',
    ]
    for reference in (published["ResponseMetadata"]["RequestId"], message["MessageId"]):
        assert steps(trace(fleet, reference)) == way


def test_a_trace_header_runs_through_an_s3_event(fleet: Running, stack: Stack) -> None:
    bucket = f"events-{stack.account_id}"
    queue = stack.queue("reader")
    stack.s3.create_bucket(Bucket=bucket)
    topic = {"TopicArn": stack.topic, "Events": ["s3:ObjectCreated:*"]}
    stack.s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [topic]}
    )
    root = f"Root=1-67891233-{stack.account_id}abcdef012345"

    def add_header(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = f"{root};Sampled=1"

    stack.s3.meta.events.register("before-send.s3", add_header)
    put = stack.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    bodies: list[str] = []  # S3 tells of itself first
    while not any("ObjectCreated" in body for body in bodies):
        found = stack.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in found["Messages"]]
    way = steps(trace(fleet, root))
    assert way[0] == f"PutObject {bucket}/k"
    assert {"Publish news", "event news", "arrival reader", "ReceiveMessage reader"} <= set(way)
    assert steps(trace(fleet, put["ResponseMetadata"]["RequestId"])) == way


def test_a_dead_letter_and_its_redrive_are_told(own_fleet: Running) -> None:
    stack = Stack(own_fleet, "000000000000")
    stack.sqs.create_queue(QueueName="dead")
    redrive = json.dumps({"deadLetterTargetArn": stack.arn("dead"), "maxReceiveCount": 1})
    queue = stack.queue("reader", VisibilityTimeout="0", RedrivePolicy=redrive)
    sent = stack.sqs.send_message(QueueUrl=queue, MessageBody="x")["MessageId"]
    stack.sqs.receive_message(QueueUrl=queue)
    assert "Messages" not in stack.sqs.receive_message(QueueUrl=queue)
    stack.sqs.start_message_move_task(SourceArn=stack.arn("dead"))
    stack.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)
    way = steps(trace(own_fleet, sent))
    assert way[:3] == ["SendMessage reader", "ReceiveMessage reader", "dead letter dead"]
    assert "redrive reader" in way


def test_each_try_at_an_endpoint_is_told_with_its_answer(fleet: Running, stack: Stack) -> None:
    stack.sns.subscribe(TopicArn=stack.topic, Protocol="http", Endpoint="http://127.0.0.1:1/nobody")
    subscription = stack.sns.list_subscriptions_by_topic(TopicArn=stack.topic)["Subscriptions"][0]
    assert subscription["SubscriptionArn"] == "PendingConfirmation"
    queue = stack.queue("reader")
    published = stack.sns.publish(TopicArn=stack.topic, Message="x")["MessageId"]
    stack.sqs.delete_queue(QueueUrl=queue)
    gone = stack.sns.publish(TopicArn=stack.topic, Message="y")["MessageId"]
    assert "arrival reader" in steps(trace(fleet, published))
    texts = [one["text"] for one in trace(fleet, gone) if one.get("event") == "delivery"]
    assert any("given up" in text for text in texts), texts


def test_the_command_shows_it_a_line_each(fleet: Running, stack: Stack) -> None:
    stack.queue("reader", {"colour": ["red"]})
    published = stack.sns.publish(TopicArn=stack.topic, Message="x")["MessageId"]
    first, second = ruststack("trace", published, "--endpoint-url", fleet.url).stdout.splitlines()
    assert " sns      Publish news -> 200 in " in first
    assert "  filtered out: " in second
    assert second.endswith(": the message has no attributes")
    assert refusal("trace", "nothing", "--endpoint-url", fleet.url).endswith("nothing is remembered of nothing")
    with pytest.raises(HTTPError):
        trace(fleet, "nothing")
