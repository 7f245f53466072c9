"""Producers and consumers on one queue: is each message delivered once, none lost, none stuck, and how fast.

`python -m benchmarks.sqs_consumers [--messages 100000] [--consumers 16] [--producers 4] [--fifo]`
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import fleet_cost
from benchmarks.sqs_client import SqsConnection
from tests.processes import Running, running_fleet

_BATCH = 10
_VISIBILITY_TIMEOUT = 120


@dataclass
class Outcome:
    """`delivered` counts the deliveries of each message; `order` has a FIFO queue's bodies by group, as received."""

    sent: set[str] = field(default_factory=set)
    delivered: Counter[str] = field(default_factory=Counter)
    order: dict[str, list[int]] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    seconds: float = 0.0


async def run(url: str, queue: str, *, messages: int, consumers: int, producers: int, fifo: bool = False) -> Outcome:
    """Send `messages` while they are received and deleted; the consumers end when all that was sent is delivered."""
    attributes = {"VisibilityTimeout": str(_VISIBILITY_TIMEOUT)} | ({"FifoQueue": "true"} if fifo else {})
    control = await SqsConnection.open(url)
    queue_url = (await control.call("CreateQueue", QueueName=queue, Attributes=attributes))["QueueUrl"]
    outcome = Outcome()
    share = messages // producers
    started = time.monotonic()
    work = [_consume(url, queue_url, outcome, share * producers) for _ in range(consumers)]
    work += [_produce(url, queue_url, outcome, number, share, fifo=fifo) for number in range(producers)]
    await asyncio.gather(*work)
    outcome.seconds = time.monotonic() - started
    counts = await control.call("GetQueueAttributes", QueueUrl=queue_url, AttributeNames=["All"])
    outcome.left = tuple(value for name, value in counts["Attributes"].items() if name.startswith("Approximate"))
    await control.close()
    return outcome


async def _produce(url: str, queue_url: str, outcome: Outcome, producer: int, share: int, *, fifo: bool) -> None:
    connection = await SqsConnection.open(url)
    for first in range(0, share, _BATCH):
        entries = [_entry(producer, number, fifo=fifo) for number in range(first, min(first + _BATCH, share))]
        answer = await connection.call("SendMessageBatch", QueueUrl=queue_url, Entries=entries)
        outcome.sent.update(entry["MessageId"] for entry in answer["Successful"])
    await connection.close()


def _entry(producer: int, number: int, *, fifo: bool) -> dict[str, str]:
    entry = {"Id": str(number), "MessageBody": f"{producer} {number}"}
    if fifo:
        entry |= {"MessageGroupId": str(producer), "MessageDeduplicationId": f"{producer}-{number}"}
    return entry


async def _consume(url: str, queue_url: str, outcome: Outcome, expected: int) -> None:
    connection = await SqsConnection.open(url)
    while len(outcome.delivered) < expected:
        answer = await connection.call("ReceiveMessage", QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        received = answer.get("Messages", [])
        if not received:
            continue
        outcome.delivered.update(message["MessageId"] for message in received)
        for message in received:
            producer, number = message["Body"].split()
            outcome.order.setdefault(producer, []).append(int(number))
        entries = [
            {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(received)
        ]
        await connection.call("DeleteMessageBatch", QueueUrl=queue_url, Entries=entries)
    await connection.close()


def check(outcome: Outcome, messages: int, *, fifo: bool = False) -> None:
    """AssertionError where a message was lost, delivered twice, out of order, or is still there."""
    assert len(outcome.sent) == messages
    assert set(outcome.delivered) == outcome.sent
    assert max(outcome.delivered.values()) == 1
    assert set(outcome.left) == {"0"}, outcome.left
    if fifo:
        for numbers in outcome.order.values():
            assert numbers == sorted(numbers)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sqs_consumers")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--consumers", type=int, default=16)
    parser.add_argument("--producers", type=int, default=4)
    parser.add_argument("--fifo", action="store_true")
    options = parser.parse_args()
    name = "q.fifo" if options.fifo else "q"
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), "--services", "sqs") as fleet:
        outcome = asyncio.run(_run(fleet, name, options))
        memory = fleet_cost.memory_mb(fleet_cost.process_ids(fleet))
    check(outcome, options.messages // options.producers * options.producers, fifo=options.fifo)
    print(f"{len(outcome.delivered)} messages, each delivered once, in {outcome.seconds:.1f} s:")
    print(f"{len(outcome.delivered) / outcome.seconds:.0f} a second sent, received and deleted (batches of ten)")
    print("RSS afterwards: " + ", ".join(f"{name} {entry['rss']} MB" for name, entry in memory.items()))


async def _run(fleet: Running, name: str, options: argparse.Namespace) -> Outcome:
    return await run(
        fleet.url,
        name,
        messages=options.messages,
        consumers=options.consumers,
        producers=options.producers,
        fifo=options.fifo,
    )


if __name__ == "__main__":
    main()
