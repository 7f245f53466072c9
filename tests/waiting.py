"""Waiting in tests: for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds: far longer than anything takes on a busy machine, so that only what never happens fails a test."""


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Look until `condition` holds; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:.0f} s"
        time.sleep(0.005)


def quickest(work: Callable[[], object], enough: float, tries: int = 10) -> float:
    """Seconds that the quickest of several runs takes; no more are made once one has taken less than `enough`.

    A busy machine makes some of them slow, what is slow by itself all.
    """
    best = float("inf")
    for _ in range(tries):
        started = time.monotonic()
        work()
        best = min(best, time.monotonic() - started)
        if best < enough:
            break
    return best
