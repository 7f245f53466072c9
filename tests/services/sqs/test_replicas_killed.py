"""Three replicas on one database, one killed and one stopped under load: nothing is lost, nothing goes out twice."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.sqs_client import connected
from tests.processes import Running, running_service
from tests.services.sqs.test_killed import receive_some
from tests.sizes import IS_FULL, seconds, size

_LOST = (OSError, asyncio.IncompleteReadError)
_PRODUCERS, _CONSUMERS = 4, 8
_BATCHES = size(40, 1_250)  # of each producer, of ten messages each
_WAKES = size(20, 1_000)


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Running]]:
    """Three, of one fleet and on one data folder or one server's database."""
    environment = {"RUSTSTACK_FLEET": "three", "RUSTSTACK_DATA_DIR": str(tmp_path / "data")}
    if request.param == "postgresql":
        environment["RUSTSTACK_SQS_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("sqs", tmp_path / str(number), environment=environment))
            for number in range(3)
        ]


class Load:
    """Producers and consumers that change over to the next replica when theirs goes."""

    def __init__(self, urls: list[str], queue_url: str) -> None:
        self._urls = urls
        self._queue_url = queue_url
        self._fifo = queue_url.endswith(".fifo")
        self.sent: set[str] = set()
        self.received: Counter[str] = Counter()
        self.order: dict[str, list[int]] = {}
        self.batches = 0
        self.ended = False

    async def produce(self, producer: int) -> None:
        turn, batch = producer, 0
        while batch < _BATCHES:
            with contextlib.suppress(*_LOST):
                async with connected(self._urls[turn % len(self._urls)]) as connection:
                    while batch < _BATCHES:
                        entries = self._entries(producer, batch)
                        answer = await connection.call("SendMessageBatch", QueueUrl=self._queue_url, Entries=entries)
                        assert not answer.get("Failed")
                        self.sent.update(entry["MessageId"] for entry in answer["Successful"])
                        self.batches += 1
                        batch += 1
            turn += 1

    def _entries(self, producer: int, batch: int) -> list[dict[str, Any]]:
        numbers = range(batch * 10, batch * 10 + 10)
        entries = [{"Id": str(number), "MessageBody": f"{producer} {number}"} for number in numbers]
        if not self._fifo:
            return entries
        keys = {"MessageGroupId": str(producer)}
        return [
            {**entry, **keys, "MessageDeduplicationId": entry["MessageBody"].replace(" ", "-")} for entry in entries
        ]

    async def consume(self, consumer: int) -> None:
        turn = consumer
        while not self.ended:
            with contextlib.suppress(*_LOST):
                async with connected(self._urls[turn % len(self._urls)]) as connection:
                    while not self.ended:
                        await self.take(connection)
            turn += 1

    async def take(self, connection: Any, wait: int = 1) -> int:
        """Receive and delete; how many there were."""
        answer = await connection.call(
            "ReceiveMessage",
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=3600,
            WaitTimeSeconds=wait,
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self.received[message["MessageId"]] += 1
            if self.received[message["MessageId"]] == 1:
                producer, number = message["Body"].split()
                self.order.setdefault(producer, []).append(int(number))
        if messages:
            entries = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(messages)]
            await connection.call("DeleteMessageBatch", QueueUrl=self._queue_url, Entries=entries)
        return len(messages)


@pytest.mark.timeout(seconds(180))
@pytest.mark.parametrize("name", ["q", "q.fifo"])
def test_one_is_killed_and_one_is_stopped(replicas: list[Running], name: str) -> None:
    asyncio.run(_one_killed_one_stopped(replicas, name))


async def _one_killed_one_stopped(replicas: list[Running], name: str) -> None:
    last, killed, stopped = replicas
    attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    async with connected(last.url) as connection:
        queue_url = (await connection.call("CreateQueue", QueueName=name, Attributes=attributes))["QueueUrl"]
    load = Load([replica.url for replica in replicas], queue_url)
    producing = [asyncio.create_task(load.produce(number)) for number in range(_PRODUCERS)]
    consuming = [asyncio.create_task(load.consume(number)) for number in range(_CONSUMERS)]
    everything = _PRODUCERS * _BATCHES
    async with asyncio.timeout(seconds(150)):
        while load.batches < everything // 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert killed.process is not None and stopped.process is not None
        killed.process.send_signal(signal.SIGKILL)
        while load.batches < everything * 2 // 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        stopped.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*producing)
        load.ended = True
        await asyncio.gather(*consuming)
    assert await asyncio.to_thread(stopped.process.wait, 20) == 0
    async with connected(last.url) as connection:
        while await load.take(connection, wait=0):
            pass
        assert set(load.received.values()) == {1}

        # What was on its way to a consumer of the one that was killed comes back after its timeout.
        await asyncio.to_thread(last.advance_clock, 3601)
        while await load.take(connection, wait=0):
            pass
        assert not await receive_some(connection, queue_url, timeout=0)
    assert load.sent <= set(load.received)
    if name.endswith(".fifo"):
        numbers = list(range(_BATCHES * 10))
        assert load.order == {str(producer): numbers for producer in range(_PRODUCERS)}


@pytest.mark.timeout(seconds(100))
def test_a_replica_wakes_the_polls_of_another(
    replicas: list[Running], record_property: Callable[[str, object], None]
) -> None:
    """Each in the time of a message between processes, not of a look now and then."""
    one, _, other = replicas
    url = one.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    times = sorted(asyncio.run(_waking_times(one.url, other.url, url)))
    median, latest = times[len(times) // 2], times[len(times) * 99 // 100 - 1]
    record_property(
        "figure", f"a poll at another replica wakes after {median * 1000:.1f} ms, p99 {latest * 1000:.1f} ms"
    )
    assert median < 0.1
    if IS_FULL:
        assert latest < 0.05


async def _waking_times(sender: str, receiver: str, queue_url: str) -> list[float]:
    times: list[float] = []
    loop = asyncio.get_running_loop()
    async with connected(sender) as sending, connected(receiver) as receiving:
        for _ in range(_WAKES):
            poll = asyncio.create_task(
                receiving.call("ReceiveMessage", QueueUrl=queue_url, WaitTimeSeconds=20, VisibilityTimeout=3600)
            )
            await asyncio.sleep(0.05)
            assert not poll.done()
            sent_at = loop.time()
            await sending.call("SendMessage", QueueUrl=queue_url, MessageBody="x")
            assert (await poll)["Messages"]
            times.append(loop.time() - sent_at)
    return times


def test_messages_that_come_at_once_wake_as_many_polls_of_another(replicas: list[Running]) -> None:
    one, _, other = replicas
    url = one.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    asyncio.run(_burst(one.url, other.url, url))


async def _burst(sender: str, receiver: str, queue_url: str) -> None:
    poll = {"QueueUrl": queue_url, "WaitTimeSeconds": 20, "VisibilityTimeout": 3600}
    async with contextlib.AsyncExitStack() as stack:
        receiving = [await stack.enter_async_context(connected(receiver)) for _ in range(5)]
        sending = [await stack.enter_async_context(connected(sender)) for _ in range(5)]
        polls = [asyncio.create_task(connection.call("ReceiveMessage", **poll)) for connection in receiving]
        await asyncio.sleep(0.05)
        sent = await asyncio.gather(
            *(connection.call("SendMessage", QueueUrl=queue_url, MessageBody="x") for connection in sending)
        )
        received = [answer["Messages"][0]["MessageId"] for answer in await asyncio.gather(*polls)]
        assert sorted(received) == sorted(answer["MessageId"] for answer in sent)


def test_what_one_changes_the_others_see(replicas: list[Running]) -> None:
    """Whatever each has known of the queue before."""
    one, two, three = clients = [replica.client("sqs") for replica in replicas]
    url = one.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    for client in clients:
        client.send_message(QueueUrl=url, MessageBody="x" * 2000)
        assert client.receive_message(QueueUrl=url)["Messages"]
    one.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    for client in clients:
        with pytest.raises(ClientError, match="InvalidParameterValue"):
            client.send_message(QueueUrl=url, MessageBody="x" * 2000)
    two.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "4096", "VisibilityTimeout": "0"})
    for client in clients:
        sent = client.send_message(QueueUrl=url, MessageBody="x" * 2000)["MessageId"]
        taken = [three.receive_message(QueueUrl=url)["Messages"][0] for _ in range(2)]
        assert [message["MessageId"] for message in taken] == [sent] * 2
        client.delete_message(QueueUrl=url, ReceiptHandle=taken[1]["ReceiptHandle"])
    three.send_message(QueueUrl=url, MessageBody="purged")
    three.purge_queue(QueueUrl=url)
    for client in clients:
        assert "Messages" not in client.receive_message(QueueUrl=url)
    one.send_message(QueueUrl=url, MessageBody="after it")
    assert two.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "after it"
    two.delete_queue(QueueUrl=url)
    for client in clients:
        with pytest.raises(ClientError, match="NonExistentQueue"):
            client.send_message(QueueUrl=url, MessageBody="x")
        with pytest.raises(ClientError, match="NonExistentQueue"):
            client.receive_message(QueueUrl=url)
        client.close()
