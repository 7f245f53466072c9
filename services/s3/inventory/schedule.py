"""When an inventory report is due, by the service's clock.

AWS delivers the first within 48 hours, then daily, or weekly on Sundays (UTC). Here each is due at a midnight: the
first at the one after the configuration was put (or enabled again), whatever the day.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from services.s3.lifecycle.expiration import DAY
from services.s3.store import inventory_marks
from services.s3.store.buckets import Bucket
from services.s3.store.inventory_marks import Mark

_SUNDAY = 3
"""The days since the epoch, a Thursday, that are Sundays leave this when divided by seven."""


def due_at(frequency: str, mark: Mark) -> float:
    """The midnight at which the next report is due; `frequency` is "Daily" or "Weekly"."""
    day = mark.since // DAY + 1
    if frequency == "Weekly" and mark.delivered:
        day += (_SUNDAY - day) % 7
    return day * DAY


def put(transaction: Transaction, bucket: Bucket, name: str, before: Mapping[str, Any] | None, now: float) -> None:
    """A configuration is put. One that was enabled `before` keeps its days, another begins anew."""
    if before is None or not before.get("IsEnabled"):
        inventory_marks.put(transaction, bucket.id, name, Mark(now))


def delete(transaction: Transaction, bucket: Bucket, name: str) -> None:
    """A configuration is deleted."""
    inventory_marks.delete(transaction, bucket.id, name)


def due_mark(
    transaction: Transaction, bucket: Bucket, name: str, configuration: Mapping[str, Any], now: float
) -> Mark | None:
    """The mark of a configuration whose next report is due now; None where none is.

    One without a mark, or with one of a time that the clock was put back from, gets that of now.
    """
    if not configuration.get("IsEnabled"):
        return None
    mark = inventory_marks.find(transaction, bucket.id, name)
    if mark is None or mark.since > now:
        inventory_marks.put(transaction, bucket.id, name, Mark(now, mark is not None and mark.delivered))
        return None
    return mark if due_at(configuration["Schedule"]["Frequency"], mark) <= now else None
