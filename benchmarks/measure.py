"""One case sent to one fleet for some seconds: what was answered, how soon, and what it cost the fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import fleet_cost, wrk
from benchmarks.cases import Case

_LONGER_FOR_LARGE = 2


def measure(
    url: str, pids: dict[str, int], case: Case, connections: int, seconds: int, scratch: Path
) -> dict[str, Any]:
    """The case's row of figures: rate, latencies in us, CPU us each of all `pids`. Large bodies get twice as long."""
    before = fleet_cost.cpu_seconds(pids)
    load = send(url, case, connections, seconds * _LONGER_FOR_LARGE if case.bytes_moved else seconds, scratch)
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
    return row


def send(url: str, case: Case, connections: int, seconds: int, scratch: Path) -> wrk.Load:
    """Send the case's requests for so long; to warm up, where nobody looks at what comes back."""
    return wrk.run(url, case.script, case.arguments, connections=connections, seconds=seconds, scratch=scratch)
