"""Queue ARNs: `arn:PARTITION:sqs:REGION:ACCOUNT:NAME`."""

from __future__ import annotations

from typing import NamedTuple

from awskit.resources.arns import build_arn, parse_arn


class QueueAddress(NamedTuple):
    """What names a queue, everywhere in this service."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        return build_arn("sqs", self.region, self.account_id, self.name)

    @property
    def is_fifo(self) -> bool:
        """Whether it is, or would be, a FIFO queue's: only theirs have such names."""
        return self.name.endswith(".fifo")


def parse_queue_arn(text: str) -> QueueAddress | None:
    """The queue that `text` names, or None where it is not a queue's ARN."""
    arn = parse_arn(text)
    if arn is None or arn.service != "sqs" or not all(arn) or ":" in arn.resource or "\0" in text:
        return None
    return QueueAddress(arn.account_id, arn.region, arn.resource)
