"""Queue ARNs: `arn:aws:sqs:REGION:ACCOUNT:NAME`."""

from __future__ import annotations

from typing import NamedTuple


class QueueAddress(NamedTuple):
    """What names a queue, everywhere in this service."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        return f"{_prefix(self.region)}:sqs:{self.region}:{self.account_id}:{self.name}"


def parse_queue_arn(arn: str) -> QueueAddress | None:
    """The queue that `arn` names, or None where it is not a queue's ARN."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sqs" or not all(parts[3:]) or "\0" in arn:
        return None
    return QueueAddress(parts[4], parts[3], parts[5])


def _prefix(region: str) -> str:
    if region.startswith("cn-"):
        return "arn:aws-cn"
    return "arn:aws-us-gov" if region.startswith("us-gov-") else "arn:aws"
