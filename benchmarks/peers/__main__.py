"""`make bench PEERS=1`, or `python -m benchmarks.peers [--seconds 2] [--rounds 2] [--only TEXT] [--peers NAME,...]`.

Starts RustStack and those of its peers that this machine can have, sends each case to all of them turn and turn about
with one load generator, and writes the table, its figures and a chart into benchmarks/results/ and the README.
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

from benchmarks import wrk
from benchmarks.cases import Case
from benchmarks.peers import report
from benchmarks.peers.cases import LACKS, NAMES, Asked, asked_of
from benchmarks.peers.emulators import OURS, Emulator, all_emulators
from benchmarks.peers.figures import ONE_CONNECTION, Measured
from benchmarks.peers.goals import GOALS
from benchmarks.peers.installation import NotInstallable
from benchmarks.peers.running import DidNotStart, RunningEmulator, running
from benchmarks.record import machine

_CONNECTIONS = 16


@dataclass
class Side:
    """One of those that are measured, and what has been found so far, a list for each case: a figure for each round."""

    running: RunningEmulator
    measured: Measured
    asked: Asked
    scratch: Path
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    mb_per_second: dict[str, list[float]] = field(default_factory=dict)
    p50_ms: dict[str, list[float]] = field(default_factory=dict)


def main() -> int:
    options = _parse_options()
    if wrk.PROGRAM is None:
        print("make bench needs wrk: apt-get install wrk", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="ruststack-peers-") as folder, ExitStack() as stack:
        sides = []
        missing = {}
        for emulator in _wanted(options.peers):
            try:
                sides.append(_start(stack, emulator, Path(folder) / emulator.name, options))
            except (NotInstallable, DidNotStart) as error:
                missing[emulator.name] = f"{type(error).__name__}: {error}"
                print(f"{emulator.name} is left out: {missing[emulator.name]}", flush=True)
        for name in NAMES:
            _take_turns(name, [side for side in sides if name in side.asked.cases], options)
        for side in sides:
            _finish(side)
    results = {
        "machine": machine(),
        "how": f"{options.rounds} rounds of {options.seconds} s for each case, {_CONNECTIONS} connections",
        "missing": missing,
        "emulators": [side.measured.as_json() for side in sides],
    }
    measured = [side.measured for side in sides]
    print("\n".join(["", *report.table(measured), "", *report.goals(measured, GOALS), "", *report.notes(results)]))
    if not options.no_record:
        print(f"recorded in {report.record(results, measured)}")
    return 0


def _parse_options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--seconds", type=int, default=2, help="how long a case is sent to one of them at a time")
    parser.add_argument("--rounds", type=int, default=2, help="how often each has its turn")
    parser.add_argument("--starts", type=int, default=2, help="how often each is started, to see how soon it is ready")
    parser.add_argument("--only", default="", help="only the cases whose name holds this; nothing is recorded")
    parser.add_argument("--peers", default="", help="only these beside RustStack, separated by commas")
    parser.add_argument("--no-record", action="store_true", help="print, but leave benchmarks/results and README alone")
    options = parser.parse_args()
    options.no_record = options.no_record or bool(options.only)
    return options


def _wanted(names: str) -> list[Emulator]:
    wanted = [name.strip().lower() for name in names.split(",") if name.strip()]
    return [each for each in all_emulators() if not wanted or each.name == OURS or each.name.lower() in wanted]


def _start(stack: ExitStack, emulator: Emulator, folder: Path, options: Any) -> Side:
    """Start it so many times, the last of which goes on; its memory before the first request of a case; prepared."""
    seconds = []
    for number in range(options.starts - 1):
        with running(emulator, folder / f"start-{number}") as started:
            seconds.append(started.seconds_to_ready)
    kept = stack.enter_context(running(emulator, folder / "kept"))
    seconds.append(kept.seconds_to_ready)
    measured = Measured(
        name=emulator.name,
        version=emulator.version,
        written_in=emulator.written_in,
        keeps=emulator.keeps,
        start_seconds=round(statistics.median(seconds), 2),
        memory_at_start_mb=kept.pss_mb(),
    )
    asked = asked_of(kept, folder, lambda name: options.only.lower() in name.lower())
    measured.reasons = asked.reasons
    print(f"{emulator.name} {emulator.version}: ready in {measured.start_seconds} s", flush=True)
    for name, reason in asked.reasons.items():
        if reason.startswith(LACKS):
            continue
        print(f"  without {name}: {reason}", flush=True)
    return Side(kept, measured, asked, folder)


def _take_turns(name: str, sides: list[Side], options: Any) -> None:
    """In each round all of them one after the other, each round another first; some over one connection as well."""
    for side in list(sides):
        load = _send(side, side.asked.cases[name], _CONNECTIONS, side.running.emulator.warm_up_seconds)
        if load.failed:
            side.measured.reasons[name] = f"{load.failed} of {load.requests} requests failed under load"
            sides.remove(side)
    for number in range(options.rounds):
        first = number % max(1, len(sides))
        for side in sides[first:] + sides[:first]:
            case = side.asked.cases[name]
            _measure(side, case, 1 if case.bytes_moved else _CONNECTIONS, options.seconds)
            if name in ONE_CONNECTION:
                load = _send(side, case, 1, options.seconds)
                side.p50_ms.setdefault(name, []).append(load.p50_us / 1000)
    for side in sides:
        print(f"{name}  {side.measured.name}  {round(statistics.median(side.cpu_us[name])):,} us", flush=True)


def _measure(side: Side, case: Case, connections: int, seconds: int) -> None:
    before = side.running.cpu_seconds()
    load = _send(side, case, connections, seconds)
    spent = side.running.cpu_seconds() - before
    side.cpu_us.setdefault(case.name, []).append(spent / max(1, load.requests) * 1e6)
    if case.bytes_moved:
        side.mb_per_second.setdefault(case.name, []).append(load.requests * case.bytes_moved / load.seconds / 1e6)


def _send(side: Side, case: Case, connections: int, seconds: int) -> wrk.Load:
    return wrk.run(
        side.running.url, case.script, case.arguments, connections=connections, seconds=seconds, scratch=side.scratch
    )


def _finish(side: Side) -> None:
    measured = side.measured
    measured.memory_after_mb = side.running.pss_mb()
    measured.cpu_us = {name: round(statistics.median(found)) for name, found in side.cpu_us.items()}
    measured.mb_per_second = {name: round(statistics.median(found)) for name, found in side.mb_per_second.items()}
    measured.p50_ms = {name: round(statistics.median(found), 3) for name, found in side.p50_ms.items()}


if __name__ == "__main__":
    sys.exit(main())
