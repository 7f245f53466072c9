"""Deliveries to Lambda and Firehose, which another emulator stands in for: what it is asked, and what comes of it."""

from __future__ import annotations

import base64
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_fleet
from tests.stand_in import Asked, StandIn, accepted, stand_in
from tests.waiting import wait_until

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:worker"
STREAM = "arn:aws:firehose:us-east-1:111122223333:deliverystream/archive"
ROLE = "arn:aws:iam::111122223333:role/firehose"


@pytest.fixture(scope="module")
def emulator() -> Iterator[StandIn]:
    with stand_in(accepted()) as made:
        yield made


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, emulator: StandIn) -> Iterator[Running]:
    """A fleet whose Lambda and Firehose are elsewhere."""
    folder = tmp_path_factory.mktemp("fleet")
    environment = {"RUSTSTACK_FALLBACK_URL": f"lambda={emulator.url},firehose={emulator.url}"}
    with running_fleet(folder, "--services", "sns,sqs", environment=environment) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_it_was(emulator: StandIn) -> Iterator[None]:
    yield
    emulator.answer = accepted()
    emulator.asked.clear()


def subscribed(fleet: Running, name: str, protocol: str, endpoint: str, **attributes: str) -> tuple[Any, str, str]:
    """A client, a topic and a subscription to it."""
    sns = fleet.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    return sns, topic, subscription["SubscriptionArn"]


def letters(fleet: Running, name: str) -> tuple[str, Any]:
    """A queue's ARN, and what reads the bodies of what is in it."""
    sqs = fleet.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def bodies() -> list[str]:
        return [one["Body"] for one in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])]

    return arn, bodies


def test_a_function_is_invoked_with_the_event(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    sns, topic, subscription = subscribed(fleet, unique_name, "lambda", f"{FUNCTION}:live")
    attributes = {"n": {"DataType": "Number", "StringValue": "7"}}
    published = sns.publish(TopicArn=topic, Message="héllo", Subject="s", MessageAttributes=attributes)
    wait_until(lambda: bool(emulator.asked))
    (asked,) = emulator.asked
    assert asked.path == "/2015-03-31/functions/worker/invocations?Qualifier=live"
    assert asked.scope == ("111122223333", "us-east-1", "lambda")
    assert asked.headers["x-amz-invocation-type"] == "Event"
    (record,) = asked.content["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"] == subscription
    notification = record["Sns"]
    assert (notification["Message"], notification["Subject"]) == ("héllo", "s")
    assert (notification["MessageId"], notification["TopicArn"]) == (published["MessageId"], topic)
    assert notification["MessageAttributes"] == {"n": {"Type": "String", "Value": "7"}}
    assert fleet.get(f"/_aws/sns/lambda-messages?endpoint={FUNCTION}:live&accountId=111122223333")[
        "lambda_messages"
    ] == {f"{FUNCTION}:live": []}


@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_delivery_stream_gets_a_record(fleet: Running, emulator: StandIn, unique_name: str, raw: str) -> None:
    attributes = {"SubscriptionRoleArn": ROLE, "RawMessageDelivery": raw}
    sns, topic, _ = subscribed(fleet, unique_name, "firehose", STREAM, **attributes)
    sns.publish(TopicArn=topic, Message="text")
    wait_until(lambda: bool(emulator.asked))
    (asked,) = emulator.asked
    assert (asked.path, asked.target) == ("/", "Firehose_20150804.PutRecord")
    assert asked.scope == ("111122223333", "us-east-1", "firehose")
    assert asked.content["DeliveryStreamName"] == "archive"
    data = base64.b64decode(asked.content["Record"]["Data"])
    if raw == "true":
        assert data == b"text"
    else:
        assert data.endswith(b"}\n")
        assert json.loads(data)["Message"] == "text"


def test_a_function_that_is_gone_dead_letters_the_message(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    emulator.answer = accepted(
        404, b'{"Type":"User","Message":"Function not found"}', **{"x-amzn-ErrorType": "ResourceNotFoundException"}
    )
    queue, bodies = letters(fleet, unique_name)
    policy = json.dumps({"deadLetterTargetArn": queue})
    sns, topic, _ = subscribed(fleet, unique_name, "lambda", FUNCTION, RedrivePolicy=policy)
    sns.publish(TopicArn=topic, Message="nobody")
    (body,) = bodies()
    assert json.loads(body)["Message"] == "nobody"
    assert len(emulator.asked) == 1
    (shown,) = fleet.get(f"/_aws/sns/deliveries?topicArn={topic}")["deliveries"]
    assert (shown["status"], shown["destination"]) == ("dead-lettered", FUNCTION)


def test_throttling_and_server_errors_are_tried_again(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    answers = iter(
        [(429, {}, b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}'), (500, {}, b""), (202, {}, b"")]
    )
    emulator.answer = lambda asked: next(answers)
    sns, topic, _ = subscribed(fleet, unique_name, "lambda", FUNCTION)
    sns.publish(TopicArn=topic, Message="again")
    wait_until(lambda: len(emulator.asked) == 3)
    assert len({asked.body for asked in emulator.asked}) == 1
    wait_until(lambda: fleet.get(f"/_aws/sns/deliveries?topicArn={topic}")["deliveries"] == [])


def test_an_emulator_that_only_waits_is_asked_to(fleet: Running, emulator: StandIn, unique_name: str) -> None:
    """As `sam local start-lambda`. A function that fails is called twice more, after a minute and two."""

    def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if asked.headers["x-amz-invocation-type"] != "RequestResponse":
            return 501, {"x-amzn-errortype": "NotImplemented"}, b"{}"
        return 200, {"X-Amz-Function-Error": "Unhandled"}, b'{"errorMessage":"no"}'

    emulator.answer = answer
    queue, bodies = letters(fleet, unique_name)
    policy = json.dumps({"deadLetterTargetArn": queue})
    sns, topic, _ = subscribed(fleet, unique_name, "lambda", FUNCTION, RedrivePolicy=policy)
    sns.publish(TopicArn=topic, Message="fails")
    for calls, seconds in ((1, 61), (2, 121), (3, 0)):
        wait_until(lambda calls=calls: len(emulator.asked) == 2 * calls)  # type: ignore[misc]
        wait_until(
            lambda calls=calls: (
                [  # type: ignore[misc]
                    len(shown["attempts"])
                    for shown in fleet.get(f"/_aws/sns/deliveries?topicArn={topic}")["deliveries"]
                ]
                == [calls]
            )
        )
        if seconds:
            fleet.advance_clock(seconds)
    (body,) = bodies()
    assert json.loads(body)["Message"] == "fails"


def test_messages_outlive_its_absence_and_a_killed_service(tmp_path: Path, unique_name: str) -> None:
    emulator = StandIn(accepted())
    environment = {"RUSTSTACK_FALLBACK_URL": emulator.url}
    with running_fleet(tmp_path / "fleet", "--services", "sns,sqs", environment=environment) as fleet:
        sns, topic, _ = subscribed(fleet, unique_name, "lambda", FUNCTION)
        wanted = {str(number) for number in range(20)}
        for number in sorted(wanted):
            sns.publish(TopicArn=topic, Message=number)
        os.kill(fleet.service_pids()["sns"], signal.SIGKILL)
        emulator.open()
        try:
            wait_until(lambda: {asked.content["Records"][0]["Sns"]["Message"] for asked in emulator.asked} == wanted)
        finally:
            emulator.close()
