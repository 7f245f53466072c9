"""What RustStack is to reach beside its peers, as ratios of one run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """RustStack's figure of this row by the peer's: at most `ratio`, where more is better at least."""

    row: str
    peer: str
    ratio: float


GOALS = (
    Goal("DynamoDB put", "dynalite", 0.8),
    Goal("DynamoDB update", "dynalite", 0.7),
    Goal("DynamoDB get", "Rustack", 2.0),
    Goal("SQS send", "fauxqs", 1.6),
    Goal("SQS, a request of send, receive, delete", "fauxqs", 1.6),
    Goal("SNS publish to 1 queue", "fauxqs", 3.0),
    Goal("SNS publish to 10 queues", "fauxqs", 2.5),
    Goal("S3 put of 1 KB", "Rustack", 1.0),
    Goal("S3 get of 1 KB", "Rustack", 1.0),
    Goal("S3 list of 1,000", "fauxqs", 1.3),
    Goal("S3 get of 16 MB", "ministack", 1.3),
    Goal("S3 put of 16 MB", "ministack", 1.2),
    Goal("DynamoDB get, one connection, p50", "ministack", 0.42),
    Goal("SQS send, one connection, p50", "ministack", 0.42),
    Goal("S3 get of 1 KB, one connection, p50", "ministack", 0.42),
)
