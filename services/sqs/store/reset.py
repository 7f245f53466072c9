"""Deleting everything there is, or everything of one account."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.sqs.store.tables import (
    backlogs,
    clock,
    deduplications,
    deleted_queues,
    metadata,
    move_tasks,
    queues,
    receive_attempts,
)

_OF_ACCOUNT = queues.c.account_id == sa.bindparam("account")
_DISCARD_ACCOUNT = (
    backlogs.update().where(backlogs.c.id.in_(sa.select(queues.c.backlog_id).where(_OF_ACCOUNT))).values(discarded=1)
)
_DELETE_ACCOUNT = [
    *(
        table.delete().where(table.c.queue_id.in_(sa.select(queues.c.id).where(_OF_ACCOUNT)))
        for table in (deduplications, receive_attempts)
    ),
    *(table.delete().where(table.c.account_id == sa.bindparam("account")) for table in (move_tasks, deleted_queues)),
    queues.delete().where(_OF_ACCOUNT),
]
_EMPTY = [table.delete() for table in reversed(metadata.sorted_tables) if table is not clock]


def empty_account(transaction: Transaction, account_id: str) -> None:
    """Delete an account's queues; their messages are swept out later."""
    given = {"account": account_id}
    transaction.connection.execute(_DISCARD_ACCOUNT, given)
    for statement in _DELETE_ACCOUNT:
        transaction.connection.execute(statement, given)


def empty(transaction: Transaction) -> None:
    """Delete everything."""
    for statement in _EMPTY:
        transaction.connection.execute(statement)
