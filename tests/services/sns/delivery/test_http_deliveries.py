"""HTTP subscriptions, with a real receiver: handshake, signatures, retries against the clock, dead letters."""

from __future__ import annotations

import itertools
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from tests.processes import Running, running_fleet
from tests.services.sns.conftest import Queue, finished_deliveries
from tests.services.sns.delivery.receiver import Receiver, running_receiver, verify

Make = Callable[..., Any]

TRACE_ID = "x-amzn-trace-id"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


def confirmed(sns_client: Any, topic: str, receiver: Receiver, **attributes: str) -> str:
    """The ARN of a subscription of the receiver, which has confirmed it and forgotten the handshake."""
    arn: str = sns_client.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=receiver.url, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    (question,) = receiver.wait_for(1)
    sns_client.confirm_subscription(TopicArn=topic, Token=question.document["Token"])
    receiver.posts.clear()
    return arn


def test_the_handshake(sns_client: Any, make_topic: Make, receiver: Receiver) -> None:
    topic = make_topic()
    answer = sns_client.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    (post,) = receiver.wait_for(1)
    assert post.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert post.headers["x-amz-sns-topic-arn"] == topic
    assert post.headers["content-type"] == "text/plain; charset=UTF-8"
    assert post.headers["user-agent"] == "Amazon Simple Notification Service Agent"
    assert "x-amz-sns-subscription-arn" not in post.headers
    question = post.document
    assert post.headers["x-amz-sns-message-id"] == question["MessageId"]
    assert list(question) == [
        *("Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion"),
        *("Signature", "SigningCertURL"),
    ]
    assert question["Message"] == (
        f"You have chosen to subscribe to the topic {topic}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    verify(question)
    sns_client.publish(TopicArn=topic, Message="too early")
    with urllib.request.urlopen(question["SubscribeURL"]) as page:
        assert b"<ConfirmSubscriptionResult>" in page.read()
    sns_client.publish(TopicArn=topic, Message="hello")
    assert receiver.wait_for(2)[1].document["Message"] == "hello"


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_notification_is_signed(sns_client: Any, make_topic: Make, receiver: Receiver, version: str) -> None:
    topic = make_topic()
    sns_client.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue=version)
    subscription = confirmed(sns_client, topic, receiver)
    sns_client.publish(TopicArn=topic, Message="héllo\n", Subject="subject")
    sns_client.publish(TopicArn=topic, Message="no subject")
    for post in receiver.wait_for(2):
        assert post.headers["x-amz-sns-message-type"] == "Notification"
        assert post.headers["x-amz-sns-subscription-arn"] == subscription
        assert post.document["SignatureVersion"] == version
        verify(post.document)
        with pytest.raises(InvalidSignature):
            verify({**post.document, "Message": "forged"})


def test_raw_delivery(sns_client: Any, make_topic: Make, receiver: Receiver) -> None:
    topic = make_topic()
    confirmed(sns_client, topic, receiver, RawMessageDelivery="true")
    sns_client.publish(TopicArn=topic, Message="as it is", Subject="gone")
    (post,) = receiver.wait_for(1)
    assert post.body == "as it is"
    assert post.headers["x-amz-sns-rawdelivery"] == "true"


def test_a_trace_header_is_passed_on(
    fleet: Running, make_topic: Make, make_queue: Make, subscribe: Make, receiver: Receiver
) -> None:
    topic, queue, trace = make_topic(), make_queue(), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    client = fleet.client("sns")
    subscribe(topic, queue)
    confirmed(client, topic, receiver)
    client.meta.events.register("before-call.sns", lambda params, **_: params["headers"].update({TRACE_ID: trace}))
    client.publish(TopicArn=topic, Message="hello")
    client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "world"}])
    assert [message["Attributes"]["AWSTraceHeader"] for message in queue.receive()] == [trace, trace]
    assert [post.headers[TRACE_ID] for post in receiver.wait_for(2)] == [trace, trace]


def test_the_content_type_of_the_delivery_policy(sns_client: Any, make_topic: Make, receiver: Receiver) -> None:
    topic = make_topic()
    policy = json.dumps({"requestPolicy": {"headerContentType": "application/json"}})
    confirmed(sns_client, topic, receiver, DeliveryPolicy=policy)
    sns_client.publish(TopicArn=topic, Message="hello")
    assert receiver.wait_for(1)[0].headers["content-type"] == "application/json"


def test_unsubscribing_is_told_and_can_be_taken_back(sns_client: Any, make_topic: Make, receiver: Receiver) -> None:
    topic = make_topic()
    subscription = confirmed(sns_client, topic, receiver)
    sns_client.unsubscribe(SubscriptionArn=subscription)
    (post,) = receiver.wait_for(1)
    assert post.headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation"
    assert post.headers["x-amz-sns-subscription-arn"] == subscription
    assert post.document["Message"].startswith(f"You have chosen to deactivate subscription {subscription}.\n")
    verify(post.document)
    sns_client.publish(TopicArn=topic, Message="gone")
    with urllib.request.urlopen(post.document["SubscribeURL"]) as page:
        assert subscription.encode() in page.read()
    sns_client.publish(TopicArn=topic, Message="back")
    assert receiver.wait_for(2)[1].document["Message"] == "back"


def next_attempt(fleet: Running, tries: int, other_than: str) -> str:
    """When the only delivery is tried again, once the service has noted that `tries` have failed."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        (entry,) = fleet.get("/_aws/sns/deliveries")["deliveries"]
        if len(entry["attempts"]) == tries and entry["nextAttemptAt"] != other_than:
            moment: str = entry["nextAttemptAt"]
            return moment
        time.sleep(0.01)
    raise AssertionError(f"{tries} tries were not noted")


RETRIES = {
    "minDelayTarget": 100,
    "maxDelayTarget": 400,
    "numRetries": 6,
    "numNoDelayRetries": 1,
    "numMinDelayRetries": 1,
    "numMaxDelayRetries": 1,
    "backoffFunction": "linear",
}


def test_retries_follow_the_delivery_policy_and_end_in_the_dead_letter_queue(
    own_fleet: Running, receiver: Receiver
) -> None:
    sns_client, sqs_client = own_fleet.client("sns"), own_fleet.client("sqs")
    topic = sns_client.create_topic(Name="t")["TopicArn"]
    url = sqs_client.create_queue(QueueName="dead")["QueueUrl"]
    dead = Queue(sqs_client, url, "arn:aws:sqs:us-east-1:000000000000:dead")
    subscription = confirmed(
        sns_client,
        topic,
        receiver,
        DeliveryPolicy=json.dumps({"healthyRetryPolicy": RETRIES}),
        RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}),
    )
    receiver.status = 503
    message_id = sns_client.publish(TopicArn=topic, Message="hello")["MessageId"]
    # the first try and the one retry without delay
    receiver.wait_for(2)
    # then: minimum delay; back-off from the minimum to the maximum; maximum delay
    next_attempt_at = ""
    for tries, delay in enumerate((100, 100, 250, 400, 400), start=3):
        next_attempt_at = next_attempt(own_fleet, tries - 1, next_attempt_at)
        own_fleet.advance_clock(delay - 60)
        assert receiver.stays_at(tries - 1)
        own_fleet.advance_clock(60)
        receiver.wait_for(tries)
    letter = json.loads(dead.receive_one()["Body"])
    assert (letter["Message"], letter["MessageId"]) == ("hello", message_id)
    own_fleet.advance_clock(3600)
    assert receiver.stays_at(7)
    assert {post.headers["x-amz-sns-message-id"] for post in receiver.posts} == {message_id}
    (entry,) = finished_deliveries(own_fleet)
    assert (entry["status"], entry["subscriptionArn"]) == ("dead-lettered", subscription)
    assert [(attempt["statusCode"], attempt["answer"]) for attempt in entry["attempts"]] == [(503, "not now")] * 7


def test_a_pending_delivery_shows_and_goes_when_it_succeeds(own_fleet: Running, receiver: Receiver) -> None:
    sns_client = own_fleet.client("sns")
    topic = sns_client.create_topic(Name="t")["TopicArn"]
    confirmed(sns_client, topic, receiver)
    receiver.status = 500
    sns_client.publish(TopicArn=topic, Message="hello")
    receiver.wait_for(1)
    receiver.status = 200
    next_attempt(own_fleet, 1, "")
    (entry,) = own_fleet.get(f"/_aws/sns/deliveries?topicArn={topic}")["deliveries"]
    assert (entry["status"], entry["destination"], len(entry["attempts"])) == ("pending", receiver.url, 1)
    own_fleet.restart()
    own_fleet.advance_clock(20)
    receiver.wait_for(2)
    assert receiver.stays_at(2)
    assert finished_deliveries(own_fleet) == []


def test_a_client_side_error_is_not_tried_again(
    fleet: Running, sns_client: Any, make_topic: Make, make_queue: Make, receiver: Receiver
) -> None:
    topic, dead = make_topic(), make_queue()
    confirmed(sns_client, topic, receiver, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn}))
    receiver.status = 404
    sns_client.publish(TopicArn=topic, Message="hello")
    assert dead.receive_notification()["Message"] == "hello"
    assert receiver.stays_at(1)
    (entry,) = finished_deliveries(fleet, topic)
    assert (entry["status"], entry["attempts"][0]["statusCode"]) == ("dead-lettered", 404)


def test_a_throttled_receiver(sns_client: Any, make_topic: Make, receiver: Receiver) -> None:
    topic = make_topic()
    confirmed(sns_client, topic, receiver, DeliveryPolicy='{"throttlePolicy": {"maxReceivesPerSecond": 10}}')
    entries = [{"Id": str(number), "Message": str(number)} for number in range(8)]
    started = time.monotonic()
    sns_client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    receiver.wait_for(8)
    assert time.monotonic() - started > 0.6


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain; charset=no-such-one"},
        {"Content-Type": "text/plain; charset=idna"},
        {"Content-Encoding": "gzip"},
    ],
)
def test_an_answer_is_taken_however_it_is_encoded(
    sns_client: Any, make_topic: Make, receiver: Receiver, fleet: Running, headers: dict[str, str]
) -> None:
    topic = make_topic()
    confirmed(sns_client, topic, receiver)
    receiver.headers = headers
    sns_client.publish(TopicArn=topic, Message="hello")
    receiver.wait_for(1)
    assert finished_deliveries(fleet, topic) == []
    receiver.status = 404
    sns_client.publish(TopicArn=topic, Message="again")
    (failed,) = finished_deliveries(fleet, topic)
    assert (failed["status"], failed["attempts"][0]["statusCode"]) == ("failed", 404)
    assert len(receiver.posts) == 2


def test_an_answer_without_an_end_is_read_as_far_as_it_is_of_use(
    sns_client: Any, make_topic: Make, receiver: Receiver, fleet: Running
) -> None:
    topic = make_topic()
    confirmed(sns_client, topic, receiver)
    receiver.pieces = lambda: itertools.repeat(b"x" * 65_536)
    sns_client.publish(TopicArn=topic, Message="hello")
    receiver.wait_for(1)
    assert finished_deliveries(fleet, topic) == []


def test_an_endpoint_that_answers_a_byte_at_a_time_has_no_longer_than_others(tmp_path: Path) -> None:
    environment = {"RUSTSTACK_SNS_HTTP_TIMEOUT": "0.5"}
    with (
        running_receiver() as receiver,
        running_fleet(tmp_path / "fleet", "--services", "sqs,sns", environment=environment) as fleet,
    ):
        sns = fleet.client("sns")
        topic = sns.create_topic(Name="t")["TopicArn"]
        confirmed(sns, topic, receiver)
        go_on = threading.Event()

        def drip() -> Iterator[bytes]:
            while not go_on.wait(0.1):
                yield b"x"

        receiver.pieces = drip
        sns.publish(TopicArn=topic, Message="hello")
        receiver.wait_for(1)
        deadline = time.monotonic() + 10
        while not (shown := fleet.get(f"/_aws/sns/deliveries?topicArn={topic}")["deliveries"])[0]["attempts"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        go_on.set()
        assert shown[0]["attempts"][0]["answer"] == "no answer within 0.5 seconds"
