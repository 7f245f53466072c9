"""`POST /_ruststack/reset`: every queue deleted, or every one of an account, and nothing remembered of them."""

from __future__ import annotations

from services.sqs.runtime import SqsRuntime
from services.sqs.store import reset as store_reset


async def reset(runtime: SqsRuntime, account_id: str | None) -> None:
    """Delete the queues of `account_id`, or of all accounts; receives that wait look again."""
    if account_id is None:
        await runtime.database.write(store_reset.empty)
    else:
        await runtime.database.write(lambda transaction: store_reset.empty_account(transaction, account_id))
    runtime.local.forget_all()
    runtime.local.long_polls.wake_everyone()
    runtime.housekeeping.sweep_soon()
