"""Deleting what nobody can reach any more, a bounded piece at a time, and emptying accounts."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.sqs.store.tables import (
    backlogs,
    clock,
    deduplications,
    deleted_queues,
    groups,
    messages,
    metadata,
    move_tasks,
    queues,
    receive_attempts,
)

_DISCARDED = sa.select(backlogs.c.id).where(backlogs.c.discarded == 1).order_by(backlogs.c.id).limit(1)
_IN_BACKLOG = messages.c.backlog_id == sa.bindparam("backlog")
_DELETE_SOME = messages.delete().where(
    messages.c.id.in_(sa.select(messages.c.id).where(_IN_BACKLOG).limit(sa.bindparam("most")))
)
_DELETE_GROUPS = groups.delete().where(groups.c.backlog_id == sa.bindparam("backlog"))
_DELETE_BACKLOG = backlogs.delete().where(backlogs.c.id == sa.bindparam("backlog"))
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


def sweep_discarded(transaction: Transaction, most: int) -> bool:
    """Delete up to `most` messages of a discarded backlog; whether there may be more to delete."""
    connection = transaction.connection
    backlog_id = connection.execute(_DISCARDED).scalar()
    if backlog_id is None:
        return False
    if connection.execute(_DELETE_SOME, {"backlog": backlog_id, "most": most}).rowcount < most:
        connection.execute(_DELETE_GROUPS, {"backlog": backlog_id})
        connection.execute(_DELETE_BACKLOG, {"backlog": backlog_id})
    return True


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
