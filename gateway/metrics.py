"""What the gateway counted, and Prometheus's text format for it and for what the services counted.

https://prometheus.io/docs/instrumenting/exposition_formats/
prometheus_client is not used: it costs 4 MB of resident memory and five times the time of a dictionary per request.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


class Histogram:
    """Counts by latency. `counts[i]` is of those at most `BUCKETS[i]` seconds and more than the bucket before."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0


class GatewayMetrics:
    """Requests by service and status, and their latency by service."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int], int] = {}
        self.latency: dict[str, Histogram] = {}

    def observe(self, service: str, status: int, seconds: float) -> None:
        key = (service, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        histogram = self.latency.get(service)
        if histogram is None:
            histogram = self.latency[service] = Histogram()
        histogram.counts[bisect_left(BUCKETS, seconds)] += 1
        histogram.sum += seconds


Operations = Mapping[str, Mapping[str, Iterable[Mapping[str, Any]]]]


def exposition(metrics: GatewayMetrics, operations: Operations) -> str:
    """The text. `operations` are, by service and address, the entries of `awskit.control.metrics.Metrics.snapshot`.

    The instances of a service that has several are told apart by the label `instance`.
    """
    lines = [
        "# HELP ruststack_requests_total Requests answered, by service and HTTP status.",
        "# TYPE ruststack_requests_total counter",
    ]
    for (service, status), count in sorted(metrics.requests.items()):
        lines.append(f'ruststack_requests_total{{service="{service}",status="{status}"}} {count}')
    lines += [
        "# HELP ruststack_request_duration_seconds From a request's head to its answer's end, by service.",
        "# TYPE ruststack_request_duration_seconds histogram",
    ]
    for service, histogram in sorted(metrics.latency.items()):
        lines += _histogram_lines(service, histogram)
    lines += _operation_lines(operations)
    return "\n".join(lines) + "\n"


def _histogram_lines(service: str, histogram: Histogram) -> list[str]:
    name = "ruststack_request_duration_seconds"
    lines = []
    total = 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), histogram.counts, strict=True):
        total += count
        lines.append(f'{name}_bucket{{service="{service}",le="{bound}"}} {total}')
    lines.append(f'{name}_sum{{service="{service}"}} {histogram.sum:.6f}')
    lines.append(f'{name}_count{{service="{service}"}} {total}')
    return lines


def _operation_lines(operations: Operations) -> list[str]:
    counts = [
        "# HELP ruststack_operations_total Operations answered by the services, by operation and HTTP status.",
        "# TYPE ruststack_operations_total counter",
    ]
    seconds = [
        "# HELP ruststack_operation_seconds_total Time that the services spent on them.",
        "# TYPE ruststack_operation_seconds_total counter",
    ]
    for service, instances in sorted(operations.items()):
        for address, entries in instances.items():
            instance = f',instance="{address}"' if len(instances) > 1 else ""
            for entry in entries:
                operation = f'operation="{entry["operation"]}",status="{entry["status"]}"'
                labels = f'service="{service}"{instance},{operation}'
                counts.append(f"ruststack_operations_total{{{labels}}} {entry['count']}")
                seconds.append(f"ruststack_operation_seconds_total{{{labels}}} {entry['seconds']:.6f}")
    return counts + seconds
