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
from benchmarks.measure import measure, send
from benchmarks.record import machine, write
from tests.processes import running_fleet

CONNECTIONS = (1, 16)
_STARTS = 5
_WARM_UP_SECONDS = 1


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
    send(url, case, connections, _WARM_UP_SECONDS, scratch)
    row = measure(url, pids, case, connections, seconds, scratch)
    print("  ".join(f"{name} {value}" for name, value in row.items()))
    return row


if __name__ == "__main__":
    sys.exit(main())
