"""What the console's pages take with a lot behind them, and the memory of its process.

`python -m benchmarks.console_pages [--count 1000000] [--queues 100000] [--calls 20] [--no-record]`

A table of a million items, a bucket of a million keys, a queue of a million messages, among 100,000 queues. One of each
is made through the API, the others are rows copied from its row while the fleet is stopped.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import fleet_cost
from benchmarks.record import machine, write_page
from tests.processes import Running, running_fleet

_BASE = "/_ruststack/console/000000000000/us-east-1/"
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
_PARTITIONS = 100
_PAGES = {
    "overview": "",
    "search everywhere": "search?q=queue-0099",
    "buckets": "s3/buckets",
    "a bucket of a million keys": "s3/buckets/million",
    "the same, a folder of a thousand": "s3/buckets/million?prefix=500/",
    "the same, searched": "s3/buckets/million?q=0999",
    "the same, with versions": "s3/buckets/million?versions=1",
    "an object": "s3/buckets/million/object?key=500/000500",
    "tables": "dynamodb/tables",
    "a table of a million items, scanned": "dynamodb/tables/Million",
    "the same, queried": "dynamodb/tables/Million?mode=query&partition=p-42&sort_is=begins_with&sort_value=0005",
    "the same, with a filter that nothing fits": "dynamodb/tables/Million?name0=text&is0=contains&value0=absent",
    "an item": "dynamodb/tables/Million/item?key=eyJwIjp7IlMiOiJwLTQyIn0sInMiOnsiUyI6IjAwMDAwMCJ9fQ",
    "the table's details": "dynamodb/tables/Million/details",
    "100,000 queues": "sqs/queues",
    "the same, by how they begin": "sqs/queues?q=queue-0099",
    "a queue of a million messages": "sqs/queues/million",
    "what sends to it": "sqs/queues/million/sources",
    "requests": "requests",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--queues", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--no-record", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder)) as fleet:
        started = time.monotonic()
        fill(fleet, options.count, options.queues)
        print(f"filled in {time.monotonic() - started:.0f} s")
        with httpx.Client(base_url=fleet.url, timeout=60) as client:
            rows = {name: measure(fleet, client, path, options.calls) for name, path in _PAGES.items()}
        memory = fleet_cost.memory_mb({"console": console_pid(fleet)})["console"]
    lines = [
        f"Behind the pages: {options.count:,} items, keys and messages, {options.queues:,} queues; {options.calls}",
        "calls of each, in turn, after one that is not counted. CPU is that of all of the fleet's processes.",
        "",
        "| page | median ms | slowest ms | CPU ms | KB |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {row['median_ms']:.0f} | {row['slowest_ms']:.0f} | {row['cpu_ms']:.1f} | {row['kb']:.0f} |"
            for name, row in rows.items()
        ),
        "",
        f"Load average of the machine, other work included: {os.getloadavg()[1]:.0f}.",
        f"Memory of the console's process after that: {memory['rss']} MB resident, {memory['pss']} MB its share.",
    ]
    print("\n".join(lines))
    if not options.no_record:
        print(write_page("console-pages", {"machine": machine(), "pages": rows, "memory": memory}, lines))


def fill(fleet: Running, count: int, queues: int) -> None:
    """See the module; the fleet is restarted."""
    s3, dynamodb, sqs = map(fleet.client, ("s3", "dynamodb", "sqs"))
    s3.create_bucket(Bucket="million")
    s3.put_object(Bucket="million", Key="template", Body=b'{"small": true}', ContentType="application/json")
    dynamodb.create_table(
        TableName="Million",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("p", "s")],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    )
    for number in range(_PARTITIONS):
        item = {"p": {"S": f"p-{number}"}, "s": {"S": "000000"}, "text": {"S": "x" * 120}, "n": {"N": "1"}}
        dynamodb.put_item(TableName="Million", Item=item)
    url = sqs.create_queue(QueueName="million")["QueueUrl"]
    sqs.create_queue(QueueName="queue-template")
    sqs.send_message(QueueUrl=url, MessageBody='{"order": 1}')
    fleet.stop()
    with _opened(fleet.data_dir / "s3.db") as database:
        _copy(database, "objects", {"key": "CAST(printf('%03d/%06d', i % 1000, i) AS BLOB)"}, "1", count)
    with _opened(fleet.data_dir / "dynamodb.db") as database:
        item = "CAST(replace(CAST(item AS TEXT), '\"000000\"', printf('\"%06d\"', i)) AS BLOB)"
        sort = "CAST(printf('%06d', i) AS BLOB)"
        _copy(database, "items", {"sort": sort, "item": item}, "1", count // _PARTITIONS - 1)
        database.execute("UPDATE statistics SET item_count = (SELECT count(*) FROM items)")
    with _opened(fleet.data_dir / "sqs.db") as database:
        changed = {"message_id": "lower(hex(randomblob(16)))", "turn": "turn + i"}
        _copy(database, "messages", changed, "1", count - 1)
        first = database.execute("SELECT max(id) FROM backlogs").fetchone()[0]
        of = "id = (SELECT max(id) FROM backlogs)"
        database.execute(
            f"{_NUMBERS} INSERT INTO backlogs SELECT {first} + i, discarded FROM backlogs, n WHERE {of}",
            {"count": queues},
        )
        name = {"name": "printf('queue-%06d', i)", "backlog_id": f"{first} + i"}
        _copy(database, "queues", name, "name = 'queue-template'", queues)
    fleet.start(timeout=120)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = -200000")
    connection.execute("BEGIN")
    yield connection
    connection.execute("COMMIT")
    connection.close()


def _copy(database: sqlite3.Connection, table: str, changed: dict[str, str], where: str, count: int) -> None:
    """`count` copies of each row that is there, with expressions (of the number `i`) in the place of some columns."""
    columns = [(str(row[1]), str(row[2])) for row in database.execute(f"PRAGMA table_info({table})")]
    names = [name for name, kind in columns if name != "id" or kind != "INTEGER" or name in changed]
    values = ", ".join(changed.get(name, f"{table}.{name}") for name in names)
    into = f"{_NUMBERS} INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table}, n WHERE {where}"
    database.execute(into, {"count": count})


def measure(fleet: Running, client: httpx.Client, path: str, calls: int) -> dict[str, Any]:
    """Times of a page in ms, its CPU and its size."""
    size = len(_get(client, path))
    pids = {**fleet_cost.process_ids(fleet), "console": console_pid(fleet)}
    times = []
    before = sum(fleet_cost.cpu_seconds(pids).values())
    for _ in range(calls):
        started = time.perf_counter()
        _get(client, path)
        times.append((time.perf_counter() - started) * 1000)
    cpu = (sum(fleet_cost.cpu_seconds(pids).values()) - before) * 1000 / calls
    return {"median_ms": statistics.median(times), "slowest_ms": max(times), "cpu_ms": cpu, "kb": size / 1024}


def _get(client: httpx.Client, path: str) -> bytes:
    answer = client.get(_BASE + path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    return answer.content


def console_pid(fleet: Running) -> int:
    """The console's process, which the first page has started."""
    return next(child.pid for child in psutil.Process(fleet.pid).children() if "console" in child.cmdline())


if __name__ == "__main__":
    main()
