"""Deleting the messages of purged and deleted queues, a bounded piece at a time."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.sqs.store.tables import backlogs, groups, messages

_DISCARDED = sa.select(backlogs.c.id).where(backlogs.c.discarded == 1).order_by(backlogs.c.id).limit(1)
_IN_BACKLOG = messages.c.backlog_id == sa.bindparam("backlog")
_DELETE_SOME = messages.delete().where(
    messages.c.id.in_(sa.select(messages.c.id).where(_IN_BACKLOG).limit(sa.bindparam("most")))
)
_DELETE_GROUPS = groups.delete().where(groups.c.backlog_id == sa.bindparam("backlog"))
_DELETE_BACKLOG = backlogs.delete().where(backlogs.c.id == sa.bindparam("backlog"))


def sweep(transaction: Transaction, most: int) -> bool:
    """Delete up to `most` messages of a discarded backlog; whether there may be more to delete."""
    connection = transaction.connection
    backlog_id = connection.execute(_DISCARDED).scalar()
    if backlog_id is None:
        return False
    if connection.execute(_DELETE_SOME, {"backlog": backlog_id, "most": most}).rowcount < most:
        connection.execute(_DELETE_GROUPS, {"backlog": backlog_id})
        connection.execute(_DELETE_BACKLOG, {"backlog": backlog_id})
    return True
