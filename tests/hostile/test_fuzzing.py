"""A minute of the fuzzer, always of the same seed; `make soak` goes on where this ends.

What is asserted is what a busy machine does not change: answers, logs, the processor's time with wide margins, memory.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.fuzzing import Limits, Run
from tests.processes import running_fleet

_SECONDS = 60
_REQUESTS = 4000
_DEAF = 2.0  # of the processor
_GROWTH = 64  # megabytes


@pytest.mark.timeout(300)
def test_nothing_is_found(tmp_path: Path) -> None:
    with running_fleet(tmp_path) as fleet:
        run = Run(fleet, "make test", Limits(small=1.0, large=2.0), None)
        *_, figures = run.rounds(_REQUESTS, _SECONDS)
        shown = "\n".join(figures.lines())
        assert not figures.findings, shown
        assert not figures.log, shown
        assert fleet.service_pids().items() <= run.pids.items()
        assert max(stall.processor for stall in figures.stalls.values()) < _DEAF, shown
        assert all(last - first < _GROWTH for first, last in figures.growth.values()), shown
