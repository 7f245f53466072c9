"""Whether items cost more in a large table than in a small one, what a scan costs others, and the memory it all takes.

`python -m benchmarks.dynamodb_million [--items 1000000] [--calls 2000]`
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost
from benchmarks.dynamodb_client import DynamoDbConnection, connected
from tests.processes import Running, running_service

_SMALL = 1_000
_PARTITION = 100
_BATCH = 25
_LOADERS = 4
_SEGMENTS = 1
_ROUNDS = 8


def item(number: int) -> dict[str, Any]:
    """About 200 bytes; 100 items have a partition key in common."""
    return {
        **key(number),
        "number": {"N": str(number)},
        "text": {"S": f"item {number} ".ljust(120, "x")},
        "nested": {"M": {"flag": {"BOOL": True}, "list": {"L": [{"N": "1"}, {"S": "two"}]}}},
    }


def key(number: int) -> dict[str, Any]:
    return {"p": {"S": f"partition-{number // _PARTITION}"}, "s": {"N": str(number % _PARTITION)}}


async def create(connection: DynamoDbConnection, name: str) -> None:
    await connection.call(
        "CreateTable",
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    )


async def fill(url: str, name: str, count: int) -> None:
    """Write `count` items in batches, over several connections."""
    starts = iter(range(0, count, _BATCH))

    async def load() -> None:
        async with connected(url) as connection:
            for start in starts:
                puts = [{"PutRequest": {"Item": item(number)}} for number in range(start, start + _BATCH)]
                await connection.call("BatchWriteItem", RequestItems={name: puts})

    await asyncio.gather(*(load() for _ in range(_LOADERS)))


def requests(connection: DynamoDbConnection, name: str, count: int, calls: int) -> dict[str, list[bytes]]:
    """Requests for items all over the table, by what they are."""
    chosen = random.Random(1)
    numbers = [chosen.randrange(count) for _ in range(calls)]
    return {
        "get": [connection.request("GetItem", TableName=name, Key=key(number)) for number in numbers],
        "query of 25": [
            connection.request(
                "Query",
                TableName=name,
                KeyConditionExpression="p = :p AND s >= :s",
                ExpressionAttributeValues={":p": key(number)["p"], ":s": {"N": "10"}},
                Limit=25,
            )
            for number in numbers
        ],
        "conditional update": [
            connection.request(
                "UpdateItem",
                TableName=name,
                Key=key(number),
                UpdateExpression="SET visits = if_not_exists(visits, :zero) + :one",
                ConditionExpression="attribute_exists(p)",
                ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
            )
            for number in numbers
        ],
    }


async def measure(
    service: Running, connection: DynamoDbConnection, counts: dict[str, int], calls: int
) -> dict[str, dict[str, tuple[float, float]]]:
    """CPU and time of each kind of request by table, in microseconds.

    The tables take turns, so that what else the machine does weighs on both.
    """
    pids = {"dynamodb": service.pid}
    sent = {name: requests(connection, name, count, calls) for name, count in counts.items()}
    spent = {kind: {name: [0.0, 0.0] for name in counts} for kind in next(iter(sent.values()))}
    share = calls // _ROUNDS
    for round_ in range(-1, _ROUNDS):  # the first is to warm up
        for kind, by_table in spent.items():
            for name, total in by_table.items():
                chosen = sent[name][kind][max(round_, 0) * share :][:share]
                before, started = fleet_cost.cpu_seconds(pids)["dynamodb"], time.monotonic()
                for request in chosen:
                    await connection.send(request)
                if round_ >= 0:
                    total[0] += fleet_cost.cpu_seconds(pids)["dynamodb"] - before
                    total[1] += time.monotonic() - started
    calls = share * _ROUNDS
    return {
        kind: {name: (total[0] / calls * 1e6, total[1] / calls * 1e6) for name, total in by_table.items()}
        for kind, by_table in spent.items()
    }


async def scan(url: str, name: str, segment: int, *, filtered: bool) -> int:
    """Read a whole segment, page by page, with a filter that every item is tried against."""
    given: dict[str, Any] = {"Segment": segment, "TotalSegments": _SEGMENTS}
    if filtered:
        given |= {"FilterExpression": "nested.flag = :zero", "ExpressionAttributeValues": {":zero": {"N": "0"}}}
    read = 0
    async with connected(url) as connection:
        while True:
            page = await connection.call("Scan", TableName=name, **given)
            read += page["ScannedCount"]
            if "LastEvaluatedKey" not in page:
                return read
            given["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def scan_alone(url: str, name: str, segment: int, filtered: bool) -> int:
    """`scan`, in a process of its own."""
    return asyncio.run(scan(url, name, segment, filtered=filtered))


async def latencies_beside_a_scan(url: str, name: str, count: int, *, filtered: bool) -> tuple[float, float, float]:
    """p50 and p99 of reads, in milliseconds, while the table is scanned; and how long the scan took, in seconds."""
    times: list[float] = []
    started = time.monotonic()
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(_SEGMENTS) as pool:
        scans = [loop.run_in_executor(pool, scan_alone, url, name, segment, filtered) for segment in range(_SEGMENTS)]
        scanning = asyncio.gather(*scans)
        await _read_beside(url, name, count, scanning, times)
        read = sum(await scanning)
    assert read >= count, f"the scan read {read} of {count} items"
    times.sort()
    return times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3, time.monotonic() - started


async def _read_beside(url: str, name: str, count: int, scanning: asyncio.Future[Any], times: list[float]) -> None:
    async with connected(url) as connection:
        for request in requests(connection, name, count, 20_000)["get"]:
            if scanning.done():
                break
            begun = time.monotonic()
            await connection.send(request)
            times.append(time.monotonic() - begun)
            await asyncio.sleep(0.002)


async def run(service: Running, count: int, calls: int) -> None:
    async with connected(service.url) as connection:
        for name in ("small", "large"):
            await create(connection, name)
    started = time.monotonic()
    await fill(service.url, "small", _SMALL)
    await fill(service.url, "large", count)
    print(f"{count:,} items written in {time.monotonic() - started:.0f} s", flush=True)
    async with connected(service.url) as connection:
        costs = await measure(service, connection, {"small": _SMALL, "large": count}, calls)
    print(f"| | CPU us, of {_SMALL:,} | of {count:,} | ratio | time us, of {_SMALL:,} | of {count:,} | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for kind, by_table in costs.items():
        cells = []
        for part in (0, 1):
            before, after = by_table["small"][part], by_table["large"][part]
            cells += [f"{before:.0f}", f"{after:.0f}", f"{after / before:.2f}"]
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)
    for filtered in (False, True):
        p50, p99, seconds = await latencies_beside_a_scan(service.url, "large", count, filtered=filtered)
        what = "with a filter" if filtered else "plain"
        print(f"reads beside a full scan ({what}, {seconds:.0f} s): p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
    print(f"memory of the process: {fleet_cost.memory_mb({'dynamodb': service.pid})['dynamodb']['rss']} MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dynamodb_million", description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=4_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_service("dynamodb", Path(folder)) as service:
        asyncio.run(run(service, options.items, options.calls))


if __name__ == "__main__":
    main()
