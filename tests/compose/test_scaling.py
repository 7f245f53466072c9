"""Replicas in containers come and go under load, on SQLite and on PostgreSQL: no request fails."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest

from tests.compose.test_compose import POSTGRES_IMAGE, Stack
from tests.containers import built_image, docker
from tests.processes import Running, free_port
from tests.waiting import wait_until

_PATIENCE = 300.0
_WORKERS = 2  # for each service


@pytest.fixture(params=["sqlite", "postgresql"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    files = ("compose.postgres.yaml",) if request.param == "postgresql" else ()
    with ExitStack() as stack:
        image = stack.enter_context(built_image("postgresql" if files else ""))
        if files:
            docker("build", "--network", "host", "-q", "-t", POSTGRES_IMAGE, "tests/compose/postgresql", timeout=1200)
        made = Stack(f"ruststack-{uuid.uuid4().hex[:8]}", free_port(), image, files)
        stack.callback(made.compose, "down", "-v", "--remove-orphans")
        made.compose("up", "-d", "--no-build")
        wait_until(lambda: _health(made.container("gateway")) == "healthy", _PATIENCE)
        yield made


def _health(container: str) -> str:
    return docker("inspect", "--format", "{{.State.Health.Status}}", container)


class Load:
    """Sends messages and receives them, counts an item up, all the time; every request is made once."""

    def __init__(self, fleet: Running) -> None:
        self._sqs, self._dynamodb = fleet.client("sqs"), fleet.client("dynamodb")
        self._queue_url = self._sqs.create_queue(QueueName="q")["QueueUrl"]
        self._dynamodb.create_table(
            TableName="counters",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self._ended = False
        self.done = 0
        self.counted = [0] * _WORKERS
        self.errors: list[Exception] = []
        work = [(self._messages, number) for number in range(_WORKERS)]
        work += [(self._counts, number) for number in range(_WORKERS)]
        self._threads = [threading.Thread(target=self._go_on, args=each) for each in work]
        for thread in self._threads:
            thread.start()

    def _go_on(self, work: Any, number: int) -> None:
        try:
            while not self._ended:
                work(number)
                self.done += 1
        except Exception as error:
            self.errors.append(error)

    def _messages(self, number: int) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=str(number))
        for message in self._sqs.receive_message(QueueUrl=self._queue_url, WaitTimeSeconds=1).get("Messages", ()):
            self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _counts(self, number: int) -> None:
        self._dynamodb.update_item(
            TableName="counters",
            Key={"id": {"S": str(number)}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        self.counted[number] += 1

    def goes_on(self) -> None:
        """Wait until more has been done; AssertionError where a request has failed."""
        before = self.done
        wait_until(lambda: self.done > before + 40 or bool(self.errors), _PATIENCE)
        assert not self.errors

    def end(self) -> list[int]:
        """What the counters say."""
        self._ended = True
        for thread in self._threads:
            thread.join(_PATIENCE)
        assert not self.errors
        items = self._dynamodb.scan(TableName="counters", ConsistentRead=True)["Items"]
        return [int(item["n"]["N"]) for item in sorted(items, key=lambda item: str(item["id"]["S"]))]


def _instances(url: str) -> dict[str, int]:
    services = httpx.get(f"{url}/_ruststack/health", timeout=30).json()[
        "services"
    ]  # 503 for a moment, where one is slow
    found = {name: services[name].get("instances", {"": services[name]}) for name in ("sqs", "dynamodb")}
    return {
        name: sum(instance["status"] == "running" for instance in instances.values())
        for name, instances in found.items()
    }


def _wait_for(stack: Stack, wanted: dict[str, int]) -> None:
    """Until the gateway knows of so many."""
    with suppress(AssertionError):
        wait_until(lambda: _instances(stack.url) == wanted, _PATIENCE)
        return
    seen = f"{_instances(stack.url)} where there should be {wanted}:\n{stack.compose('ps')}"
    raise AssertionError(f"{seen}\n{stack.compose('logs', '--tail=50', 'gateway')}")


@pytest.mark.timeout(1800)
def test_replicas_come_and_go_and_come(stack: Stack, tmp_path: Any) -> None:
    fleet = Running([], stack.url, tmp_path, tmp_path / "log", {})
    load = Load(fleet)
    try:
        for sqs, dynamodb in ((3, 2), (1, 1), (3, 2)):
            scales = [f"--scale=sqs={sqs}", f"--scale=dynamodb={dynamodb}"]
            stack.compose("up", "-d", "--no-build", "--no-recreate", *scales)
            load.goes_on()
            _wait_for(stack, {"sqs": sqs, "dynamodb": dynamodb})
            load.goes_on()
    finally:
        counted = load.end()
    assert counted == load.counted
