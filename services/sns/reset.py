"""A reset: what the service holds of one account, or of all, is gone, from the database and from memory."""

from __future__ import annotations

from services.sns.runtime import SnsRuntime
from services.sns.store import reset

_RESET = "reset"
_EVERY_ACCOUNT = -1


async def reset_state(runtime: SnsRuntime, account_id: str | None) -> None:
    """Forget the account's topics, subscriptions and deliveries; those of every account where none is named."""
    if account_id is None:
        await runtime.database.write(reset.empty_all)
    else:
        await runtime.database.write(lambda transaction: reset.empty_account(transaction, account_id))
    _forget(runtime, account_id)
    runtime.database.replicas.tell(_RESET, _EVERY_ACCOUNT if account_id is None else int(account_id))


def follow_resets(runtime: SnsRuntime) -> None:
    """Forget, from now on, what another replica has emptied."""

    def another_has(values: tuple[int, ...]) -> None:
        _forget(runtime, None if values[0] == _EVERY_ACCOUNT else f"{values[0]:012}")

    runtime.database.replicas.subscribe(_RESET, another_has)


def _forget(runtime: SnsRuntime, account_id: str | None) -> None:
    if account_id is None:
        runtime.outbox.forget_all()
    else:
        runtime.outbox.forget(lambda destination: f":{account_id}:" in destination)
    runtime.catalog.forget_all()
