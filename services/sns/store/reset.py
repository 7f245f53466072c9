"""A reset: everything of one account, or of all, is gone. The signing key stays, and where the clock is."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.sns.store.tables import archive, clock, deduplication, metadata, outbox, signing_keys

_TABLES = tuple(table for table in metadata.sorted_tables if table not in (signing_keys, clock))
_OWNED = tuple(table for table in _TABLES if "account_id" in table.c)
# Rows without an owner of their own belong to a topic, whose ARN names it.
_OF_TOPICS = (archive, deduplication)
_EMPTY = tuple(sa.delete(table) for table in _TABLES)
_EMPTY_ACCOUNT = (
    *(sa.delete(table).where(table.c.account_id == sa.bindparam("account")) for table in _OWNED),
    *(sa.delete(table).where(table.c.topic_arn.like(sa.bindparam("pattern"))) for table in _OF_TOPICS),
    sa.delete(outbox).where(outbox.c.destination.like(sa.bindparam("pattern"))),
)


def empty_all(transaction: Transaction) -> None:
    for statement in _EMPTY:
        transaction.connection.execute(statement)


def empty_account(transaction: Transaction, account_id: str) -> None:
    """What the account owns, and what is on its way to it."""
    values = {"account": account_id, "pattern": f"%:{account_id}:%"}
    for statement in _EMPTY_ACCOUNT:
        transaction.connection.execute(statement, values)
