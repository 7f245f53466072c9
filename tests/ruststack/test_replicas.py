"""`ruststack up --replicas sqs=3`: one service, several processes, that come and go while it is used."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from benchmarks.sqs_client import connected
from tests.processes import Running, running_fleet
from tests.ruststack.command import refusal
from tests.waiting import wait_until


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Running]:
    with running_fleet(tmp_path, "--services", "sqs,sns", "--replicas", "sqs=3") as fleet:
        yield fleet


def instances(fleet: Running) -> dict[str, Any]:
    found: dict[str, Any] = fleet.get("/_ruststack/health")["services"]["sqs"]["instances"]
    return found


def living(fleet: Running) -> dict[str, int]:
    """The process of each replica that answers, by address."""
    return {address: entry["pid"] for address, entry in instances(fleet).items() if entry["status"] == "running"}


def wait_for_three(fleet: Running) -> dict[str, int]:
    until = time.monotonic() + 30
    while len(found := living(fleet)) < 3:
        assert time.monotonic() < until
        time.sleep(0.1)
    return found


def test_each_replica_is_seen(fleet: Running) -> None:
    assert len(set(wait_for_three(fleet).values())) == 3
    sqs = fleet.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for _ in range(30):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    with urlopen(fleet.url + "/metrics") as answer:
        lines = [line for line in answer.read().decode().splitlines() if 'operation="SendMessage"' in line]
    counts = [float(line.split()[-1]) for line in lines if line.startswith("ruststack_operations_total")]
    assert len(counts) == 3
    assert sum(counts) == 30
    assert all('instance="unix:' in line for line in lines)


def test_the_clock_and_a_reset_reach_every_replica_and_one_that_comes_later(fleet: Running) -> None:
    pids = wait_for_three(fleet)
    sqs = fleet.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for _ in range(6):
        assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=900)
    fleet.advance_clock(1000)
    os.kill(next(iter(pids.values())), signal.SIGKILL)
    until = time.monotonic() + 30
    while living(fleet) == pids or len(living(fleet)) < 3:
        assert time.monotonic() < until
        time.sleep(0.1)
    for _ in range(6):  # whoever is asked
        assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    fleet.post("/_ruststack/reset")
    for _ in range(6):
        assert "QueueUrls" not in sqs.list_queues()
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            sqs.send_message(QueueUrl=url, MessageBody="x")


def test_the_journal_ways_and_faults_are_of_every_replica_and_one_that_comes_later(fleet: Running) -> None:
    pids = wait_for_three(fleet)
    sqs = fleet.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    rule = {"service": "sqs", "operation": "GetQueueAttributes", "error": "OverLimit"}
    (made,) = json.loads(urlopen(f"{fleet.url}/_ruststack/faults", json.dumps(rule).encode()).read())["faults"]

    def send(count: int) -> None:
        for _ in range(count):
            message = sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
            way = fleet.get(f"/_ruststack/trace/{message}")["trace"]
            assert [one["operation"] for one in way if one["what"] == "request"] == ["SendMessage"]

    send(9)
    assert len(fleet.get("/_ruststack/requests?operation=SendMessage")["requests"]) == 9
    killed = next(iter(pids))
    os.kill(pids[killed], signal.SIGKILL)
    wait_until(lambda: len(now := living(fleet)) == 3 and now[killed] != pids[killed])
    remembered = len(fleet.get("/_ruststack/requests?operation=SendMessage")["requests"])
    send(9)
    assert len(fleet.get("/_ruststack/requests?operation=SendMessage")["requests"]) == remembered + 9

    def strikes_everywhere() -> bool:
        """The gateway looks once a second who has not got the rules."""
        for _ in range(9):
            try:
                sqs.get_queue_attributes(QueueUrl=url)
            except sqs.exceptions.ClientError:
                continue
            return False
        return True

    wait_until(strikes_everywhere)
    (listed,) = fleet.get("/_ruststack/faults")["faults"]
    assert (listed["id"], listed["hits"] >= 9) == (made["id"], True)


@pytest.mark.timeout(120)
def test_replicas_that_are_stopped_fail_no_request(fleet: Running) -> None:
    """Each is told to stop in turn, and comes back, while eight clients send, receive and wait."""
    url = fleet.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    sent, received = asyncio.run(_stop_each(fleet, url))
    assert sent == received


async def _stop_each(fleet: Running, queue_url: str) -> tuple[set[str], set[str]]:
    sent: set[str] = set()
    received: set[str] = set()
    ended = asyncio.Event()

    async def send() -> None:
        async with connected(fleet.url) as connection:
            while not ended.is_set():
                sent.add((await connection.call("SendMessage", QueueUrl=queue_url, MessageBody="x"))["MessageId"])

    async def receive(wait: int) -> None:
        async with connected(fleet.url) as connection:
            while not ended.is_set():
                await take(connection, wait)

    async def take(connection: Any, wait: int) -> int:
        answer = await connection.call(
            "ReceiveMessage", QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, VisibilityTimeout=3600
        )
        for message in answer.get("Messages", ()):
            assert message["MessageId"] not in received
            received.add(message["MessageId"])
            await connection.call("DeleteMessage", QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return len(answer.get("Messages", ()))

    async with asyncio.TaskGroup() as tasks:
        for number in range(4):
            tasks.create_task(send())
            tasks.create_task(receive(number))
        for address, pid in (await asyncio.to_thread(wait_for_three, fleet)).items():
            await asyncio.sleep(0.3)
            os.kill(pid, signal.SIGTERM)
            await asyncio.sleep(0.3)
            while (await asyncio.to_thread(wait_for_three, fleet))[address] == pid:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        ended.set()
    async with connected(fleet.url) as connection:
        while await take(connection, 0):
            pass
    return sent, received


def test_counts_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    def line(replicas: str, **environment: str) -> str:
        return refusal("up", "--data-dir", str(tmp_path), "--replicas", replicas, **environment)

    assert line("sqz=3") == "ruststack: RUSTSTACK_REPLICAS: 'sqz=3' names none of s3, dynamodb, sqs, sns: say sqs=3"
    assert line("sqs=0") == "ruststack: RUSTSTACK_REPLICAS: 'sqs=0': a service is 1 to 16 processes"
    nothing = "ruststack: RUSTSTACK_REPLICAS: 'sqs=2': replicas share what is kept, and nothing is to be"
    assert line("sqs=2", PERSISTENCE="0") == nothing
