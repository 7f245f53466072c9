"""Several of the service over one database: what one does the others see, and no message goes out twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DatabaseTemplates
from tests.postgresql import PostgresqlServer
from tests.services.sqs.conftest import Refused, Sqs, running_services

PER_PRODUCER = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path, database_templates: DatabaseTemplates) -> Iterator[str]:
    """A database for several services."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/sqs.db"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    with server.database(database_templates.postgresql("sqs", server)) as name:
        yield server.url(name)


@pytest.fixture
async def replicas(shared_url: str) -> AsyncIterator[tuple[Sqs, Sqs]]:
    """Two services that share a database and a clock."""
    async with running_services(shared_url) as start, running_services(shared_url) as start_other:
        yield await start(), await start_other()


async def test_changes_of_a_queue_are_seen_at_once(replicas: tuple[Sqs, Sqs]) -> None:
    one, other = replicas
    url = await one.queue()
    await other.send(url, "x")
    await one.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0"})
    for _ in range(3):
        assert await other.bodies(url) == ["x"]
    await one.purge_queue(QueueUrl=url)
    assert await other.bodies(url) == []
    await one.delete_queue(QueueUrl=url)
    with pytest.raises(Refused, match="does not exist"):
        await other.send(url, "x")


async def test_a_poll_finds_what_another_replica_was_sent(replicas: tuple[Sqs, Sqs]) -> None:
    one, other = replicas
    url = await one.queue()
    poll = asyncio.create_task(one.bodies(url, WaitTimeSeconds=20))
    await asyncio.sleep(0)
    await other.send(url, "x")
    assert await asyncio.wait_for(poll, 5) == ["x"]


@pytest.mark.parametrize("name", ["q", "q.fifo"])
async def test_each_message_goes_to_one_consumer(replicas: tuple[Sqs, Sqs], name: str) -> None:
    url = await replicas[0].queue(name)
    sent: list[str] = []
    order: dict[str, list[int]] = {}
    received: Counter[str] = Counter()

    async def produce(sqs: Sqs, producer: int) -> None:
        for first in range(0, PER_PRODUCER, 10):
            entries: list[dict[str, Any]] = [
                {"Id": str(number), "MessageBody": f"{producer} {number}"} for number in range(first, first + 10)
            ]
            if name.endswith(".fifo"):
                for entry in entries:
                    entry |= {"MessageGroupId": str(producer), "MessageDeduplicationId": f"{producer}-{entry['Id']}"}
            answer = await sqs.send_message_batch(QueueUrl=url, Entries=entries)
            assert "Failed" not in answer
            sent.extend(entry["MessageId"] for entry in answer["Successful"])

    async def consume(sqs: Sqs) -> None:
        while len(received) < 4 * PER_PRODUCER:
            messages = await sqs.take(url, 10)
            for message in messages:
                received[message["MessageId"]] += 1
                producer, number = message["Body"].split()
                order.setdefault(producer, []).append(int(number))
            if messages:
                entries = [
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages)
                ]
                assert "Failed" not in await sqs.delete_message_batch(QueueUrl=url, Entries=entries)

    async with asyncio.timeout(100):
        work = [produce(replicas[number % 2], number) for number in range(4)]
        await asyncio.gather(*work, *(consume(sqs) for sqs in replicas for _ in range(2)))
    assert set(received) == set(sent)
    assert set(received.values()) == {1}
    assert await replicas[0].counts(url) == (0, 0, 0)
    if name.endswith(".fifo"):
        assert all(numbers == list(range(PER_PRODUCER)) for numbers in order.values())


async def test_a_group_that_empties_again_and_again_holds_nothing_back(replicas: tuple[Sqs, Sqs]) -> None:
    """Who deletes a group's last message does so while another replica sends it the next."""
    url = await replicas[0].queue("q.fifo")
    received: dict[str, list[int]] = {group: [] for group in "abcd"}

    async def produce(sqs: Sqs, group: str) -> None:
        for number in range(60):
            given = {"MessageGroupId": group, "MessageDeduplicationId": f"{group}{number}"}
            await sqs.send(url, f"{group} {number}", **given)

    async def consume(sqs: Sqs) -> None:
        while sum(map(len, received.values())) < 240:
            for message in await sqs.take(url, 10):
                group, number = message["Body"].split()
                received[group].append(int(number))
                await sqs.delete(url, message)

    async with asyncio.timeout(90):
        producing = [produce(replicas[number % 2], group) for number, group in enumerate(received)]
        await asyncio.gather(*producing, *(consume(sqs) for sqs in replicas for _ in range(2)))
    assert received == {group: list(range(60)) for group in received}


async def test_deduplication_holds_across_replicas(replicas: tuple[Sqs, Sqs]) -> None:
    url = await replicas[0].queue("q.fifo")
    given = {"MessageGroupId": "g", "MessageDeduplicationId": "once"}
    sent = await asyncio.gather(*(sqs.send(url, "x", **given) for sqs in replicas for _ in range(5)))
    assert len({answer["MessageId"] for answers in sent for answer in answers}) == 1
    assert await replicas[0].bodies(url) == ["x"]


async def test_a_move_task_is_done_once(replicas: tuple[Sqs, Sqs]) -> None:
    one, other = replicas
    dead = await one.queue("dead")
    policy = {"deadLetterTargetArn": await one.arn(dead), "maxReceiveCount": 1}
    url = await one.queue("source", RedrivePolicy=policy, VisibilityTimeout="0")
    for number in range(30):
        await one.send(url, str(number))
    while sum(await one.counts(url)):
        await one.take(url)
    await one.start_message_move_task(SourceArn=await one.arn(dead))
    other.service.runtime.move_tasks.work_soon()
    async with asyncio.timeout(20):
        while (await one.counts(dead))[0]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await one.counts(dead) == (0, 0, 0)
    assert await one.counts(url) == (30, 0, 0)
