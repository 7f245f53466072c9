"""`make bench BASE=REV`, or `python -m benchmarks.compare REV [--only TEXT] [--seconds 3] [--rounds 6] [--record]`.

Runs a fleet of this checkout and one of REV (checked out beside it for as long as it takes) and sends each case to
both, turn and turn about, with this checkout's load generator. Prints for each operation current/REV: the median of the
pairs' ratios with their quartiles and extremes. The exit status says only whether it ran.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost, wrk
from benchmarks.cases import Case, all_cases, prepare
from benchmarks.checkouts import checked_out, commit_of
from benchmarks.measure import measure, send
from benchmarks.record import machine, write_page
from tests.processes import ROOT, Running, running_fleet

_HEAD = (
    "| case | connections | CPU us, base | CPU us, now | ratio | quartiles | least to most | rate's ratio | pairs |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
)


@dataclass
class Side:
    """One of the two fleets: its processes, its cases (their bodies name its URL), and where its files are."""

    fleet: Running
    pids: dict[str, int]
    cases: dict[str, Case]
    scratch: Path


@dataclass
class Pairs:
    """The rows that the two sides gave for one case and number of connections, in the order they were measured."""

    base: list[dict[str, Any]] = field(default_factory=list)
    current: list[dict[str, Any]] = field(default_factory=list)

    def ratios(self, figure: str) -> list[float]:
        """current/base of each pair."""
        return [now[figure] / max(1e-9, then[figure]) for now, then in zip(self.current, self.base, strict=True)]

    def summary(self, case: str, connections: int) -> dict[str, Any]:
        ratios = self.ratios("cpu_us")
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        return {
            "case": case,
            "connections": connections,
            "cpu_us_base": round(statistics.median(row["cpu_us"] for row in self.base)),
            "cpu_us": round(statistics.median(row["cpu_us"] for row in self.current)),
            "ratio": round(middle, 3),
            "quartiles": [round(low, 3), round(high, 3)],
            "extremes": [round(min(ratios), 3), round(max(ratios), 3)],
            "rate_ratio": round(statistics.median(self.ratios("per_second")), 3),
            "failed": sum(row["failed"] for row in self.base + self.current),
            "ratios": [round(ratio, 4) for ratio in ratios],
        }


def main() -> int:
    options = _parse_options()
    if wrk.PROGRAM is None:
        print("make bench needs wrk: apt-get install wrk", file=sys.stderr)
        return 2
    base, current = commit_of(options.base), commit_of("HEAD")
    found: dict[tuple[str, int], Pairs] = {}
    with tempfile.TemporaryDirectory(prefix="ruststack-bench-") as folder, checked_out(base, folder) as tree:
        for start in range(options.starts):
            _measure_both(tree, Path(folder) / f"start-{start}", options, found)
    print("\n".join(_HEAD))
    rows = [pairs.summary(*of) for of, pairs in found.items()]
    print("\n".join(map(_line, rows)))
    if options.record:
        results = {"machine": machine(), "base": base, "current": current, "how": _how(options), "cases": rows}
        about = f"CPU us each and rates of {current[:12]} beside {base[:12]}: {_how(options)}."
        print(f"recorded in {write_page(f'against-{base[:12]}', results, [about, '', *_HEAD, *map(_line, rows)])}")
    return 0


def _parse_options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare")
    parser.add_argument("base", metavar="REV", help="what to compare with: any revision of this repository")
    parser.add_argument("--only", default="", help="only the cases whose name holds one of these, separated by commas")
    parser.add_argument("--seconds", type=int, default=3, help="how long a case is sent to one fleet at a time")
    parser.add_argument("--rounds", type=int, default=6, help="how many pairs of a case, at each start of the fleets")
    parser.add_argument("--starts", type=int, default=2, help="how often both fleets are started anew")
    parser.add_argument("--connections", type=int, nargs="+", default=[1], help="over how many connections")
    parser.add_argument("--record", action="store_true", help="write what is found into benchmarks/results")
    return parser.parse_args()


def _how(options: Any) -> str:
    return f"{options.starts} starts of {options.rounds} pairs of {options.seconds} s for each case"


def _measure_both(tree: Path, folder: Path, options: Any, found: dict[tuple[str, int], Pairs]) -> None:
    with ExitStack() as stack:
        base, current = (_side(stack, *of) for of in ((tree, folder / "base"), (ROOT, folder / "current")))
        wanted = [text.strip().lower() for text in options.only.split(",")]
        for name in (name for name in current.cases if any(text in name.lower() for text in wanted)):
            for connections in options.connections:
                pairs = found.setdefault((name, connections), Pairs())
                for side in (base, current):
                    send(side.fleet.url, side.cases[name], connections, 1, side.scratch)
                for number in range(options.rounds):
                    turns = [(base, pairs.base), (current, pairs.current)]
                    for side, rows in turns if number % 2 == 0 else turns[::-1]:
                        case = side.cases[name]
                        rows.append(
                            measure(side.fleet.url, side.pids, case, connections, options.seconds, side.scratch)
                        )
                print(_line(pairs.summary(name, connections)), file=sys.stderr)


def _side(stack: ExitStack, tree: Path, folder: Path) -> Side:
    fleet = stack.enter_context(running_fleet(folder, tree=tree))
    prepare(fleet)
    cases = {case.name: case for case in all_cases(fleet, folder)}
    return Side(fleet, fleet_cost.process_ids(fleet), cases, folder)


def _line(row: dict[str, Any]) -> str:
    cells = [
        row["case"],
        row["connections"],
        f"{row['cpu_us_base']:,}",
        f"{row['cpu_us']:,}",
        f"{row['ratio']:.3f}",
        f"{row['quartiles'][0]:.3f} to {row['quartiles'][1]:.3f}",
        f"{row['extremes'][0]:.3f} to {row['extremes'][1]:.3f}",
        f"{row['rate_ratio']:.3f}",
        len(row["ratios"]),
    ]
    failed = f" {row['failed']} FAILED" if row["failed"] else ""
    return "| " + " | ".join(map(str, cells)) + " |" + failed


if __name__ == "__main__":
    sys.exit(main())
