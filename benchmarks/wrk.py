"""wrk, run against one URL with one of the scripts beside this file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
PROGRAM = shutil.which("wrk")


@dataclass(frozen=True)
class Load:
    """What wrk did: requests answered, over how many seconds, how many of them failed, latencies in microseconds."""

    requests: int
    seconds: float
    failed: int
    p50_us: int
    p99_us: int


def run(url: str, script: str, arguments: Sequence[str], *, connections: int, seconds: int, scratch: Path) -> Load:
    """Send requests for `seconds` over so many connections. RuntimeError where wrk says something unexpected."""
    whole = scratch / script
    whole.write_text((_FOLDER / script).read_text() + (_FOLDER / "report.lua").read_text())
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(whole), url, "--"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    found = json.loads(lines[-1])
    return Load(found["requests"], found["microseconds"] / 1e6, found["failed"], found["p50_us"], found["p99_us"])
