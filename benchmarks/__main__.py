"""`make bench`, or `python -m benchmarks [--seconds 5] [--only TEXT] [--no-record]`.

Starts a fleet of its own with persistence on, sends each case's requests over 1 and over 16 connections, and records
requests a second, latencies and the CPU time that all of the fleet's processes took for one, with start-up and memory.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost, wrk
from benchmarks.cases import FLOOR, Case, all_cases, prepare
from benchmarks.floor import running_floor
from benchmarks.record import machine, write
from tests.processes import running_fleet

CONNECTIONS = (1, 16)
_STARTS = 5
_WARM_UP_SECONDS = 1
_LONGER_FOR_LARGE = 2


def main() -> int:
    options = _parse_options()
    if wrk.PROGRAM is None:
        print("make bench needs wrk: apt-get install wrk", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ruststack-bench-") as folder:
        scratch = Path(folder)
        start_up = _start_up_seconds(scratch)
        with running_fleet(scratch / "fleet") as fleet:
            pids = fleet_cost.process_ids(fleet)
            idle = fleet_cost.memory_mb(pids)
            prepare(fleet)
            cases = [case for case in all_cases(fleet, scratch) if options.only.lower() in case.name.lower()]
            rows = _measure_floor(scratch, options)
            rows += [
                _measure(fleet.url, pids, case, connections, options.seconds, scratch)
                for case in cases
                for connections in CONNECTIONS
            ]
            memory = {"idle": idle, "after": fleet_cost.memory_mb(pids)}
    results = {"machine": machine(), "start_up_seconds": start_up, "memory_mb": memory, "cases": rows}
    if options.note:
        results["note"] = options.note
    if not options.no_record:
        print(f"recorded in {write(results)}")
    return 0


def _parse_options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--seconds", type=int, default=5, help="how long each case is sent, at each number of connections"
    )
    parser.add_argument("--only", default="", help="only the cases whose name holds this")
    parser.add_argument("--no-record", action="store_true", help="print, but leave benchmarks/results as it is")
    parser.add_argument("--note", default="", help="what a reader of the results has to know")
    return parser.parse_args()


def _start_up_seconds(scratch: Path) -> float:
    seconds = []
    for number in range(_STARTS):
        with running_fleet(scratch / f"start-{number}") as fleet:
            seconds.append(fleet.seconds_to_ready)
    median = round(statistics.median(seconds), 2)
    print(f"start-up to ready: {median} s (median of {_STARTS})")
    return median


def _measure_floor(scratch: Path, options: Any) -> list[dict[str, Any]]:
    if options.only.lower() not in FLOOR.name.lower():
        return []
    with running_floor(scratch) as (url, pids):
        return [_measure(url, pids, FLOOR, connections, options.seconds, scratch) for connections in CONNECTIONS]


def _measure(
    url: str, pids: dict[str, int], case: Case, connections: int, seconds: int, scratch: Path
) -> dict[str, Any]:
    def send(for_seconds: int) -> wrk.Load:
        return wrk.run(url, case.script, case.arguments, connections=connections, seconds=for_seconds, scratch=scratch)

    send(_WARM_UP_SECONDS)
    before = fleet_cost.cpu_seconds(pids)
    load = send(seconds * _LONGER_FOR_LARGE if case.bytes_moved else seconds)
    after = fleet_cost.cpu_seconds(pids)
    spent = {name: after[name] - before[name] for name in pids}
    done = max(1.0, load.requests / case.requests_each)
    row: dict[str, Any] = {
        "case": case.name,
        "connections": connections,
        "per_second": round(done / load.seconds, 1),
        "p50_us": load.p50_us,
        "p99_us": load.p99_us,
        "failed": load.failed,
        "cpu_us": round(sum(spent.values()) / done * 1e6),
        "cpu_us_by_process": {name: round(value / done * 1e6) for name, value in spent.items() if value},
    }
    if case.goal_us is not None:
        row["goal_us"] = case.goal_us
    if case.bytes_moved:
        row["mb_per_second"] = round(load.requests * case.bytes_moved / load.seconds / 1e6)
    print("  ".join(f"{name} {value}" for name, value in row.items()))
    return row


if __name__ == "__main__":
    sys.exit(main())
