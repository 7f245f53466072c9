"""A few random kills under mixed load; `make soak ARGS="--kills 50"` does more of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.crash_loop import CrashLoop
from tests.processes import running_fleet


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with running_fleet(tmp_path) as fleet:
        outcome = CrashLoop(fleet, "make test", (1.0, 2.5)).run(5)
    shown = "\n".join(outcome.lines())
    assert not outcome.lost, shown
    assert not outcome.errors, shown
    assert all(outcome.acknowledged.values()), shown
