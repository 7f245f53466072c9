"""How a replica of a large table is filled: how long it takes, and how long a write meanwhile waits.

`python -m benchmarks.dynamodb_replica [--items 1000000]`
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost
from benchmarks.dynamodb_client import DynamoDbConnection, connected
from benchmarks.dynamodb_million import create, fill, item
from tests.processes import Running, running_service

_TABLE = "orders"
_HOME, _AWAY = "us-east-1", "eu-west-1"
_PATIENCE = 60  # seconds, and the time that counting takes
_PAUSE = 0.01  # seconds between writes
_LATER = 10_000_000  # numbers from here on are of items that come while the replica is filled


def loop_seconds(pid: int) -> float:
    """Processor seconds that the process's event loop, which is its first thread, has had."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


async def status(connection: DynamoDbConnection) -> str:
    table = (await connection.call("DescribeTable", TableName=_TABLE))["Table"]
    found: str = table["Replicas"][0]["ReplicaStatus"] if table.get("Replicas") else "CREATING"
    return found


async def write_meanwhile(service: Running, connection: DynamoDbConnection) -> tuple[int, list[tuple[float, float]]]:
    """Write until the replica is there. How many items came; and of each write seconds, and those the loop worked."""
    times: list[tuple[float, float]] = []
    while len(times) % 20 or await status(connection) != "ACTIVE":
        worked, started = loop_seconds(service.pid), time.monotonic()
        await connection.call("PutItem", TableName=_TABLE, Item=item(_LATER + len(times)))
        times.append((time.monotonic() - started, loop_seconds(service.pid) - worked))
        await asyncio.sleep(_PAUSE)
    return len(times), times


async def count_of(connection: DynamoDbConnection) -> int:
    found: int = 0
    start: dict[str, Any] = {}
    while True:
        page = await connection.call("Scan", TableName=_TABLE, Select="COUNT", ConsistentRead=True, **start)
        found += page["Count"]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


async def run(service: Running, items: int) -> None:
    async with connected(service.url) as home:
        await create(home, _TABLE)
    await fill(service.url, _TABLE, items)
    async with connected(service.url) as home:
        written = await copy(service, home, items)
    async with connected(service.url) as home, connected(service.url, _AWAY) as away:
        await compare(home, away, items + written)


async def copy(service: Running, home: DynamoDbConnection, items: int) -> int:
    """Have the replica filled while it is written; how many items came meanwhile."""
    before = fleet_cost.memory_mb({"dynamodb": service.pid})["dynamodb"]["rss"]
    started, worked = time.monotonic(), loop_seconds(service.pid)
    new: dict[str, Any] = {"Create": {"RegionName": _AWAY}}
    await home.call("UpdateTable", TableName=_TABLE, ReplicaUpdates=[new])
    written, times = await write_meanwhile(service, home)
    took, worked = time.monotonic() - started, loop_seconds(service.pid) - worked
    waits = sorted(wait for wait, _ in times)
    longest = max(own for _, own in times)
    after = fleet_cost.memory_mb({"dynamodb": service.pid})["dynamodb"]["rss"]
    print(f"{items:,} items copied in {took:.0f} s, {worked:.0f} s of the loop's work")
    print(
        f"{written:,} writes meanwhile: p50 {waits[written // 2] * 1e3:.0f} ms, p99"
        f" {waits[written * 99 // 100] * 1e3:.0f} ms, longest {waits[-1] * 1e3:.0f} ms; the loop worked"
        f" {longest * 1e3:.0f} ms at most during one"
    )
    print(f"memory {before} MB before, {after} MB after", flush=True)
    return written


async def compare(home: DynamoDbConnection, away: DynamoDbConnection, count: int) -> None:
    """AssertionError where a region does not have all items in the end."""
    for _ in range(_PATIENCE):  # what was written last is on its way
        if await count_of(away) == count:
            break
        await asyncio.sleep(1)
    assert await count_of(home) == await count_of(away) == count
    print("both regions have all of them")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dynamodb_replica", description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_service("dynamodb", Path(folder)) as service:
        asyncio.run(run(service, options.items))


if __name__ == "__main__":
    main()
