"""Whether sending, receiving and deleting slow down with what waits in the queue, and what counting it costs.

`python -m benchmarks.sqs_depth [--depth 100000] [--calls 2000] [--fifo]`
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost
from benchmarks.sqs_client import SqsConnection
from tests.processes import Running, running_fleet

_BATCH = 10
_GROUPS = 1000


@dataclass
class Cost:
    """CPU time of all of the fleet's processes and time passed, in microseconds a call."""

    cpu_us: float
    wall_us: float


class Depth:
    """One queue, measured empty and full."""

    def __init__(self, fleet: Running, connection: SqsConnection, queue_url: str, *, fifo: bool) -> None:
        self._pids = fleet_cost.process_ids(fleet)
        self._connection = connection
        self._queue_url = queue_url
        self._fifo = fifo
        self._number = 0
        self._handles: list[str] = []

    async def fill(self, depth: int) -> None:
        for _ in range(depth // _BATCH):
            entries = [{"Id": str(index), **self._message()} for index in range(_BATCH)]
            await self._call("SendMessageBatch", Entries=entries)

    async def measure(self, calls: int) -> dict[str, Cost]:
        """The cost of each operation, over so many calls; the queue is as deep afterwards as before."""
        costs = {"send": await self._cost(calls, self._send)}
        if self._fifo:
            # A received message that stays would lock its group, and soon all of them would be.
            costs["receive, delete"] = await self._cost(calls, self._receive_and_delete)
        else:
            costs["receive"] = await self._cost(calls, self._receive)
            costs["delete"] = await self._cost(calls, self._delete)
        costs["count"] = await self._cost(calls // 10, self._count)
        return costs

    async def _cost(self, calls: int, call: Callable[[], Awaitable[None]]) -> Cost:
        before, started = sum(fleet_cost.cpu_seconds(self._pids).values()), time.monotonic()
        for _ in range(calls):
            await call()
        elapsed = time.monotonic() - started
        spent = sum(fleet_cost.cpu_seconds(self._pids).values()) - before
        return Cost(spent / calls * 1e6, elapsed / calls * 1e6)

    def _message(self) -> dict[str, str]:
        self._number += 1
        message = {"MessageBody": "m" * 100}
        if self._fifo:
            number = str(self._number)
            message |= {"MessageGroupId": str(self._number % _GROUPS), "MessageDeduplicationId": number}
        return message

    async def _send(self) -> None:
        await self._call("SendMessage", **self._message())

    async def _receive(self) -> None:
        (message,) = (await self._call("ReceiveMessage", VisibilityTimeout=3600))["Messages"]
        self._handles.append(message["ReceiptHandle"])

    async def _delete(self) -> None:
        await self._call("DeleteMessage", ReceiptHandle=self._handles.pop())

    async def _receive_and_delete(self) -> None:
        await self._receive()
        await self._delete()

    async def _count(self) -> None:
        await self._call("GetQueueAttributes", AttributeNames=["All"])

    async def _call(self, operation: str, **input: Any) -> Any:
        return await self._connection.call(operation, QueueUrl=self._queue_url, **input)


async def run(fleet: Running, *, depth: int, calls: int, fifo: bool) -> tuple[dict[str, Cost], dict[str, Cost]]:
    """The costs with an empty queue, then with one in which `depth` messages wait."""
    connection = await SqsConnection.open(fleet.url)
    attributes = {"FifoQueue": "true"} if fifo else {}
    name = "depth.fifo" if fifo else "depth"
    queue_url = (await connection.call("CreateQueue", QueueName=name, Attributes=attributes))["QueueUrl"]
    queue = Depth(fleet, connection, queue_url, fifo=fifo)
    await queue.measure(calls // 4)
    empty = await queue.measure(calls)
    await queue.fill(depth)
    full = await queue.measure(calls)
    await connection.close()
    return empty, full


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sqs_depth")
    parser.add_argument("--depth", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--fifo", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), "--services", "sqs") as fleet:
        empty, full = asyncio.run(run(fleet, depth=options.depth, calls=options.calls, fifo=options.fifo))
    print(f"CPU us a call, gateway and service ({'FIFO' if options.fifo else 'standard'} queue):")
    for operation, cost in empty.items():
        deep = full[operation]
        print(
            f"{operation:16} empty {cost.cpu_us:6.0f}  {options.depth} waiting {deep.cpu_us:6.0f}  "
            f"ratio {deep.cpu_us / max(cost.cpu_us, 1):.2f}  (wall {cost.wall_us:.0f} / {deep.wall_us:.0f})"
        )


if __name__ == "__main__":
    main()
