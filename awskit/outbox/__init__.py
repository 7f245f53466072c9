"""Durable delivery: work for another service, written in the same transaction as its cause.

    batch = outbox.add(transaction, [OutboxEntry(destination, payload)])     # inside the cause's transaction
    await outbox.settled(batch)                                         # after it: each entry has been tried once

    await outbox.hand_over([OutboxEntry(destination, payload)])         # where the cause itself is not written

In: entries, each for a destination (a queue's ARN, a subscription's). Out: calls of the service's `deliver` function
with up to `batch_size` entries of one destination (fewer where they are large), oldest first, until each is `Delivered`
or `GivenUp`; across crashes of either side. One call at a time runs for a destination. An entry with an `ordering_key`
is never tried before an earlier one of the same destination and key is finished. After a crash an entry whose delivery
was not yet recorded is tried again, so a receiver that must not see it twice needs a deduplication id.

A destination whose tries succeed is served from memory. One that is down, or whose order is held up, gets its entries
from the table, where a backlog of any size waits without taking memory. Nothing waits for ever: see `LastTry`.

What has neither an order nor a cause that is written is handed over first, and written only where that fails: once
`hand_over` returns, each of its entries has been delivered or is in the table. A crash before that loses only what
nobody has been promised.
"""

from awskit.outbox.batch import Batch
from awskit.outbox.delivery import Outbox
from awskit.outbox.entries import (
    Deliver,
    Delivered,
    Delivery,
    GivenUp,
    GiveUp,
    LastTry,
    OutboxEntry,
    Outcome,
    Retry,
    Work,
)
from awskit.outbox.store import outbox_columns, outbox_indexes, outbox_table

__all__ = [
    "Batch",
    "Deliver",
    "Delivered",
    "Delivery",
    "GiveUp",
    "GivenUp",
    "LastTry",
    "Outbox",
    "OutboxEntry",
    "Outcome",
    "Retry",
    "Work",
    "outbox_columns",
    "outbox_indexes",
    "outbox_table",
]
