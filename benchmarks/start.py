"""`python -m benchmarks.start [--base REV] [--starts 9] [--record]`: what `ruststack up` takes until it is ready.

For an empty data folder and for one that has been used: seconds until the line `Ready.`, and the CPU time of all
processes until then, those that have ended included; and the memory of each process then. With `--base` both trees are
started turn and turn about, and the ratio is the median of the pairs'. The modules of both are compiled beforehand.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.checkouts import checked_out, commit_of
from benchmarks.record import machine, write_page
from tests.processes import ROOT, clean_environment, free_port

_TICKS = os.sysconf("SC_CLK_TCK")
_PACKAGES = ("awskit", "gateway", "ruststack", "services")
_HEAD = (
    "| data folder | seconds, base | now | ratio | CPU seconds, base | now | ratio | PSS MB, base | now |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
)


@dataclass
class Starts:
    """What the starts of one tree took, in the order they were measured."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)
    memory: dict[str, dict[str, float]] = field(default_factory=dict)


def main() -> int:
    """Start them, print what it took; the exit status says only whether they ran."""
    options = _parse_options()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ruststack-start-"))
        trees = {"now": ROOT}
        if options.base is not None:
            trees["base"] = stack.enter_context(checked_out(commit_of(options.base), folder))
        for tree in trees.values():
            for package in _PACKAGES:
                compileall.compile_dir(tree / package, quiet=2)
        found = {
            kind: _measure(trees, Path(folder), options.starts, empty=kind == "empty") for kind in ("empty", "used")
        }
    lines = [*_HEAD, *(_line(kind, sides) for kind, sides in found.items()), "", *_memory_lines(found["used"]["now"])]
    print("\n".join(lines))
    if options.record:
        results = {"machine": machine(), "base": options.base, "starts": options.starts, "found": _plain(found)}
        about = f"Medians of {options.starts} starts of each, turn and turn about; base is {options.base}."
        print(f"recorded in {write_page('start', results, [about, '', *lines])}")
    return 0


def _parse_options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start")
    parser.add_argument("--base", default=None, metavar="REV", help="a revision to measure beside this checkout")
    parser.add_argument("--starts", type=int, default=9, help="how many of each")
    parser.add_argument("--record", action="store_true", help="write what is found into benchmarks/results")
    return parser.parse_args()


def _measure(trees: dict[str, Path], folder: Path, starts: int, *, empty: bool) -> dict[str, Starts]:
    found = {name: Starts() for name in trees}
    for number in range(starts):
        # The other way round each time: what one leaves to the other is the same for both.
        for name, tree in list(trees.items())[:: 1 if number % 2 else -1]:
            place = folder / f"data-{name}"
            if empty:
                shutil.rmtree(place, ignore_errors=True)
            with _started(tree, place) as (pid, seconds):
                processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
                found[name].seconds.append(seconds)
                found[name].cpu.append(sum(_cpu_seconds(one.pid) for one in processes) + _ended_children(pid))
                sizes = {_name(one): _memory(one) for one in processes}
                found[name].pss.append(sum(size["pss"] for size in sizes.values()))
                found[name].memory = sizes
    return found


@contextlib.contextmanager
def _started(tree: Path, place: Path) -> Iterator[tuple[int, float]]:
    """A fleet that is ready, by its process id, and the seconds that it took."""
    environment = clean_environment(
        GATEWAY_LISTEN=f"127.0.0.1:{free_port()}",
        RUSTSTACK_DATA_DIR=str(place / "data"),
        XDG_STATE_HOME=str(place / "state"),
    )
    place.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    with (place / "log").open("wb") as log:
        command = [sys.executable, "-m", "ruststack", "up"]
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        if b"Ready.\n" not in iter(process.stdout.readline, b""):
            raise RuntimeError((place / "log").read_text())
        yield process.pid, time.perf_counter() - begin
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _cpu_seconds(pid: int) -> float:
    """By the scheduler, to the nanosecond: the clock's ticks are 10 ms."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _ended_children(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / _TICKS


def _name(process: psutil.Process) -> str:
    name = process.name().removeprefix("ruststack-")
    return name if name != process.name() else ("gateway" if "gateway" in process.cmdline() else "supervisor")


def _memory(process: psutil.Process) -> dict[str, float]:
    sizes = process.memory_full_info()
    return {"rss": round(sizes.rss / 1e6 / 1.048576, 1), "pss": round(sizes.pss / 1e6 / 1.048576, 1)}


def _line(kind: str, sides: dict[str, Starts]) -> str:
    now, base = sides["now"], sides.get("base")
    cells = [kind]
    for figure in ("seconds", "cpu"):
        ours = getattr(now, figure)
        theirs = getattr(base, figure) if base is not None else None
        ratio = f"{statistics.median(a / b for a, b in zip(ours, theirs, strict=True)):.2f}" if theirs else ""
        cells += [f"{statistics.median(theirs):.2f}" if theirs else "", f"{statistics.median(ours):.2f}", ratio]
    cells += [f"{statistics.median(base.pss):.0f}" if base is not None else "", f"{statistics.median(now.pss):.0f}"]
    return f"| {' | '.join(cells)} |"


def _memory_lines(starts: Starts) -> list[str]:
    rows = [f"| {name} | {size['rss']} | {size['pss']} |" for name, size in starts.memory.items()]
    return ["| process, ready | resident MB | PSS MB |", "|---|--:|--:|", *rows]


def _plain(found: dict[str, dict[str, Starts]]) -> dict[str, Any]:
    return {kind: {name: vars(starts) for name, starts in sides.items()} for kind, sides in found.items()}


if __name__ == "__main__":
    sys.exit(main())
