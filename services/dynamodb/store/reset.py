"""Emptying the database, or what one account has in it."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from services.dynamodb.store import tables as table_store
from services.dynamodb.store.schema import (
    backup_items,
    backups,
    clock,
    documents,
    jobs,
    metadata,
    outbox,
    replication,
    shards,
    sink_messages,
    stream_records,
    streams,
    tables,
    tokens,
)

_STATE = tuple(table for table in reversed(metadata.sorted_tables) if table is not clock)
_OWNED = (documents, tokens, jobs, sink_messages)


def empty(transaction: Transaction) -> None:
    """Delete every row of every account."""
    for table in _STATE:
        transaction.connection.execute(sa.delete(table))


def empty_account(transaction: Transaction, account_id: str) -> None:
    """Delete what an account has; its items are purged later."""
    connection = transaction.connection
    for table_id in connection.execute(sa.select(tables.c.table_id).where(tables.c.account_id == account_id)).scalars():
        table_store.remove(transaction, table_id)
    chosen = sa.select(streams.c.stream_id).where(streams.c.account_id == account_id)
    for table in (shards, stream_records):
        connection.execute(sa.delete(table).where(table.c.stream_id.in_(chosen)))
    connection.execute(sa.delete(streams).where(streams.c.account_id == account_id))
    chosen = sa.select(backups.c.backup_id).where(backups.c.account_id == account_id)
    connection.execute(sa.delete(backup_items).where(backup_items.c.backup_id.in_(chosen)))
    connection.execute(sa.delete(backups).where(backups.c.account_id == account_id))
    # destinations are ARNs of streams, and of replicas
    for table in (outbox, replication):
        connection.execute(sa.delete(table).where(table.c.destination.like(f"%:{account_id}:%")))
    for table in _OWNED:
        connection.execute(sa.delete(table).where(table.c.account_id == account_id))
