"""What replicas of one service give, on a shared SQLite file and on PostgreSQL: operations a second, and waking times.

`python -m benchmarks.scaling [--seconds 5] [--replicas 1,2,3] [--databases sqlite,postgresql] [--cases sqs,...]`: a
Markdown table.

sqs: messages sent, received and deleted, ten at a time. dynamodb: an UpdateItem that counts, over 1,000 items. s3:
PutObject of 1 kB. Eight connections go to the replicas directly, in turn. waking: milliseconds from a SendMessage at
one replica to the answer of a poll at another (at the same, where there is but one), the 99th of 100. One case follows
the other on the same machine: rows can be compared with each other, less so with those of another machine.

Behind each figure stands what an operation costs, in milliseconds of processor time: of the replicas, of the server
where there is one, and of the clients, who share the processors with them. On a machine that others are at work on,
too, that says more than how many there were.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from benchmarks import dynamodb_client, sqs_client
from benchmarks.s3_client import S3Connection
from tests.postgresql import PostgresqlServer, postgresql_server
from tests.processes import Running, running_service

_CONNECTIONS = 8
_ITEMS = 1_000
_WAKES = 100


async def _sqs(urls: list[str], seconds: float) -> float:
    queue_url = await _queue(urls[0])
    entries = [{"Id": str(number), "MessageBody": "x" * 100} for number in range(10)]
    done = 0
    until = time.monotonic() + seconds

    async def work(url: str) -> None:
        nonlocal done
        async with sqs_client.connected(url) as connection:
            while time.monotonic() < until:
                await connection.call("SendMessageBatch", QueueUrl=queue_url, Entries=entries)
                answer = await connection.call("ReceiveMessage", QueueUrl=queue_url, MaxNumberOfMessages=10)
                taken = answer.get("Messages", ())
                handles = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(taken)]
                if handles:
                    await connection.call("DeleteMessageBatch", QueueUrl=queue_url, Entries=handles)
                    done += len(handles)

    await _on_all(urls, work)
    return done / seconds


async def _waking(urls: list[str], seconds: float) -> float:
    queue_url = await _queue(urls[0])
    times: list[float] = []
    async with sqs_client.connected(urls[0]) as sending, sqs_client.connected(urls[-1]) as receiving:
        for _ in range(_WAKES):
            poll = asyncio.create_task(receiving.call("ReceiveMessage", QueueUrl=queue_url, WaitTimeSeconds=20))
            await asyncio.sleep(0.02)
            sent_at = time.monotonic()
            await sending.call("SendMessage", QueueUrl=queue_url, MessageBody="x")
            await poll
            times.append(time.monotonic() - sent_at)
    return 1000 * sorted(times)[_WAKES * 99 // 100 - 1]


async def _queue(url: str) -> str:
    async with sqs_client.connected(url) as connection:
        answer = await connection.call("CreateQueue", QueueName="q", Attributes={"VisibilityTimeout": "3600"})
    name: str = answer["QueueUrl"]
    return name


async def _dynamodb(urls: list[str], seconds: float) -> float:
    async with dynamodb_client.connected(urls[0]) as connection:
        await connection.call(
            "CreateTable",
            TableName="counters",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
            BillingMode="PAY_PER_REQUEST",
        )
    done = 0
    until = time.monotonic() + seconds
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}

    async def work(url: str) -> None:
        nonlocal done
        async with dynamodb_client.connected(url) as connection:
            while time.monotonic() < until:
                key = {"id": {"N": str(random.randrange(_ITEMS))}}
                await connection.call("UpdateItem", TableName="counters", Key=key, **add)
                done += 1

    await _on_all(urls, work)
    return done / seconds


async def _s3(urls: list[str], seconds: float) -> float:
    with S3Connection(urls[0]) as connection:
        connection.call("PUT", "/bucket")
    until = time.monotonic() + seconds

    def put(number: int) -> int:
        done = 0
        with S3Connection(urls[number % len(urls)]) as connection:
            while time.monotonic() < until:
                connection.call("PUT", f"/bucket/{number}-{done}", b"x" * 1000)
                done += 1
        return done

    return sum(await asyncio.gather(*(asyncio.to_thread(put, number) for number in range(_CONNECTIONS)))) / seconds


async def _on_all(urls: list[str], work: Callable[[str], Awaitable[None]]) -> None:
    await asyncio.gather(*(work(urls[number % len(urls)]) for number in range(_CONNECTIONS)))


CASES: Mapping[str, tuple[str, Callable[[list[str], float], Awaitable[float]]]] = {
    "sqs": ("sqs", _sqs),
    "dynamodb": ("dynamodb", _dynamodb),
    "s3": ("s3", _s3),
    "waking": ("sqs", _waking),
}


@contextmanager
def _replicas(service: str, count: int, server: PostgresqlServer | None) -> Iterator[list[Running]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ruststack-scaling-")))
        environment = {"RUSTSTACK_FLEET": "scaling", "RUSTSTACK_DATA_DIR": str(folder / "data")}
        if server is not None:
            url = server.url(stack.enter_context(server.database()))
            environment[f"RUSTSTACK_{service.upper()}_DATABASE_URL"] = url
        yield [
            stack.enter_context(running_service(service, folder / str(number), environment=environment))
            for number in range(count)
        ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description="What replicas give.")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--replicas", default="1,2,3")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--cases", default=",".join(CASES))
    options = parser.parse_args()
    counts = [int(text) for text in options.replicas.split(",")]
    print("| case | database |" + "".join(f" {count} |" for count in counts))
    print("|---|---|" + "--:|" * len(counts))
    with ExitStack() as stack:
        databases = options.databases.split(",")
        server = stack.enter_context(postgresql_server()) if "postgresql" in databases else None
        for case in options.cases.split(","):
            for database in databases:
                figures = [
                    _measure(case, count, options.seconds, server if database != "sqlite" else None) for count in counts
                ]
                print(f"| {case} | {database} |" + "".join(f" {figure} |" for figure in figures), flush=True)


def _measure(case: str, count: int, seconds: float, server: PostgresqlServer | None) -> str:
    service, load = CASES[case]
    with _replicas(service, count, server) as replicas:
        costs = [_Cost([psutil.Process(replica.pid) for replica in replicas])]
        if server is not None:
            costs.append(_Cost([psutil.Process(server.pid)]))
        own = time.process_time()
        figure = asyncio.run(_call(load, [replica.url for replica in replicas], seconds))
        spent = [*(cost.seconds() for cost in costs), time.process_time() - own]
    if case == "waking":
        return f"{figure:,.0f}"
    each = " + ".join(f"{1000 * cost / (figure * seconds):.3f}" for cost in spent)
    return f"{figure:,.0f} ({each})"


class _Cost:
    """The processor time of processes and their children from now on."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        self._processes = processes
        self._before = self._spent()

    def _spent(self) -> dict[int, float]:
        spent: dict[int, float] = {}
        for process in self._processes:
            for each in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = each.cpu_times()
                    spent[each.pid] = times.user + times.system
        return spent

    def seconds(self) -> float:
        return sum(seconds - self._before.get(pid, 0.0) for pid, seconds in self._spent().items())


async def _call(load: Callable[[list[str], float], Awaitable[float]], urls: list[str], seconds: float) -> float:
    return await load(urls, seconds)


if __name__ == "__main__":
    main()
