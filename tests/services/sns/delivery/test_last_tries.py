"""Deliveries that never succeed: they end by AWS's policy, and hold up no other on their way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.sns.settings import SnsSettings
from services.sns.store import deliveries
from tests.gateway.servers import Peer, dead_port, ok, scripted_service
from tests.processes import ACCOUNT_ID
from tests.services.sns.in_process import InProcess, running_in_process

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:t"
_DAY = 86_400


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:{name}"


async def subscribe(sns: InProcess, *names: str) -> None:
    await sns("CreateTopic", Name="t")
    for name in names:
        redrive = json.dumps({"deadLetterTargetArn": queue_arn("dead")})
        given = {"Attributes.entry.1.key": "RedrivePolicy", "Attributes.entry.1.value": redrive}
        await sns("Subscribe", TopicArn=TOPIC, Protocol="sqs", Endpoint=queue_arn(name), **given)


async def pending(sns: InProcess) -> list[Any]:
    await sns.service.runtime.outbox.forget_delivered()
    return await sns.service.runtime.database.read(deliveries.pending)


async def until_nothing_is_pending(sns: InProcess, *, step: float) -> None:
    async with asyncio.timeout(60):
        while await pending(sns):
            sns.clock.advance(step)
            await asyncio.sleep(0.01)


@contextmanager
def broken_sqs(taken: list[tuple[str, str]]) -> Iterator[str]:
    """An SQS service that fails at every call in which there is something for the queue `broken`."""

    def answer(peer: Peer) -> None:
        while True:
            head = peer.read_head()
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            entries = json.loads(peer.read(int(length.split(b":")[1])))["Entries"]
            if any(entry["QueueArn"] == queue_arn("broken") for entry in entries):
                peer.send(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}")
                continue
            taken.extend((entry["QueueArn"], json.loads(entry["MessageBody"])["Message"]) for entry in entries)
            peer.send(ok(b'{"Failed":[]}'))

    with scripted_service(answer) as service:
        yield service.address


async def test_a_queue_at_which_sqs_fails_holds_up_no_other_and_is_dead_lettered_in_the_end(tmp_path: Path) -> None:
    taken: list[tuple[str, str]] = []
    with broken_sqs(taken) as sqs_url:
        async with running_in_process(SnsSettings(data_dir=tmp_path, sqs_url=sqs_url)) as sns:
            await subscribe(sns, "broken", "other")
            for text in ("one", "two"):
                await sns("Publish", TopicArn=TOPIC, Message=text)
            async with asyncio.timeout(60):
                while len(taken) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert taken == [(queue_arn("other"), "one"), (queue_arn("other"), "two")]
            assert len(await pending(sns)) == 2
            sns.clock.advance(24 * _DAY)
            await until_nothing_is_pending(sns, step=30)
            assert taken[2:] == [(queue_arn("dead"), "one"), (queue_arn("dead"), "two")]
            logged = await sns.service.runtime.database.read(deliveries.logged)
            assert [entry.status for entry in logged] == ["dead-lettered"] * 2


async def test_an_sqs_that_never_comes_is_waited_for_as_long_as_aws_would(tmp_path: Path) -> None:
    """23 days, and once more for the dead-letter queue, which is there as little."""
    settings = SnsSettings(data_dir=tmp_path, sqs_url=f"http://127.0.0.1:{dead_port()}", settle_timeout=0.1)
    async with running_in_process(settings) as sns:
        await subscribe(sns, "one")
        await sns("Publish", TopicArn=TOPIC, Message="hello")
        for _ in range(150):
            sns.clock.advance(2)
            await asyncio.sleep(0.01)
        assert len(await pending(sns)) == 1
        await until_nothing_is_pending(sns, step=_DAY)
        logged = await sns.service.runtime.database.read(deliveries.logged)
        assert {(entry.destination, entry.status) for entry in logged} == {
            (queue_arn("one"), "dead-lettered"),
            (queue_arn("dead"), "failed"),
        }
