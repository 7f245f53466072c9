"""Opening a database, by its URL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from awskit.database.transactions import Database, SqliteDatabase
from awskit.replicas import Replicas
from awskit.replicas.writing_turn import WritingTurn


def open_database(
    url: str,
    *,
    synchronous: str = "NORMAL",
    durable: bool = True,
    row_locks: bool = False,
    fleet: str = "",
    claim: Any = None,
    replicas: Replicas | None = None,
    turn: WritingTurn | None = None,
) -> Database:
    """Open `sqlite:///PATH` or `postgresql+psycopg://...`; the schema is there already (`awskit.database.migrations`).

    `durable=False` (SQLite only) keeps the journal in memory and unlinks the file at once, so that nothing outlives the
    process. `row_locks` (PostgreSQL only): who writes locks the rows that matter, so that transactions need not be as
    if they ran one after the other. `fleet` is whose database it is, `claim` what `server_claim.claim` has answered
    (PostgreSQL only). `replicas` (of SQLite; those of a server find each other by it), which this process
    has joined, and whose writers take turns by `turn`, are left at `close`.
    """
    if sa.make_url(url).get_backend_name() == "sqlite":
        replicas = replicas or Replicas()
        return SqliteDatabase(url, synchronous=synchronous, durable=durable, replicas=replicas, turn=turn)
    from awskit.database.pooled import PooledDatabase  # where there is no server its driver costs nothing

    return PooledDatabase(url, row_locks=row_locks, fleet=fleet, claim=claim)
