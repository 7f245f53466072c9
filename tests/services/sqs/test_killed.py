"""kill -9 under load: what was answered is kept, what was received and not deleted comes back, nothing else does."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from benchmarks.sqs_client import SqsConnection, connected
from tests.processes import Running, running_service

_LOST = (OSError, EOFError, RuntimeError, asyncio.IncompleteReadError)


class Load:
    """Producers and consumers that go on through the service's deaths, and what they were told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: set[str] = set()
        self.received: set[str] = set()
        self.deleted: set[str] = set()
        self.deletes_without_answer: set[str] = set()
        self.deleted_came_back: set[str] = set()
        self.ended = False

    async def send(self, queue_url: str, producer: int) -> None:
        number = 0
        while not self.ended:
            with contextlib.suppress(*_LOST):
                async with connected(self.url) as connection:
                    while not self.ended:
                        number += 1
                        answer = await connection.call(
                            "SendMessage", QueueUrl=queue_url, MessageBody=f"{producer} {number}"
                        )
                        self.sent.add(answer["MessageId"])
            await asyncio.sleep(0.01)

    async def receive(self, queue_url: str) -> None:
        """Receive, and delete every other message."""
        while not self.ended:
            with contextlib.suppress(*_LOST):
                async with connected(self.url) as connection:
                    while not self.ended:
                        for index, message in enumerate(await receive_some(connection, queue_url, timeout=3600)):
                            self.note(message)
                            if index % 2:
                                self.deletes_without_answer.add(message["MessageId"])
                                await connection.call(
                                    "DeleteMessage", QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"]
                                )
                                self.deleted.add(message["MessageId"])
            await asyncio.sleep(0.01)

    def note(self, message: Any) -> None:
        if message["MessageId"] in self.deleted:
            self.deleted_came_back.add(message["MessageId"])
        self.received.add(message["MessageId"])


async def receive_some(connection: SqsConnection, queue_url: str, timeout: int) -> list[Any]:
    answer = await connection.call(
        "ReceiveMessage", QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=timeout
    )
    messages: list[Any] = answer.get("Messages", [])
    return messages


async def kill_and_start(sqs: Running) -> None:
    assert sqs.process is not None
    sqs.process.kill()
    sqs.process.wait()
    await asyncio.to_thread(sqs.start)


def test_messages_through_three_kills(tmp_path: Path) -> None:
    with running_service("sqs", tmp_path) as sqs:
        asyncio.run(_three_kills(sqs))


async def _three_kills(sqs: Running) -> None:
    async with connected(sqs.url) as connection:
        queue_url = (await connection.call("CreateQueue", QueueName="q"))["QueueUrl"]
    load = Load(sqs.url)
    work = [asyncio.create_task(load.send(queue_url, number)) for number in range(3)]
    work += [asyncio.create_task(load.receive(queue_url)) for _ in range(2)]
    for _ in range(3):
        sent, deleted = len(load.sent), len(load.deleted)
        async with asyncio.timeout(60):
            while len(load.sent) < sent + 100 or len(load.deleted) < deleted + 10:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await kill_and_start(sqs)
    load.ended = True
    await asyncio.gather(*work)

    # What is in flight comes back after its timeout, by the service's own clock.
    await asyncio.to_thread(sqs.advance_clock, 3600)
    back: set[str] = set()
    async with connected(sqs.url) as connection:
        while messages := await receive_some(connection, queue_url, timeout=3600):
            for message in messages:
                load.note(message)
                back.add(message["MessageId"])
    assert load.sent <= load.received
    assert not load.deleted_came_back
    assert load.sent - load.deletes_without_answer <= back


def test_delays_locks_and_deduplication_are_kept_through_a_kill(tmp_path: Path) -> None:
    with running_service("sqs", tmp_path) as sqs:
        asyncio.run(_everything_kept(sqs))


async def _everything_kept(sqs: Running) -> None:
    async with connected(sqs.url) as connection:
        url = (await connection.call("CreateQueue", QueueName="q"))["QueueUrl"]
        fifo = (await connection.call("CreateQueue", QueueName="q.fifo", Attributes={"FifoQueue": "true"}))["QueueUrl"]
        once = {"QueueUrl": fifo, "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "once"}
        first = await connection.call("SendMessage", **once)
        await connection.call("SendMessage", **{**once, "MessageDeduplicationId": "second"})
        (locked,) = (await connection.call("ReceiveMessage", QueueUrl=fifo, VisibilityTimeout=300))["Messages"]
        await connection.call("SendMessage", QueueUrl=url, MessageBody="delayed", DelaySeconds=600)
    await kill_and_start(sqs)

    async with connected(sqs.url) as connection:
        assert await connection.call("ReceiveMessage", QueueUrl=url) == {}
        assert await connection.call("ReceiveMessage", QueueUrl=fifo) == {}
        again = await connection.call("SendMessage", **once)
        assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
        await connection.call("DeleteMessage", QueueUrl=fifo, ReceiptHandle=locked["ReceiptHandle"])
        (message,) = (await connection.call("ReceiveMessage", QueueUrl=fifo, MaxNumberOfMessages=10))["Messages"]
        assert message["MessageId"] not in (first["MessageId"], locked["MessageId"])
        await asyncio.to_thread(sqs.advance_clock, 600)
        assert (await connection.call("ReceiveMessage", QueueUrl=url))["Messages"][0]["Body"] == "delayed"
