"""One publish to many standard queues: kept once, handed over in as many calls as it takes, once to each queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.sns.settings import SnsSettings
from services.sns.store import deliveries
from tests.processes import ACCOUNT_ID, Running
from tests.services.sns.in_process import InProcess, running_in_process

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:t"


class Line:
    """The network between SNS and SQS, which breaks at the calls of these numbers: they do not get through."""

    def __init__(self, sqs_url: str, *broken: int) -> None:
        self._sqs_url = urlsplit(sqs_url)
        self._broken = broken
        self._calls = 0
        self._connections: list[asyncio.Task[None] | None] = []

    async def ended(self) -> None:
        await asyncio.gather(*(connection for connection in self._connections if connection is not None))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.append(asyncio.current_task())
        assert self._sqs_url.hostname is not None
        assert self._sqs_url.port is not None
        to_sqs = await asyncio.open_connection(self._sqs_url.hostname, self._sqs_url.port)
        back = asyncio.create_task(self._carry_back(to_sqs[0], writer))
        try:
            while data := await reader.read(65_536):
                if data.startswith(b"POST /_aws/sqs/deliveries"):
                    self._calls += 1
                    if self._calls in self._broken:
                        return
                to_sqs[1].write(data)
        finally:
            back.cancel()
            to_sqs[1].close()
            writer.close()

    async def _carry_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)


def sns_in_process(folder: Path, sqs_url: str, settle_timeout: float = 5.0) -> AbstractAsyncContextManager[InProcess]:
    return running_in_process(SnsSettings(data_dir=folder, sqs_url=sqs_url, settle_timeout=settle_timeout))


async def subscribe(sns: InProcess, names: list[str]) -> None:
    await sns("CreateTopic", Name="t")
    for name in names:
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{name}"
        raw = {"Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": "true"}
        await sns("Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=arn, **raw)


async def pending(sns: InProcess) -> list[Any]:
    await sns.service.runtime.outbox.forget_delivered()
    return await sns.service.runtime.database.read(deliveries.pending)


async def test_a_bundle_that_is_half_delivered_when_sqs_goes_away(
    tmp_path: Path, running_service: Callable[[str], Running], unique_name: str
) -> None:
    sqs = running_service("sqs")
    client = sqs.client("sqs")
    names = [f"{unique_name}-{number}" for number in range(8)]
    gone = f"{unique_name}-1"
    urls = [client.create_queue(QueueName=name)["QueueUrl"] for name in names if name != gone]
    # Four messages of 250 KB are what one call carries: the first call succeeds, but for one queue.
    line = Line(sqs.url, 2, 3)
    async with await asyncio.start_server(line.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with sns_in_process(tmp_path, f"http://127.0.0.1:{port}") as sns:
            await subscribe(sns, names)
            await sns("Publish", TopicArn=TOPIC, Message="x" * 250_000)
            async with asyncio.timeout(20):
                while await pending(sns):
                    sns.clock.advance(1)
                    await asyncio.sleep(0.02)
        await line.ended()
    for url in urls:
        answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        assert [len(message["Body"]) for message in answer["Messages"]] == [250_000]
        assert "Messages" not in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
    client.close()


async def test_a_large_message_to_many_queues_is_kept_once(tmp_path: Path) -> None:
    async with sns_in_process(tmp_path, "http://127.0.0.1:1", settle_timeout=0.1) as sns:
        await subscribe(sns, [f"q{number}" for number in range(40)])
        await sns("Publish", TopicArn=TOPIC, Message="x" * 200_000)
        kept = await pending(sns)
        assert sum(len(row.payload) for row in kept) < 250_000
