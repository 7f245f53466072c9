"""A thousand receives that wait: what they cost while nothing comes, and how soon each has its message.

`python -m benchmarks.sqs_long_polls [--polls 1000] [--queues 100] [--seconds 8]`
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import fleet_cost
from benchmarks.sqs_client import SqsConnection
from tests.processes import Running, running_fleet

_WAIT_SECONDS = 20
_SETTLE_SECONDS = 1.0


@dataclass
class Outcome:
    """`idle_share` of one core, all processes together; `delays` from before each send to its message's arrival."""

    idle_share: float
    delays: list[float]
    by_process: dict[str, float]


async def run(fleet: Running, *, polls: int, queues: int, seconds: float) -> Outcome:
    """The polls are spread evenly over the queues; they must end before their 20 seconds do."""
    control = await SqsConnection.open(fleet.url)
    names = [f"poll-{number}" for number in range(queues)]
    urls = [(await control.call("CreateQueue", QueueName=name))["QueueUrl"] for name in names]
    waiting = [await SqsConnection.open(fleet.url) for _ in range(polls)]
    pids = fleet_cost.process_ids(fleet)
    for number, connection in enumerate(waiting):
        connection.send("ReceiveMessage", QueueUrl=urls[number % queues], WaitTimeSeconds=_WAIT_SECONDS)
    await asyncio.sleep(_SETTLE_SECONDS)
    before, started = fleet_cost.cpu_seconds(pids), time.monotonic()
    await asyncio.sleep(seconds)
    after, elapsed = fleet_cost.cpu_seconds(pids), time.monotonic() - started
    by_process = {name: (after[name] - before[name]) / elapsed for name in pids}
    delays = await _wake(control, waiting, urls)
    for connection in (control, *waiting):
        await connection.close()
    return Outcome(sum(by_process.values()), delays, by_process)


async def _wake(control: SqsConnection, waiting: list[SqsConnection], urls: list[str]) -> list[float]:
    """Send one message after another, each to the queue of the next poll that waits."""
    arrivals: dict[str, float] = {}

    async def arrival(connection: SqsConnection) -> None:
        (message,) = (await connection.answer())["Messages"]
        arrivals[message["Body"]] = time.monotonic()

    arriving = [asyncio.create_task(arrival(connection)) for connection in waiting]
    sent: dict[str, float] = {}
    for number in range(len(waiting)):
        sent[str(number)] = time.monotonic()
        await control.call("SendMessage", QueueUrl=urls[number % len(urls)], MessageBody=str(number))
    await asyncio.gather(*arriving)
    return [arrivals[body] - at for body, at in sent.items()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sqs_long_polls")
    parser.add_argument("--polls", type=int, default=1000)
    parser.add_argument("--queues", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), "--services", "sqs") as fleet:
        outcome = asyncio.run(run(fleet, polls=options.polls, queues=options.queues, seconds=options.seconds))
    shares = ", ".join(f"{name} {share:.2%}" for name, share in outcome.by_process.items())
    print(f"{options.polls} idle polls: {outcome.idle_share:.2%} of a core ({shares})")
    quantiles = statistics.quantiles(outcome.delays, n=100)
    print(
        f"from send to arrival: p50 {quantiles[49] * 1e3:.1f} ms, p99 {quantiles[98] * 1e3:.1f} ms, "
        f"longest {max(outcome.delays) * 1e3:.1f} ms"
    )


if __name__ == "__main__":
    main()
