"""The results as files: JSON to compare by, Markdown to read."""

from __future__ import annotations

import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
_PACKAGES = ("uvicorn", "uvloop", "httptools", "fastapi", "starlette", "sqlalchemy", "orjson")


def machine() -> dict[str, Any]:
    """What the figures were measured on, and with."""
    import sqlite3

    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in _PACKAGES},
    }


def write(results: dict[str, Any]) -> Path:
    """Write both files, named by date and Python; the Markdown's path comes back."""
    about = results["machine"]
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{about['date']}-python{about['python']}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    page = path.with_suffix(".md")
    page.write_text(_page(results))
    return page


def write_page(name: str, results: dict[str, Any], lines: list[str]) -> Path:
    """Write the results of one benchmark of its own, and `lines` below a heading; the Markdown's path comes back."""
    about = results["machine"]
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{about['date']}-{name}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    on = f"{about['cores']} cores of {about['cpu']}, Linux {about['kernel']}"
    head = f"{on}, Python {about['python']}, SQLite {about['sqlite']}."
    page = path.with_suffix(".md")
    page.write_text("\n".join([f"# {about['date']}, {name}", "", head, "", *lines, ""]))
    return page


def _page(results: dict[str, Any]) -> str:
    about = results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    lines = [
        f"# {about['date']}, Python {about['python']}",
        "",
        f"{about['cores']} cores of {about['cpu']}, Linux {about['kernel']}, SQLite {about['sqlite']}; {packages}.",
        "The load generator (wrk) has a part of the same cores. CPU is that of all of the fleet's processes.",
        results.get("note", ""),
        "",
        "| case | connections | a second | p50, ms | p99, ms | CPU us each | goal | MB/s | failed |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(row) for row in results["cases"]),
        "",
        f"Start-up on an empty data folder, to healthy: {results['start_up_seconds']} s.",
        "",
        "| process | RSS idle, MB | RSS after, MB | PSS after, MB |",
        "|---|--:|--:|--:|",
    ]
    memory = results["memory_mb"]
    for name, idle in memory["idle"].items():
        after = memory["after"][name]
        lines.append(f"| {name} | {idle['rss']} | {after['rss']} | {after['pss']} |")
    total = round(sum(entry["pss"] for entry in memory["after"].values()), 1)
    return "\n".join([*lines, f"| all | | | {total} |", ""])


def _row(row: dict[str, Any]) -> str:
    cells = [
        row["case"],
        row["connections"],
        f"{row['per_second']:,.0f}",
        f"{row['p50_us'] / 1000:.2f}",
        f"{row['p99_us'] / 1000:.2f}",
        f"{row['cpu_us']:,}",
        row.get("goal_us", ""),
        row.get("mb_per_second", ""),
        row["failed"],
    ]
    return "| " + " | ".join(map(str, cells)) + " |"
