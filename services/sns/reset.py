"""A reset: what the service holds of one account, or of all, is gone, from the database and from memory."""

from __future__ import annotations

from services.sns.runtime import SnsRuntime
from services.sns.store import reset


async def reset_state(runtime: SnsRuntime, account_id: str | None) -> None:
    """Forget the account's topics, subscriptions and deliveries; those of every account where none is named."""
    if account_id is None:
        await runtime.database.write(reset.empty_all)
        runtime.outbox.forget_all()
    else:
        await runtime.database.write(lambda transaction: reset.empty_account(transaction, account_id))
        runtime.outbox.forget(lambda destination: f":{account_id}:" in destination)
    runtime.catalog.forget_all()
