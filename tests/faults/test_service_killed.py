"""A service is killed (SIGKILL) under use: what was answered stays, the rest goes on, and it comes back."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.end_to_end.raw_http import Answer, exchange, request
from tests.processes import Running, running_fleet, running_service
from tests.waiting import quickest, wait_until


@pytest.fixture
def clients(own_fleet: Running) -> Iterator[Callable[[str], Any]]:
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = own_fleet.client(service)
        return made[service]

    yield client
    for one in made.values():
        one.close()


def kill(fleet: Running, service: str) -> int:
    """Kill the service's process and come back when it is gone; its process id is returned."""
    pid = fleet.service_pids()[service]
    os.kill(pid, signal.SIGKILL)
    return pid


def is_back(fleet: Running, service: str, killed: int) -> bool:
    try:
        return fleet.service_pids()[service] != killed and fleet.is_healthy()
    except (OSError, KeyError):
        return False


@pytest.mark.parametrize("service", ["s3", "dynamodb", "sqs", "sns"])
def test_a_killed_service_is_back_within_a_second_or_two_and_the_others_were_never_away(
    own_fleet: Running, service: str
) -> None:
    before = own_fleet.service_pids()
    killed = kill(own_fleet, service)
    wait_until(lambda: is_back(own_fleet, service, killed))
    after = own_fleet.service_pids()
    assert {name: pid for name, pid in after.items() if name != service} == {
        name: pid for name, pid in before.items() if name != service
    }
    assert f"{service} has died (killed by SIGKILL)" in own_fleet.log.read_text()


def test_a_killed_gateway_comes_back_and_connections_wait_for_it(own_fleet: Running) -> None:
    services = set(own_fleet.service_pids().values())
    children = psutil.Process(own_fleet.pid).children()
    (gateway,) = [child for child in children if child.pid not in services]
    gateway.kill()
    # The listening socket is the supervisor's, so that nobody is refused.
    assert own_fleet.is_healthy()
    assert set(own_fleet.service_pids().values()) == services


def test_acknowledged_writes_outlive_a_kill_in_the_midst_of_them(
    own_fleet: Running, clients: Callable[[str], Any]
) -> None:
    dynamodb, sqs, s3 = clients("dynamodb"), clients("sqs"), clients("s3")
    keys = {"KeySchema": [{"AttributeName": "Id", "KeyType": "HASH"}]}
    attributes = [{"AttributeName": "Id", "AttributeType": "S"}]
    dynamodb.create_table(TableName="table", AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST", **keys)
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    s3.create_bucket(Bucket="bucket")
    writers = {
        "dynamodb": lambda n: dynamodb.put_item(TableName="table", Item={"Id": {"S": str(n)}}),
        "sqs": lambda n: sqs.send_message(QueueUrl=url, MessageBody=str(n)),
        "s3": lambda n: s3.put_object(Bucket="bucket", Key=str(n), Body=str(n).encode() * 20_000),
    }
    acknowledged: dict[str, list[int]] = {name: [] for name in writers}
    enough = threading.Event()

    def write(name: str) -> None:
        number = 0
        while not enough.is_set():
            number += 1
            try:
                writers[name](number)
            except (ClientError, BotoCoreError):
                continue
            acknowledged[name].append(number)

    threads = [threading.Thread(target=write, args=(name,)) for name in writers]
    for thread in threads:
        thread.start()
    for name in writers:
        wait_until(lambda name=name: len(acknowledged[name]) >= 20)  # type: ignore[misc]
        killed = kill(own_fleet, name)
        wait_until(lambda name=name, killed=killed: is_back(own_fleet, name, killed))  # type: ignore[misc]
    enough.set()
    for thread in threads:
        thread.join()

    items = {
        item["Id"]["S"] for page in dynamodb.get_paginator("scan").paginate(TableName="table") for item in page["Items"]
    }
    assert {str(number) for number in acknowledged["dynamodb"]} <= items
    for number in acknowledged["s3"]:
        assert s3.get_object(Bucket="bucket", Key=str(number))["Body"].read() == str(number).encode() * 20_000
    received: set[str] = set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        received |= {message["Body"] for message in messages}
    assert {str(number) for number in acknowledged["sqs"]} <= received


def test_a_stopped_service_is_a_503_in_the_protocols_own_form_within_a_second(tmp_path: Path) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
    content = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": "application/x-amz-json-1.0"}
    call = request("POST", "/", {"Authorization": scope, **content}, b"{}")
    with ExitStack() as stack:
        sqs = stack.enter_context(running_service("sqs", tmp_path / "sqs"))
        fleet = stack.enter_context(running_fleet(tmp_path / "fleet", environment={"RUSTSTACK_SQS_URL": sqs.url}))
        assert _status(exchange(fleet, call)) == 200
        sqs.stop()
        assert quickest(lambda: exchange(fleet, call), 1) < 1
        answer = exchange(fleet, call)
        assert answer is not None
        assert (answer.status, answer.error_code) == (503, "ServiceUnavailable")
        assert _status(exchange(fleet, request("GET", "/_ruststack/health"))) == 503
        assert _status(exchange(fleet, request("GET", "/"))) == 200, "S3 is not concerned"
        sqs.start()
        wait_until(lambda: _status(exchange(fleet, call)) == 200)


def _status(answer: Answer | None) -> int | None:
    return answer.status if answer else None


def test_a_publish_while_sqs_is_away_is_delivered_once_it_is_back(
    own_fleet: Running, clients: Callable[[str], Any]
) -> None:
    sqs, sns = clients("sqs"), clients("sns")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:queue")
    sent = []
    killed = kill(own_fleet, "sqs")
    for number in range(20):
        sns.publish(TopicArn=topic, Message=str(number))
        sent.append(str(number))
    wait_until(lambda: is_back(own_fleet, "sqs", killed))
    received: set[str] = set()

    def all_received() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        received.update(json.loads(message["Body"])["Message"] for message in answer.get("Messages", ()))
        return received == set(sent)

    wait_until(all_received)


def test_an_answered_publish_outlives_both_sqs_and_sns(own_fleet: Running, clients: Callable[[str], Any]) -> None:
    """It is in its queue or in SNS's outbox, whichever of the two is killed after its answer."""
    sqs, sns = clients("sqs"), clients("sns")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:queue")
    sns.publish(TopicArn=topic, Message="before")
    sns_killed = own_fleet.service_pids()["sns"]
    sqs_killed = kill(own_fleet, "sqs")
    sns.publish(TopicArn=topic, Message="meanwhile")
    os.kill(sns_killed, signal.SIGKILL)
    wait_until(lambda: is_back(own_fleet, "sqs", sqs_killed) and is_back(own_fleet, "sns", sns_killed))
    received: set[str] = set()

    def all_received() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        received.update(json.loads(message["Body"])["Message"] for message in answer.get("Messages", ()))
        return received == {"before", "meanwhile"}

    wait_until(all_received)


def test_the_whole_fleet_killed_loses_nothing(own_fleet: Running, clients: Callable[[str], Any]) -> None:
    sqs = clients("sqs")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    pids = own_fleet.service_pids().values()
    assert own_fleet.process is not None
    own_fleet.process.kill()
    own_fleet.process.wait()
    wait_until(lambda: not any(_is_alive(pid) for pid in pids))
    sockets = Path(tempfile.gettempdir())
    left = set(sockets.glob("ruststack-fleet-*"))
    own_fleet.start()
    assert left - set(sockets.glob("ruststack-fleet-*")), "the folder of the one that was killed is removed"
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_moved_clock_stays_where_it_is(own_fleet: Running, clients: Callable[[str], Any]) -> None:
    """What a service wrote by its clock is to be read by the same one, after a crash and after a restart."""
    sqs = clients("sqs")
    queue = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    own_fleet.advance_clock(86_400)
    sqs.send_message(QueueUrl=queue, MessageBody="from tomorrow")
    killed = kill(own_fleet, "sqs")
    wait_until(lambda: is_back(own_fleet, "sqs", killed))
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=queue)["Messages"]] == ["from tomorrow"]
    own_fleet.restart()
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=queue)["Messages"]] == ["from tomorrow"]
    assert own_fleet.get("/_ruststack/clock")["offset"] == 86_400
    own_fleet.post("/_ruststack/reset")
    own_fleet.restart()
    assert own_fleet.get("/_ruststack/clock")["offset"] == 0


def test_a_service_that_hangs_is_started_anew(tmp_path: Path) -> None:
    """Something outside holds the database for longer than the event loop may be deaf."""
    environment = {"RUSTSTACK_WATCHDOG_SECONDS": "1"}
    with running_fleet(tmp_path, environment=environment) as fleet:
        sqs = fleet.client("sqs", config=Config(read_timeout=3))
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="kept")
        hung = fleet.service_pids()
        with sqlite3.connect(tmp_path / "data" / "sqs.db") as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises((BotoCoreError, ClientError)):
                sqs.send_message(QueueUrl=url, MessageBody="never acknowledged")
            other.rollback()
        other.close()
        wait_until(lambda: is_back(fleet, "sqs", hung["sqs"]))
        assert {**fleet.service_pids(), "sqs": 0} == {**hung, "sqs": 0}
        assert "sqs has died (exit status 70)" in fleet.log.read_text()
        assert "The event loop has been deaf for 1 s" in fleet.log.read_text()
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert [message["Body"] for message in received] == ["kept"]
        sqs.close()
