"""Whether a page of a listing costs more in a large bucket than in a small one.

`python -m benchmarks.s3_million_keys [--keys 1000000] [--calls 40] [--no-record]`

The same pages (as many keys, common prefixes or versions each) are listed in a bucket of 1,000 keys and in one of a
million. One object is put through the API; the others are rows copied from its row while the service is stopped, in
random order, so that neighbours in a listing do not lie side by side in the table.
"""

from __future__ import annotations

import argparse
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks import fleet_cost
from benchmarks.record import machine, write_page
from benchmarks.s3_client import S3Connection
from tests.processes import Running, running_service

_SMALL, _LARGE = "thousand", "million"
_FOLDERS = 1000
_GOAL = 2.0

# By name: the query of a page that has as many entries in either bucket
_PAGES = {
    "ListObjectsV2, 1,000 keys": "list-type=2",
    "ListObjectsV2, 100 keys": "list-type=2&max-keys=100",
    "ListObjectsV2, 100 keys in the middle": "list-type=2&max-keys=100&start-after=500/",
    "ListObjectsV2, 100 keys of a prefix": "list-type=2&max-keys=100&prefix=5",
    "ListObjectsV2, 1,000 common prefixes": "list-type=2&delimiter=/",
    "ListObjectsV2, 100 common prefixes of a prefix": "list-type=2&delimiter=/&prefix=5",
    "ListObjects, 100 keys after a marker": "max-keys=100&marker=700/",
    "ListObjectVersions, 1,000 versions": "versions",
    "ListObjectVersions, 100 versions in the middle": "versions&max-keys=100&key-marker=500/",
    "ListObjectVersions, 1,000 common prefixes": "versions&delimiter=/",
}
_TOKEN = re.compile(rb"<NextContinuationToken>(.*?)</NextContinuationToken>")
_ENTRIES = re.compile(rb"<(?:Contents|CommonPrefixes|Version)>")


def small_keys() -> list[bytes]:
    """A key in each of a thousand folders."""
    return [f"{number:03}/{number:03}".encode() for number in range(_FOLDERS)]


def large_keys(count: int) -> list[bytes]:
    """As many folders with `count` keys in all."""
    return [f"{number % _FOLDERS:03}/{number // _FOLDERS:03}".encode() for number in range(count)]


def fill(service: Running, buckets: dict[str, list[bytes]]) -> None:
    """Copies of each bucket's object `template`, under these keys in its place; the service is restarted."""
    service.stop()
    connection = sqlite3.connect(service.data_dir / "s3.db", isolation_level=None)
    connection.execute("PRAGMA cache_size=-200000")
    connection.execute("BEGIN")
    for name, keys in buckets.items():
        random.Random(1).shuffle(keys)
        (bucket_id,) = connection.execute("SELECT id FROM buckets WHERE name = ?", (name,)).fetchone()
        found = connection.execute("SELECT * FROM objects WHERE bucket_id = ?", (bucket_id,))
        names = [column[0] for column in found.description]
        (template,) = found.fetchall()
        connection.execute("DELETE FROM objects WHERE bucket_id = ?", (bucket_id,))
        place = names.index("key")
        marks = ", ".join("?" * len(names))
        rows = _rows(template, place, keys)
        connection.executemany(f"INSERT INTO objects ({', '.join(names)}) VALUES ({marks})", rows)
    connection.execute("COMMIT")
    connection.close()
    service.start()


def _rows(template: tuple[Any, ...], place: int, keys: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    for key in keys:
        yield (*template[:place], key, *template[place + 1 :])


def pages(connection: S3Connection) -> dict[str, dict[str, str]]:
    """By the page's name and the bucket: the target to GET."""
    targets = {name: {bucket: f"/{bucket}?{query}" for bucket in (_SMALL, _LARGE)} for name, query in _PAGES.items()}
    # The page after one that ended in the bucket's middle
    following = {}
    for bucket in (_SMALL, _LARGE):
        _, text = connection.call("GET", f"/{bucket}?list-type=2&max-keys=1&start-after=300/")
        token = _TOKEN.search(text)
        assert token is not None
        following[bucket] = f"/{bucket}?list-type=2&max-keys=100&continuation-token={quote(token[1].decode(), safe='')}"
    return {**targets, "ListObjectsV2, 100 keys of a continuation": following}


def measure(service: Running, connection: S3Connection, targets: dict[str, str], calls: int) -> dict[str, Any]:
    """CPU and median time of a page in either bucket, in microseconds, and how many entries it has."""
    cpu = dict.fromkeys(targets, 0.0)
    times: dict[str, list[float]] = {bucket: [] for bucket in targets}
    entries = {
        bucket: len(_ENTRIES.findall(connection.call("GET", target)[1]))
        for bucket, target in targets.items()
        for _ in range(3)
    }
    if len(set(entries.values())) != 1:
        raise RuntimeError(f"{targets}: {entries} entries are not the same page")
    # By turns, so that what else the machine does falls on both
    for _ in range(calls):
        for bucket, target in targets.items():
            before, started = _cpu_seconds(service.pid), time.perf_counter()
            connection.call("GET", target)
            times[bucket].append(time.perf_counter() - started)
            cpu[bucket] += _cpu_seconds(service.pid) - before
    return {
        "entries": entries[_LARGE],
        "small_cpu_us": round(cpu[_SMALL] / calls * 1e6),
        "large_cpu_us": round(cpu[_LARGE] / calls * 1e6),
        "small_us": round(statistics.median(times[_SMALL]) * 1e6),
        "large_us": round(statistics.median(times[_LARGE]) * 1e6),
        "ratio": round(cpu[_LARGE] / cpu[_SMALL], 2),
    }


def _cpu_seconds(pid: int) -> float:
    """Of the process's first thread, in which everything here happens; finer than `fleet_cost`'s ticks."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def run(service: Running, keys: int, calls: int) -> list[dict[str, Any]]:
    rows = []
    with S3Connection(service.url) as connection:
        for bucket in (_SMALL, _LARGE):
            connection.call("PUT", f"/{bucket}")
            connection.call("PUT", f"/{bucket}/template", b"b" * 100)
    started = time.monotonic()
    fill(service, {_SMALL: small_keys(), _LARGE: large_keys(keys)})
    print(f"filled with {keys:,} keys in {time.monotonic() - started:.0f} s")
    with S3Connection(service.url) as connection:
        for name, targets in pages(connection).items():
            rows.append({"page": name, **measure(service, connection, targets, calls)})
            print("  ".join(f"{name} {value}" for name, value in rows[-1].items()))
    return rows


def report(results: dict[str, Any]) -> list[str]:
    """The results as Markdown."""
    small, large = f"{_FOLDERS:,}", f"{results['keys']:,}"
    return [
        f"A page of a listing in a bucket of {large} keys beside the same page in one of {small}.",
        f"The ratio is that of the CPU time; the goal is one below {_GOAL:g}.",
        "",
        f"| page | CPU us, of {small} | of {large} | time us, of {small} | of {large} | ratio |",
        "|---|--:|--:|--:|--:|--:|",
        *(
            f"| {row['page']} | {row['small_cpu_us']:,} | {row['large_cpu_us']:,}"
            f" | {row['small_us']:,} | {row['large_us']:,} | {row['ratio']} |"
            for row in results["pages"]
        ),
        "",
        f"Memory of the process afterwards: {results['rss_mb']} MB.",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s3_million_keys")
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--no-record", action="store_true", help="print, but leave benchmarks/results as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_service("s3", Path(folder)) as service:
        rows = run(service, options.keys, options.calls)
        memory = fleet_cost.memory_mb({"s3": service.pid})["s3"]["rss"]
    print(f"memory of the process: {memory} MB")
    if not options.no_record:
        results = {"machine": machine(), "keys": options.keys, "goal_ratio": _GOAL, "rss_mb": memory, "pages": rows}
        print(f"recorded in {write_page('s3-million-keys', results, report(results))}")
    return int(any(row["ratio"] >= _GOAL for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
