"""Emptying the service, or what one account has in it."""

from __future__ import annotations

from awskit.database import Transaction
from services.s3.objects.versions import free_body
from services.s3.runtime import S3Runtime
from services.s3.store import access_points, buckets, multi_region_access_points, objects

_BATCH = 500
_RESET = "reset"


async def reset(runtime: S3Runtime, account_id: str | None) -> None:
    """Delete every bucket of an account, or of all where it is None, with everything in it, and access points."""

    def some(transaction: Transaction) -> bool:
        bucket = buckets.any_of(transaction, account_id)
        if bucket is None:
            return False
        batch = objects.of_bucket(transaction, bucket.id, _BATCH)
        for version in batch:
            free_body(transaction, runtime.blobs, version)
            objects.delete(transaction, version)
        if len(batch) < _BATCH:
            blobs = buckets.delete(transaction, bucket)
            transaction.after_commit(lambda: runtime.blobs.remove(blobs))
        return True

    while await runtime.database.write(some):
        pass
    await runtime.database.write(lambda transaction: access_points.empty(transaction, account_id))
    await runtime.database.write(lambda transaction: multi_region_access_points.empty(transaction, account_id))
    await runtime.database.write(lambda transaction: runtime.sinks.empty(transaction, account_id))
    if account_id is None:
        await runtime.database.write(buckets.empty_rest)
        runtime.outbox.forget_all()
        runtime.database.replicas.tell(_RESET)


def follow_resets(runtime: S3Runtime) -> None:
    """Forget, from now on, what another replica has emptied."""
    runtime.database.replicas.subscribe(_RESET, lambda _: runtime.outbox.forget_all())
