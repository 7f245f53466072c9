"""What was found, as a table, as ratios to the goals, as a chart; and where they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.cases import LACKS
from benchmarks.peers.chart import chart
from benchmarks.peers.emulators import OURS
from benchmarks.peers.figures import BY_TITLE, ROWS, Measured
from benchmarks.peers.goals import GOALS, Goal
from benchmarks.record import RESULTS, write_page
from tests.processes import ROOT

CHART = RESULTS / "peers.svg"
README = ROOT / "README.md"
BEGIN = "<!-- written by make bench PEERS=1 -->"
END = "<!-- until here -->"


def table(measured: Sequence[Measured]) -> list[str]:
    """A line for each figure, a column for each emulator."""
    heads = [f"{each.name} {each.version}<br>{each.written_in}, {each.keeps}" for each in measured]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "--:|" * len(measured)]
    for row in ROWS:
        cells = [row.text(each) for each in measured]
        if any(cells):
            lines.append(f"| {row.title}, {row.unit} | {' | '.join(cells)} |")
    return lines


def goals(measured: Sequence[Measured], wanted: Iterable[Goal]) -> list[str]:
    """Each goal whose two figures are there: the ratio, and whether it is reached."""
    by_name = {each.name: each for each in measured}
    lines = ["| RustStack beside | of | ratio | goal | |", "|---|---|--:|--:|---|"]
    for goal in wanted:
        row = BY_TITLE[goal.row]
        found = [row.figure(by_name[name]) if name in by_name else None for name in (OURS, goal.peer)]
        if found[0] is None or not found[1]:
            continue
        ratio = found[0] / found[1]
        reached = ratio >= goal.ratio if row.more_is_better else ratio <= goal.ratio
        bound = "at least" if row.more_is_better else "at most"
        cells = [goal.peer, goal.row, f"{ratio:.2f}", f"{bound} {goal.ratio:g}", "reached" if reached else "missed"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def notes(results: dict[str, Any]) -> list[str]:
    """Who was left out, and which cases an emulator has no figure for, with the reason."""
    lines = [f"- {name}: left out. {_one_line(reason)}" for name, reason in results["missing"].items()]
    for emulator in results["emulators"]:
        by_reason: dict[str, list[str]] = {}
        for case, reason in emulator["reasons"].items():
            if not reason.startswith(LACKS):
                by_reason.setdefault(reason, []).append(case)
        lacking = {why.removeprefix(LACKS) for why in emulator["reasons"].values() if why.startswith(LACKS)}
        if lacking:
            lines.append(f"- {emulator['name']}: {LACKS}{', '.join(sorted(lacking))}")
        lines += [f"- {emulator['name']}: {_one_line(why)} ({', '.join(of)})" for why, of in by_reason.items()]
    return lines


def _one_line(reason: str) -> str:
    return " ".join(reason.split()).replace("<", "&lt;")


def record(results: dict[str, Any], measured: Sequence[Measured]) -> Path:
    """Write the page with its JSON, the chart, and README's table; the page's path comes back."""
    CHART.write_text(chart(measured))
    about = [
        f"RustStack beside other emulators, in one run: {results['how']}, one for what is of 16 MB.",
        "CPU time is that of all of an emulator's processes; memory is PSS. What keeps in memory is faster in another",
        "way than what keeps on disk: the second line of each head says which it is.",
    ]
    lines = [*about, "", *table(measured), "", *goals(measured, GOALS), "", *notes(results)]
    page = write_page("peers", results, lines)
    README.write_text(between_marks(README.read_text(), _for_readme(results, measured, page)))
    return page


def _for_readme(results: dict[str, Any], measured: Sequence[Measured], page: Path) -> list[str]:
    about = results["machine"]
    on = f"{about['date']}, {about['cores']} cores of {about['cpu']}"
    return [
        "Beside other emulators, each installed from its registry (`make bench PEERS=1`): CPU time of a request in us,",
        "of all processes, over 16 connections; what is of 16 MB and what says so over one.",
        "",
        f"![RustStack beside other emulators, figure by figure]({CHART.relative_to(ROOT)})",
        "",
        f"{on}; all in [one run]({page.relative_to(ROOT)}), which also says",
        "what an empty cell's reason is:",
        "",
        *table(measured),
    ]


def between_marks(text: str, lines: Sequence[str]) -> str:
    """`text` with these lines between its two marks, in place of what was there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README has no place for the table: {BEGIN} {END}")
    return "\n".join([before + begin, "", *lines, "", end + after])


def read_measured(page: Path) -> list[Measured]:
    """The figures that a run has written."""
    return [Measured(**each) for each in json.loads(page.read_text())["emulators"]]
