"""Whether a queue may have another one as its dead-letter queue. Raises `InvalidParameterValue`."""

from __future__ import annotations

from awskit.database import Transaction
from services.sqs.arns import QueueAddress
from services.sqs.errors import invalid_value
from services.sqs.queues.catalog import QueueCatalog


def check_dead_letter_target(
    transaction: Transaction,
    catalog: QueueCatalog,
    source: QueueAddress,
    target: QueueAddress,
    policy: str,
    *,
    fifo: bool,
) -> None:
    """`policy` is the redrive policy as it was given, for the error; `fifo` says what `source` is."""

    def refused(reason: str) -> Exception:
        return invalid_value(policy, "RedrivePolicy", reason)

    if (target.account_id, target.region) != (source.account_id, source.region):
        raise refused("Dead letter target must be in the same account and Region as the source.")
    queue = catalog.find(transaction, target)
    if queue is None:
        raise refused("Dead letter target does not exist.")
    if queue.fifo != fifo:
        raise refused("Dead-letter queue must be same type of queue as the source.")
    allowed = queue.redrive_allow_policy
    if allowed is not None and not allowed.allows(source):
        raise refused(f"Queue {source.arn} is not allowed by the redrive allow policy of the dead letter target.")
