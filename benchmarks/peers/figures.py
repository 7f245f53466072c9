"""The figures of one emulator, and the rows of the table that is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

# Whose latency is also measured over a single connection
ONE_CONNECTION = ("DynamoDB GetItem", "SQS SendMessage", "S3 GetObject 1 KB")


@dataclass
class Measured:
    """CPU time is that of all of its processes, by request (a cycle is three); memory is PSS."""

    name: str
    version: str
    written_in: str
    keeps: str
    start_seconds: float
    memory_at_start_mb: float
    memory_after_mb: float = 0.0
    cpu_us: dict[str, int] = field(default_factory=dict)
    mb_per_second: dict[str, int] = field(default_factory=dict)
    p50_ms: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """One line: what it says, in which unit, and the figure of an emulator, None where it has none."""

    title: str
    unit: str
    figure: Callable[[Measured], float | None]
    digits: int = 0
    more_is_better: bool = False

    def text(self, measured: Measured) -> str:
        figure = self.figure(measured)
        return "" if figure is None else f"{figure:,.{self.digits}f}"


def _cpu(title: str, case: str) -> Row:
    return Row(title, "us", lambda measured: measured.cpu_us.get(case))


def _throughput(title: str, case: str) -> Row:
    return Row(title, "MB/s", lambda measured: measured.mb_per_second.get(case), more_is_better=True)


def _latency(title: str, case: str) -> Row:
    return Row(title, "ms", lambda measured: measured.p50_ms.get(case), digits=2)


ROWS = (
    _cpu("DynamoDB put", "DynamoDB PutItem"),
    _cpu("DynamoDB get", "DynamoDB GetItem"),
    _cpu("DynamoDB update", "DynamoDB UpdateItem"),
    _cpu("DynamoDB query of 25", "DynamoDB Query of 25"),
    _cpu("SQS send", "SQS SendMessage"),
    _cpu("SQS, a request of send, receive, delete", "SQS send, receive, delete"),
    _cpu("SNS publish to 1 queue", "SNS Publish to 1 queue"),
    _cpu("SNS publish to 10 queues", "SNS Publish to 10 queues"),
    _cpu("S3 put of 1 KB", "S3 PutObject 1 KB"),
    _cpu("S3 get of 1 KB", "S3 GetObject 1 KB"),
    _cpu("S3 list of 1,000", "S3 ListObjectsV2 of 1,000"),
    _throughput("S3 put of 16 MB", "S3 PutObject 16 MB"),
    _throughput("S3 get of 16 MB", "S3 GetObject 16 MB"),
    _latency("DynamoDB get, one connection, p50", "DynamoDB GetItem"),
    _latency("SQS send, one connection, p50", "SQS SendMessage"),
    _latency("S3 get of 1 KB, one connection, p50", "S3 GetObject 1 KB"),
    Row("start-up to ready", "s", lambda measured: measured.start_seconds, digits=2),
    Row("memory at start", "MB", lambda measured: measured.memory_at_start_mb),
    Row("memory after the run", "MB", lambda measured: measured.memory_after_mb),
)
BY_TITLE = {row.title: row for row in ROWS}
