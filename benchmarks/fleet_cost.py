"""What a running fleet costs, read from /proc: CPU time and memory of each of its processes."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from tests.processes import Running

_TICKS = os.sysconf("SC_CLK_TCK")


def process_ids(fleet: Running) -> dict[str, int]:
    """The process id of each: supervisor, the services by name, and `gateway` for what is neither."""
    named = {pid: name for name, pid in fleet.service_pids().items()}
    found = {"supervisor": fleet.pid}
    for child in psutil.Process(fleet.pid).children(recursive=True):
        name = named.get(child.pid, "gateway")
        found[name if name not in found else f"{name} {child.pid}"] = child.pid
    return found


def cpu_seconds(pids: dict[str, int]) -> dict[str, float]:
    """User and system time spent so far, by process."""
    return {name: _cpu_seconds(pid) for name, pid in pids.items()}


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pids: dict[str, int]) -> dict[str, dict[str, float]]:
    """Resident memory (`rss`) and this process's share of it (`pss`), in MB."""
    return {name: _memory_mb(pid) for name, pid in pids.items()}


def _memory_mb(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return {"rss": round(sizes["Rss"] / 1024, 1), "pss": round(sizes["Pss"] / 1024, 1)}
