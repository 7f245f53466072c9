"""The outbox's table and its SQL, built once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import Statement
from awskit.outbox.batch import Batch
from awskit.outbox.entries import Delivery, Outcome, Retry

LOAD = 100
"""How many entries `claim_due` claims at a time."""
_ROW = ("id", "destination", "ordering_key", "payload", "attempts", "created_at", "due_at", "leased_until")


def outbox_table(metadata: sa.MetaData, name: str = "outbox") -> sa.Table:
    """The outbox's table, for a store's metadata; `outbox_columns` and `outbox_indexes` serve its migration."""
    return sa.Table(name, metadata, *outbox_columns())


def outbox_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("ordering_key", sa.Text),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("leased_until", sa.Float, nullable=False),
        sa.Column("last_error", sa.Text),
    ]


def outbox_indexes(name: str = "outbox") -> list[sa.Index]:
    """For the migration alone: an index with an option of PostgreSQL's loads its dialect, 2 MB, in every process."""
    return [
        sa.Index(f"{name}_by_destination", "destination", "due_at"),
        # Most entries have no ordering key: they need not be in this one.
        sa.Index(
            f"{name}_by_ordering_key",
            "destination",
            "ordering_key",
            "id",
            sqlite_where=sa.text("ordering_key IS NOT NULL"),
            postgresql_where=sa.text("ordering_key IS NOT NULL"),
        ),
    ]


def outbox_row(delivery: Delivery, leased_until: float = 0.0, delay: float = 0.0) -> dict[str, Any]:
    """The row of what has not been tried; `delay` is in seconds from its creation to its first try."""
    return {
        "id": delivery.id,
        "destination": delivery.destination,
        "ordering_key": delivery.ordering_key,
        "payload": delivery.payload,
        "attempts": 0,
        "created_at": delivery.created_at,
        "due_at": delivery.created_at + delay,
        "leased_until": leased_until,
    }


class OutboxStore:
    """The outbox's SQL, built once."""

    def __init__(self, table: sa.Table) -> None:
        columns = table.c
        now: sa.BindParameter[float] = sa.bindparam("now")
        self._insert = Statement(insert(table), columns=_ROW)
        earlier = table.alias("earlier")
        blocked = (
            sa.select(sa.literal(1))
            .where(
                earlier.c.destination == columns.destination,
                earlier.c.ordering_key == columns.ordering_key,
                earlier.c.id < columns.id,
                sa.or_(earlier.c.due_at > now, earlier.c.leased_until > now),
            )
            .exists()
        )
        names = ("id", "destination", "ordering_key", "payload", "attempts", "created_at")
        self._due = (
            sa.select(*(columns[name] for name in names))
            .where(
                columns.destination == sa.bindparam("destination"),
                columns.due_at <= now,
                columns.leased_until <= now,
                ~blocked,
            )
            .order_by(columns.id)
            .limit(LOAD)
        )
        one = columns.id == sa.bindparam("row_id")
        self._lease = sa.update(table).where(one).values(leased_until=sa.bindparam("lease_end"))
        self._delete = Statement(sa.delete(table).where(one))
        self._again = (
            sa.update(table)
            .where(one)
            .values(
                attempts=columns.attempts + 1,
                due_at=sa.bindparam("next_due_at"),
                leased_until=0.0,
                last_error=sa.bindparam("reason"),
            )
        )
        self._end_leases = sa.update(table).values(leased_until=0.0)
        self._hasten_due = sa.update(table).where(columns.due_at > now).values(due_at=now)
        self._retry_due = sa.update(table).where(columns.due_at > now, columns.attempts > 0).values(due_at=now)
        lease_end: sa.BindParameter[float] = sa.bindparam("lease_end")
        self._shorten_leases = sa.update(table).where(columns.leased_until > lease_end).values(leased_until=lease_end)
        waits_until = sa.case((columns.due_at > columns.leased_until, columns.due_at), else_=columns.leased_until)
        self._next_due = sa.select(sa.func.min(waits_until)).where(columns.destination == sa.bindparam("destination"))
        self._destinations = sa.select(columns.destination, sa.func.count(columns.ordering_key)).group_by(
            columns.destination
        )
        self._of_key = sa.select(columns.id).where(
            columns.destination == sa.bindparam("destination"), columns.ordering_key == sa.bindparam("key")
        )
        self._newest_id = sa.select(sa.func.max(columns.id))

    def add(self, transaction: Transaction, rows: list[dict[str, Any]]) -> None:
        self._insert.run_all(transaction, rows)

    def forget(self, transaction: Transaction, ids: list[int]) -> None:
        self._delete.run_all(transaction, [{"row_id": number} for number in ids])

    def claim_due(self, transaction: Transaction, destination: str, now: float, lease_end: float) -> list[Delivery]:
        """The oldest that are due, leased: no other process is given them before `lease_end` (epoch seconds)."""
        statement = transaction.engine.skip_locked(self._due)
        rows = transaction.connection.execute(statement, {"destination": destination, "now": now})
        deliveries = [Delivery(*row) for row in rows]
        if deliveries:
            leases = [{"row_id": delivery.id, "lease_end": lease_end} for delivery in deliveries]
            transaction.connection.execute(self._lease, leases)
        return deliveries

    def next_due(self, transaction: Transaction, destination: str) -> float | None:
        found: float | None = transaction.connection.execute(self._next_due, {"destination": destination}).scalar()
        return found

    def destinations(self, transaction: Transaction) -> list[tuple[str, bool]]:
        """Each destination, and whether there is an order among its entries."""
        rows = transaction.connection.execute(self._destinations)
        return [(destination, ordered > 0) for destination, ordered in rows]

    def of_key(self, transaction: Transaction, destination: str, ordering_key: str) -> list[int]:
        given = {"destination": destination, "key": ordering_key}
        return list(transaction.connection.execute(self._of_key, given).scalars())

    def newest_id(self, transaction: Transaction) -> int:
        return transaction.connection.execute(self._newest_id).scalar() or 0

    def end_leases(self, transaction: Transaction) -> None:
        transaction.connection.execute(self._end_leases)

    def give_back(self, transaction: Transaction, ids: list[int]) -> None:
        """Let another process try these."""
        transaction.connection.execute(self._lease, [{"row_id": number, "lease_end": 0.0} for number in ids])

    def hasten(self, transaction: Transaction, now: float, lease_end: float) -> None:
        """Nothing waits longer than until `now`, and no lease lasts longer than to `lease_end`."""
        transaction.connection.execute(self._hasten_due, {"now": now})
        transaction.connection.execute(self._shorten_leases, {"lease_end": lease_end})

    def retry(self, transaction: Transaction, now: float) -> None:
        """What has failed is due again."""
        transaction.connection.execute(self._retry_due, {"now": now})

    def record(
        self, transaction: Transaction, tried: list[tuple[Delivery, Outcome]], released: list[int], now: float
    ) -> dict[int, Batch]:
        """Write what came of the tries; the batches that followed from them, by the ids of the deliveries."""
        following: dict[int, Batch] = {}
        finished: list[dict[str, Any]] = []
        again: list[dict[str, Any]] = []
        for delivery, outcome in tried:
            if isinstance(outcome, Retry):
                again.append({"row_id": delivery.id, "next_due_at": now + outcome.after, "reason": outcome.reason})
                continue
            finished.append({"row_id": delivery.id})
            if outcome.then is not None and (batch := outcome.then(transaction)) is not None:
                following[delivery.id] = batch
        self._delete.run_all(transaction, finished)
        if again:
            transaction.connection.execute(self._again, again)
        if released:
            transaction.connection.execute(self._lease, [{"row_id": row_id, "lease_end": 0.0} for row_id in released])
        return following
