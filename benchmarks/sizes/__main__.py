"""`python -m benchmarks.sizes [--items 1000000] [--things 10000] [--calls 100] [--only TEXT] [--no-record]`.

Two fleets: one that holds next to nothing, one with so many items, objects and messages (ready, delayed, to be purged)
in one of each, among so many tables, queues, topics and buckets. Each operation is sent to both by turns; its ratio is
that of the CPU time of all processes. The goal is 1.3, and a start in less than 2 s.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost
from benchmarks.record import machine, write_page
from benchmarks.sizes import filling
from benchmarks.sizes.filling import Size
from benchmarks.sizes.requests import Request, cases, dynamodb, sqs
from tests.processes import ACCOUNT_ID, Running, running_fleet

GOAL = 1.3
START_SECONDS = 2.0
_SMALL = Size(1_000, 100)
_AT_ONCE = 10
_STARTS = 3
_IDLE = 0.05  # of a core
_IDLE_WITHIN_SECONDS = 120


@dataclass
class Side:
    """One of the two fleets, with a connection to it; `cpu_us` and `ms` of each case, by turn."""

    fleet: Running
    size: Size
    connection: http.client.HTTPConnection
    pids: list[int]
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    ms: dict[str, list[float]] = field(default_factory=dict)

    def send(self, request: Request) -> bytes:
        """RuntimeError where the answer is an error."""
        self.connection.request(request.method, request.path, request.body or None, dict(request.headers))
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{request.method} {request.path} {request.body[:80]!r}: {answer.status} {body[:300]!r}")
        return body

    def cpu_seconds(self) -> float:
        """Of all threads of all processes, finer than the ticks of `fleet_cost`."""
        return (
            sum(
                int((task / "schedstat").read_text().split()[0])
                for pid in self.pids
                for task in Path(f"/proc/{pid}/task").iterdir()
            )
            / 1e9
        )


def main() -> int:
    options = _parse_options()
    with tempfile.TemporaryDirectory(prefix="ruststack-sizes-", dir=options.folder) as folder, ExitStack() as stack:
        sides = [
            _side(stack, Path(folder) / name, size)
            for name, size in (("small", _SMALL), ("large", Size(options.items, options.things)))
        ]
        large = sides[1]
        print(f"{filling.data_mb(large.fleet.data_dir):,} MB", flush=True)
        _wait_until_idle(sides)
        start = _restarted(large)
        print(f"ready in {start:.2f} s", flush=True)
        first = _first_counts(large)
        _wait_until_idle(sides)
        rows = _compare(sides, options)
        meanwhile = {} if options.only else _while_it_is_swept(large)
        memory = fleet_cost.memory_mb(fleet_cost.process_ids(large.fleet))
    results = {
        "machine": machine(),
        "items": options.items,
        "things": options.things,
        "start_seconds": round(start, 2),
        "first_count_ms": first,
        "cases": rows,
        "meanwhile_ms": meanwhile,
        "rss_mb": {name: entry["rss"] for name, entry in memory.items()},
    }
    print("\n".join(report(results)))
    if not options.no_record and not options.only:
        print(f"recorded in {write_page('sizes', results, report(results))}")
    return int(start > START_SECONDS or any(row["ratio"] > GOAL for row in rows))


def _parse_options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes")
    parser.add_argument("--items", type=int, default=1_000_000, help="items, objects, messages, in one of each")
    parser.add_argument("--things", type=int, default=10_000, help="tables, queues, topics, buckets")
    parser.add_argument("--calls", type=int, default=100, help="how often each is sent to either")
    parser.add_argument("--only", default="", help="only the cases whose name holds this; nothing is recorded")
    parser.add_argument("--folder", help="where the data is kept meanwhile: 1 KB for each of --items")
    parser.add_argument("--no-record", action="store_true", help="print, but leave benchmarks/results as it is")
    return parser.parse_args()


def _side(stack: ExitStack, folder: Path, size: Size) -> Side:
    fleet = stack.enter_context(running_fleet(folder))
    filling.make_templates(fleet)
    started = time.monotonic()
    filling.fill(fleet, size)
    print(f"{size}: filled and started in {time.monotonic() - started:.0f} s", flush=True)
    connection = http.client.HTTPConnection("127.0.0.1", fleet.port, timeout=300)
    return Side(fleet, size, connection, list(fleet_cost.process_ids(fleet).values()))


def _wait_until_idle(sides: list[Side]) -> None:
    """What counts after a start, or sweeps, is none of the operations that are compared."""
    deadline = time.monotonic() + _IDLE_WITHIN_SECONDS
    while time.monotonic() < deadline:
        before = sum(side.cpu_seconds() for side in sides)
        time.sleep(1)
        if sum(side.cpu_seconds() for side in sides) - before < _IDLE:
            return


def _restarted(side: Side) -> float:
    """Stopped and started again: the least of several times to ready, in seconds."""
    seconds = []
    for _ in range(_STARTS):
        side.fleet.restart()
        seconds.append(side.fleet.seconds_to_ready)
    side.pids = list(fleet_cost.process_ids(side.fleet).values())
    side.connection.close()
    return min(seconds)


def _first_counts(side: Side) -> dict[str, float]:
    """How long the first count of a queue's messages takes after a start, in ms."""
    found = {}
    for name in (filling.QUEUE, filling.DELAYED, filling.IN_FLIGHT):
        url = f"{side.fleet.url}/{ACCOUNT_ID}/{name}"
        started = time.perf_counter()
        side.send(sqs("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"]))
        found[name] = round((time.perf_counter() - started) * 1e3, 1)
    return found


def _compare(sides: list[Side], options: Any) -> list[dict[str, Any]]:
    by_side = [cases(side.fleet.url, side.size) for side in sides]
    rows = []
    for name in by_side[0]:
        if options.only.lower() not in name.lower():
            continue
        turns = 3 if "Purge" in name else max(1, options.calls // _AT_ONCE)
        for turn in range(-1, turns):  # the first is to warm up
            for side, do in zip(sides, by_side, strict=True):
                before, started = side.cpu_seconds(), time.perf_counter()
                for _ in range(1 if "Purge" in name else _AT_ONCE):
                    do[name](side.send)
                passed = time.perf_counter() - started
                if turn >= 0:
                    side.cpu_us.setdefault(name, []).append((side.cpu_seconds() - before) / _AT_ONCE * 1e6)
                    side.ms.setdefault(name, []).append(passed / _AT_ONCE * 1e3)
        rows.append(_row(name, *sides))
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    return rows


def _row(name: str, small: Side, large: Side) -> dict[str, Any]:
    """By the median of the turns: what else the fleet does in one of them is not the operation's."""
    cpu = [statistics.median(side.cpu_us[name]) for side in (small, large)]
    passed = [statistics.median(side.ms[name]) for side in (small, large)]
    return {
        "case": name,
        "small_cpu_us": round(cpu[0]),
        "large_cpu_us": round(cpu[1]),
        "small_ms": round(passed[0], 2),
        "large_ms": round(passed[1], 2),
        "ratio": round(cpu[1] / cpu[0], 2),
    }


def _while_it_is_swept(side: Side) -> dict[str, float]:
    """PurgeQueue and DeleteTable of all there is: how long until they answer, and what others wait for meanwhile."""
    queue = f"{side.fleet.url}/{ACCOUNT_ID}/{filling.QUEUE}"
    table = {"TableName": filling.TABLE}
    other = f"{side.fleet.url}/{ACCOUNT_ID}/{filling.TEMPLATE}"
    asked = {
        "PurgeQueue": (sqs("PurgeQueue", QueueUrl=queue), sqs("SendMessage", QueueUrl=other, MessageBody="m")),
        "DeleteTable": (dynamodb("DeleteTable", **table), dynamodb("DescribeTable", TableName=filling.TEMPLATE)),
    }
    found = {}
    for name, (sweep, beside) in asked.items():
        started = time.perf_counter()
        side.send(sweep)
        found[name] = round((time.perf_counter() - started) * 1e3, 1)
        waits = []
        while time.perf_counter() - started < 5:
            began = time.perf_counter()
            side.send(beside)
            waits.append((time.perf_counter() - began) * 1e3)
            time.sleep(0.005)
        found[f"{name}: another's longest"] = round(max(waits), 1)
        found[f"{name}: another's median"] = round(statistics.median(waits), 2)
    return found


def report(results: dict[str, Any]) -> list[str]:
    """The results as Markdown."""
    items, things = f"{results['items']:,}", f"{results['things']:,}"
    small = f"{_SMALL.items:,} and {_SMALL.things}"
    return [
        f"A fleet with {items} items, objects and messages in one of each, among {things} tables, queues, topics and",
        f"buckets, beside one with {small}. The goal is a ratio of at most {GOAL:g}.",
        "",
        f"Ready in {results['start_seconds']} s, the least of {_STARTS} starts (goal: {START_SECONDS:g}).",
        "",
        "| operation | CPU us, small | large | ms, small | large | ratio |",
        "|---|--:|--:|--:|--:|--:|",
        *(
            f"| {row['case']} | {row['small_cpu_us']:,} | {row['large_cpu_us']:,} | {row['small_ms']:g}"
            f" | {row['large_ms']:g} | {row['ratio']}{' **' if row['ratio'] > GOAL else ''} |"
            for row in results["cases"]
        ),
        "",
        "| first count after a start, and large sweeps | ms |",
        "|---|--:|",
        *(f"| {name} | {ms:,} |" for name, ms in {**results["first_count_ms"], **results["meanwhile_ms"]}.items()),
        "",
        f"Memory afterwards, MB: {', '.join(f'{name} {mb}' for name, mb in results['rss_mb'].items())}.",
    ]


if __name__ == "__main__":
    raise SystemExit(main())
