"""Counts of what a service answered, kept as plain numbers; the gateway exposes them to Prometheus."""

from __future__ import annotations

from typing import Any


class Metrics:
    """Requests and seconds spent, by operation and status."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, int], list[float]] = {}

    def observe(self, operation: str, status: int, seconds: float) -> None:
        entry = self._requests.get((operation, status))
        if entry is None:
            self._requests[operation, status] = [1, seconds]
        else:
            entry[0] += 1
            entry[1] += seconds

    def snapshot(self) -> list[dict[str, Any]]:
        """`[{"operation": "PutItem", "status": 200, "count": 3, "seconds": 0.0012}, ...]`"""
        return [
            {"operation": operation, "status": status, "count": int(count), "seconds": seconds}
            for (operation, status), (count, seconds) in sorted(self._requests.items())
        ]
