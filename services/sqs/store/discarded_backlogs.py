"""Deleting the messages of purged and deleted queues, a bounded piece at a time.

Where processes write at the same time, one that has found the queue just before it was purged may still add a message
to what was discarded. There an emptied backlog is kept, to be looked through once more when no such one can be left.
"""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.sqs.store.tables import backlogs, groups, messages

_FULL, _EMPTIED = 1, 2  # of `discarded`
_DISCARDED = sa.select(backlogs.c.id).where(backlogs.c.discarded == _FULL).order_by(backlogs.c.id).limit(1)
_ALL_EMPTIED = sa.select(backlogs.c.id).where(backlogs.c.discarded == _EMPTIED)
_IN_BACKLOG = messages.c.backlog_id == sa.bindparam("backlog")
_DELETE_SOME = messages.delete().where(
    messages.c.id.in_(sa.select(messages.c.id).where(_IN_BACKLOG).limit(sa.bindparam("most")))
)
_DELETE_REST = messages.delete().where(_IN_BACKLOG)
_DELETE_GROUPS = groups.delete().where(groups.c.backlog_id == sa.bindparam("backlog"))
_DELETE_BACKLOG = backlogs.delete().where(backlogs.c.id == sa.bindparam("backlog"))
_KEEP_EMPTIED = backlogs.update().where(backlogs.c.id == sa.bindparam("backlog")).values(discarded=_EMPTIED)


def sweep(transaction: Transaction, most: int) -> bool:
    """Delete up to `most` messages of a discarded backlog; whether there may be more to delete."""
    connection = transaction.connection
    backlog_id = connection.execute(_DISCARDED).scalar()
    if backlog_id is None:
        return False
    if connection.execute(_DELETE_SOME, {"backlog": backlog_id, "most": most}).rowcount < most:
        if transaction.engine.several_processes:
            connection.execute(_KEEP_EMPTIED, {"backlog": backlog_id})
        else:
            forget(transaction, backlog_id)
    return True


def emptied(transaction: Transaction) -> list[int]:
    """The backlogs that are kept."""
    return list(transaction.connection.execute(_ALL_EMPTIED).scalars())


def forget(transaction: Transaction, backlog_id: int) -> None:
    """Delete what was added to an emptied backlog, and the backlog."""
    for statement in (_DELETE_REST, _DELETE_GROUPS, _DELETE_BACKLOG):
        transaction.connection.execute(statement, {"backlog": backlog_id})
