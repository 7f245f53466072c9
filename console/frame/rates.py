"""Requests and errors a second of each service, of the last minutes: sampled while somebody looks.

What the counters say at two moments, made into rates. The samples are this process's own and are not kept.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.interfaces.fleet import FleetClient
from console.settings import SERVICES

_COUNTER = "ruststack_operations_total"
SAMPLES = 60
SAMPLE_SECONDS = 2.0
_OLD_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one service between two moments: requests a second, and those among them that failed."""

    requests: float
    errors: float


class Rates:
    """See the module."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}
        self._last_at = 0.0
        self._samples: dict[str, deque[Rate]] = {name: deque(maxlen=SAMPLES) for name in SERVICES}

    async def sample(self, fleet: FleetClient) -> None:
        """Ask the counters, unless somebody else has just done so."""
        now = time.monotonic()
        elapsed = now - self._last_at
        if elapsed < SAMPLE_SECONDS * 0.9:
            return
        self._last_at = now
        counted = _counted(await fleet.counters())
        for name, samples in self._samples.items():
            requests, errors = counted.get(name, (0.0, 0.0))
            before = self._last.get(name)
            if elapsed > _OLD_SECONDS:
                samples.clear()
            elif before is not None:
                # a service that has been started anew counts from nothing
                samples.append(Rate(max(0.0, requests - before[0]) / elapsed, max(0.0, errors - before[1]) / elapsed))
        self._last = counted

    def of(self, name: str) -> Sequence[Rate]:
        """The samples of a service, the newest last."""
        return tuple(self._samples[name])


def _counted(counters: Sequence[tuple[str, Mapping[str, str], float]]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for name, labels, value in counters:
        if name == _COUNTER:
            requests, errors = found.get(labels["service"], (0.0, 0.0))
            failed = value if labels["status"][:1] in ("4", "5") else 0.0
            found[labels["service"]] = (requests + value, errors + failed)
    return found
