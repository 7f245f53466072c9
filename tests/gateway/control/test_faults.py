"""Faults on purpose: what a rule strikes, with what, how often; that clients see it as AWS's; that it is over."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.gateway.servers import running_gateway
from tests.processes import Running, running_service


def ask(running: Running, method: str, body: Any = None, query: str = "") -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{running.url}/_ruststack/faults{query}", data, method=method), timeout=10) as answer:
        return json.loads(answer.read())


def refusal(running: Running, body: Any) -> str:
    with pytest.raises(HTTPError) as refused:
        ask(running, "POST", body)
    assert refused.value.code == 400
    return str(json.loads(refused.value.read())["message"])


def hits(running: Running, rule_id: str) -> int:
    return next(int(rule["hits"]) for rule in ask(running, "GET")["faults"] if rule["id"] == rule_id)


@pytest.fixture
def add(fleet: Running, account_id: str) -> Iterator[Any]:
    """`add(service="sqs", ...)`: a rule for the test's own account; its id. It is gone after the test."""
    ids: list[str] = []

    def added(**rule: Any) -> str:
        (made,) = ask(fleet, "POST", {"account": account_id, **rule})["faults"]
        ids.append(made["id"])
        return ids[-1]

    yield added
    for rule_id in {rule["id"] for rule in ask(fleet, "GET")["faults"]}.intersection(ids):
        ask(fleet, "DELETE", query=f"?id={rule_id}")


def error_of(call: Any, **given: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        call(**given)
    response = refused.value.response
    error = response["Error"]
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def test_each_service_throttles_in_its_own_words(fleet: Running, account_id: str, add: Any) -> None:
    add(throttle=True)
    dynamodb, s3 = fleet.client("dynamodb", account_id=account_id), fleet.client("s3", account_id=account_id)
    sqs, sns = fleet.client("sqs", account_id=account_id), fleet.client("sns", account_id=account_id)
    slow = (400, "ThrottlingException", "Rate of requests exceeds the allowed throughput.")
    assert error_of(dynamodb.list_tables) == slow
    assert error_of(s3.list_buckets) == (503, "SlowDown", "Please reduce your request rate.")
    denied = (400, "RequestThrottled", "The request was denied due to request throttling.")
    assert error_of(sqs.list_queues) == denied
    assert error_of(sns.list_topics)[:2] == (429, "Throttled")


def test_an_sdk_tries_again_and_the_journal_shows_it(fleet: Running, account_id: str, add: Any) -> None:
    config = Config(retries={"mode": "standard", "total_max_attempts": 4})
    dynamodb = fleet.client("dynamodb", account_id=account_id, config=config)
    rule_id = add(service="dynamodb", error="ProvisionedThroughputExceededException", times=2)
    assert dynamodb.list_tables()["ResponseMetadata"]["RetryAttempts"] == 2
    assert hits(fleet, rule_id) == 2
    tries = fleet.get(f"/_ruststack/requests?account={account_id}")["requests"]
    assert [(entry["status"], entry["fault"]) for entry in tries] == [(400, rule_id), (400, rule_id), (200, None)]
    assert tries[0]["error"]["message"].startswith("The level of configured provisioned throughput")


def test_a_rule_strikes_what_it_is_for_alone(fleet: Running, account_id: str, add: Any) -> None:
    sqs = fleet.client("sqs", account_id=account_id)
    one, two = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("orders-1", "other"))
    rule_id = add(service="sqs", operation="Send*", resource="orders-*", region="us-east-1", error="OverLimit")
    sqs.send_message(QueueUrl=two, MessageBody="x")
    sqs.receive_message(QueueUrl=one)
    assert error_of(sqs.send_message, QueueUrl=one, MessageBody="x")[0] == 403
    fleet.client("sqs").list_queues()
    ask(fleet, "DELETE", query=f"?id={rule_id}")
    sqs.send_message(QueueUrl=one, MessageBody="x")


def test_latency(fleet: Running, account_id: str, add: Any) -> None:
    add(service="sns", latency=[0.3, 0.4])
    started = time.monotonic()
    fleet.client("sns", account_id=account_id).list_topics()
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("through", ["gateway", "service"])
def test_a_connection_that_breaks_before_or_after_the_work(
    fleet: Running, account_id: str, add: Any, through: str, tmp_path: Path
) -> None:
    if through == "service":
        with running_service("sqs", tmp_path) as running:
            rule = {"id": "r1", "break": "after", "operation": "CreateQueue"}
            ask(running, "POST", {"version": 1, "faults": [rule]})
            check_breaks(running, account_id)
        return
    s3 = fleet.client("s3", account_id=account_id)
    s3.create_bucket(Bucket=f"broken-{account_id}")
    rule_id = add(service="s3", operation="PutObject", **{"break": "before"})
    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket=f"broken-{account_id}", Key="k", Body=b"x" * 200_000)
    ask(fleet, "DELETE", query=f"?id={rule_id}")
    assert "Contents" not in s3.list_objects_v2(Bucket=f"broken-{account_id}")
    add(service="sqs", operation="CreateQueue", **{"break": "after"})
    check_breaks(fleet, account_id)


def check_breaks(running: Running, account_id: str) -> None:
    sqs = running.client("sqs", account_id=account_id)
    with pytest.raises(ConnectionClosedError):
        sqs.create_queue(QueueName="made")
    assert sqs.get_queue_url(QueueName="made")["QueueUrl"].endswith("/made")
    (told,) = running.get(f"/_ruststack/requests?account={account_id}&operation=CreateQueue")["requests"]
    assert (told["status"], told["error"]["code"]) == (499, "ConnectionBroken")
    assert told["fault"] is not None


def test_deliveries_come_twice_or_late(own_fleet: Running) -> None:
    sns, sqs = own_fleet.client("sns"), own_fleet.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    queue = sqs.create_queue(QueueName="reader")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:reader")
    ask(own_fleet, "POST", {"service": "sns", "resource": "news", "delivery": "duplicate", "times": 1})
    sns.publish(TopicArn=topic, Message="twice")

    def received() -> list[str]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", ())
        for message in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"])["Message"] for message in found]

    assert received() + received() == ["twice", "twice"]
    ask(own_fleet, "DELETE")
    ask(own_fleet, "POST", {"service": "sns", "delivery": {"delay": 600}})
    sns.publish(TopicArn=topic, Message="late")
    assert received() == []
    own_fleet.advance_clock(601)
    assert received() == ["late"]


def test_mistakes_are_told(fleet: Running) -> None:
    assert refusal(fleet, {"colour": "red"}).startswith("a rule has no 'colour'; it has ")
    assert refusal(fleet, {"probabilty": 1}) == "a rule has no 'probabilty'; did you mean probability?"
    assert refusal(fleet, {"service": "lambda", "throttle": True}).startswith("no such service: lambda")
    nothing = "a rule has error, throttle, latency or break, or else delivery"
    assert refusal(fleet, {"service": "s3"}) == nothing
    unknown = "AWS's text for Odd is not known here: give code, message and status"
    near = "AWS's text for slowdwn is not known here; did you mean SlowDown? give code, message and status"
    assert refusal(fleet, {"service": "s3", "error": "slowdwn"}) == near
    member = refusal(fleet, {"service": "s3", "error": {"code": "SlowDown", "mesage": "so"}})
    assert member == "an error has no 'mesage'; it has code, message, status"
    assert refusal(fleet, {"throttle": "yes"}) == "throttle is true or false, not 'yes'"
    account = "an account has 12 digits, or is a pattern of them, which '12' is not"
    assert refusal(fleet, {"throttle": True, "account": "12"}) == account
    assert "there is nothing to say" in refusal(fleet, {"faults": [], "service": "s3"})
    assert refusal(fleet, {"service": "s3", "error": "Odd"}) == unknown
    assert refusal(fleet, {"throttle": True, "probability": 2}) == "probability is a number from 0 to 1, not 2"
    assert refusal(fleet, {"throttle": True, "times": 0}) == "times is a whole number above 0, not 0"
    assert refusal(fleet, {"latency": [3, 1]}) == "latency has the least before the most, not [3, 1]"
    assert "is" in refusal(fleet, {"break": "sometimes"})
    given = {"service": "s3", "account": "1" * 12, "error": {"code": "Odd", "message": "So it is.", "status": 418}}
    (made,) = ask(fleet, "POST", given)["faults"]
    s3 = fleet.client("s3", account_id="1" * 12)
    assert error_of(s3.list_buckets) == (418, "Odd", "So it is.")
    ask(fleet, "DELETE", query=f"?id={made['id']}")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"service": "dynamo"}, "no such service: dynamo; did you mean dynamodb? there are s3, dynamodb, sqs, sns"),
        ({"service": "dynamodb", "operation": "PutItm"}, "dynamodb has no operation 'PutItm'; did you mean PutItem?"),
        (
            {"operation": "putobjec"},
            "none of s3, dynamodb, sqs, sns has an operation 'putobjec'; did you mean PutObject?",
        ),
        ({"service": "sqs", "operation": "Xy*"}, "sqs has no operation 'Xy*'"),
        ({"service": "sqs", "operation": "putitem"}, "sqs has no operation 'putitem', but dynamodb has"),
    ],
)
def test_a_rule_that_would_strike_nothing_is_refused(fleet: Running, rule: dict[str, str], text: str) -> None:
    before = ask(fleet, "GET")
    well = {"service": "s3", "resource": "no-such-bucket", "throttle": True}
    assert refusal(fleet, {**rule, "throttle": True}) == text
    assert refusal(fleet, {"faults": [well, {**rule, "throttle": True}]}) == text
    assert ask(fleet, "GET") == before


def test_a_delivery_is_of_who_delivers_and_has_no_operation(fleet: Running) -> None:
    delivery = {"delivery": "duplicate", "resource": "no-such-topic"}
    assert refusal(fleet, {**delivery, "service": "sqs"}).startswith("sqs delivers nothing to others; ")
    publish = "a delivery has no operation, and so none that is 'Publish': leave it out"
    assert refusal(fleet, {**delivery, "service": "sns", "operation": "Publish"}) == publish


def test_a_pattern_is_for_every_service_that_has_such_an_operation(fleet: Running, account_id: str, add: Any) -> None:
    add(operation="list*s", error={"code": "Odd", "message": "So it is.", "status": 418})
    for service, operation in (("sqs", "list_queues"), ("sns", "list_topics"), ("dynamodb", "list_tables")):
        assert error_of(getattr(fleet.client(service, account_id=account_id), operation))[1] == "Odd"
    add(operation="PutItem", error="ProvisionedThroughputExceededException")  # which no other service knows


def test_what_is_only_seen_is_not_added(fleet: Running) -> None:
    before = ask(fleet, "GET")
    (seen,) = ask(fleet, "POST", {"service": "s3", "throttle": True}, "?dry_run=1")["faults"]
    assert (seen["service"], seen["throttle"]) == ("s3", True)
    assert ask(fleet, "GET") == before


def test_a_process_that_comes_later_has_the_rules_too(tmp_path: Path) -> None:
    with (
        running_service("sqs", tmp_path / "a") as running,
        running_gateway(services=("sqs",), sqs_url=running.url) as port,
    ):
        gateway = Running([], f"http://127.0.0.1:{port}", tmp_path, tmp_path / "log", {})
        ask(gateway, "POST", {"service": "sqs", "error": "OverLimit"})
        running.restart()
        deadline = time.monotonic() + 15
        while not running.get("/_ruststack/faults")["faults"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert error_of(gateway.client("sqs").list_queues)[0] == 403
        with running_gateway(services=("sqs",), sqs_url=running.url) as other:
            second = Running([], f"http://127.0.0.1:{other}", tmp_path, tmp_path / "log", {})
            (rule,) = ask(second, "GET")["faults"]
            assert (rule["error"], rule["hits"]) == ("OverLimit", 1)
