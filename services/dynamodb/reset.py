"""Emptying the service, or what one account has in it."""

from __future__ import annotations

from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import reset as store

RESET = "reset"
"""What replicas are told: there are no tables any more."""


async def reset(runtime: DynamoDbRuntime, account_id: str | None) -> None:
    """Delete every table, stream and backup of an account, or of all where it is None."""
    if account_id is None:
        await runtime.database.write(store.empty)
        runtime.statistics.clear()
        for outbox in (runtime.outbox, runtime.replication):
            outbox.forget_all()
        runtime.database.replicas.tell(RESET)
    else:
        await runtime.database.write(lambda transaction: store.empty_account(transaction, account_id))
        runtime.restless.set()
        for outbox in (runtime.outbox, runtime.replication):
            outbox.forget(lambda destination: f":{account_id}:" in destination)
    runtime.catalog.clear()
