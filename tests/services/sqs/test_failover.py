"""The primary of a PostgreSQL cluster is killed under load: the service finds the new one, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sqs_client import connected
from tests.patroni import Cluster, patroni_cluster
from tests.processes import Running, running_service

_PRODUCERS = 4


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with ExitStack() as stack:
        try:
            made = stack.enter_context(patroni_cluster())
        except FileNotFoundError as error:
            pytest.skip(str(error))
        yield made


class Load:
    """Producers that note what was acknowledged, what was not, and when."""

    def __init__(self, url: str, queue_url: str) -> None:
        self._url = url
        self._queue_url = queue_url
        self.sent: set[str] = set()
        self.sent_at: list[float] = []
        self.refused: list[str] = []
        self.ended = False

    async def produce(self, producer: int) -> None:
        number = 0
        while not self.ended:
            async with connected(self._url) as connection:
                while not self.ended:
                    number += 1
                    body = f"{producer} {number}"
                    try:
                        await connection.call("SendMessage", QueueUrl=self._queue_url, MessageBody=body)
                    except RuntimeError as error:
                        self.refused.append(str(error))
                        await asyncio.sleep(0.05)
                    else:
                        self.sent.add(body)
                        self.sent_at.append(time.monotonic())


async def _until(condition: Callable[[], bool], seconds: float = 150) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.timeout(400)
def test_its_primary_is_killed(
    tmp_path: Path, cluster: Cluster, record_property: Callable[[str, object], None]
) -> None:
    environment = {"RUSTSTACK_SQS_DATABASE_URL": cluster.url}
    with running_service("sqs", tmp_path, environment=environment) as service:
        promotion, recovery, load = asyncio.run(_kill_primary(service, cluster))
    assert {text[:12] for text in load.refused} <= {"http/1.1 503"}
    record_property(
        "figure",
        f"failover: promoted {promotion:.1f} s after the kill, the first message {recovery:.1f} s after that;"
        f" {len(load.sent):,} acknowledged, none lost, {len(load.refused):,} answered 503",
    )


async def _kill_primary(service: Running, cluster: Cluster) -> tuple[float, float, Load]:
    async with connected(service.url) as connection:
        queue_url = (await connection.call("CreateQueue", QueueName="q"))["QueueUrl"]
    load = Load(service.url, queue_url)
    producing = [asyncio.create_task(load.produce(number)) for number in range(_PRODUCERS)]
    await _until(lambda: len(load.sent) > 100)

    (standby,) = [node for node in cluster.nodes if node is not await asyncio.to_thread(cluster.primary)]
    await asyncio.to_thread(cluster.primary().kill)
    killed_at = time.monotonic()
    while not await asyncio.to_thread(standby.says, "primary"):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    promoted_at = time.monotonic()
    await _until(lambda: load.sent_at[-1] > promoted_at)
    first = next(at for at in load.sent_at if at > promoted_at)
    wanted = len(load.sent) + 100
    await _until(lambda: len(load.sent) > wanted)
    load.ended = True
    await asyncio.gather(*producing)
    assert load.sent <= await _everything(service, queue_url)
    return promoted_at - killed_at, first - promoted_at, load


async def _everything(service: Running, queue_url: str) -> set[str]:
    found: set[str] = set()
    async with connected(service.url) as connection:
        while messages := (await _received(connection, queue_url)):
            found.update(message["Body"] for message in messages)
    return found


async def _received(connection: Any, queue_url: str) -> list[Any]:
    given = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 3600}
    messages: list[Any] = (await connection.call("ReceiveMessage", QueueUrl=queue_url, **given)).get("Messages", [])
    return messages
