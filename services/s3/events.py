"""What happened to an object, for those whom the bucket's notification configuration names."""

from __future__ import annotations

from awskit.database import Transaction
from services.s3.runtime import S3Context
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion


def record(transaction: Transaction, context: S3Context, bucket: Bucket, event: str, version: ObjectVersion) -> None:
    """Note `event` (`ObjectCreated:Put`) in the transaction that causes it."""
    if not bucket.has("notification"):
        return
