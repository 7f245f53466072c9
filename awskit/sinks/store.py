"""The sinks' table and its SQL, built once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction

_KEPT = 10_000
_LOOK_EVERY = 500


def sink_table(metadata: sa.MetaData) -> sa.Table:
    """The table, for a store's metadata; `sink_columns` and `sink_index` serve its migration."""
    return sa.Table("sink_messages", metadata, *sink_columns())


def sink_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    ]


def sink_index() -> sa.Index:
    return sa.Index("sink_messages_by_kind", "kind", "account_id")


@dataclass(frozen=True, slots=True)
class SinkMessage:
    """`content` is JSON, `recipient` an ARN."""

    kind: str
    account_id: str
    region: str
    recipient: str
    content: bytes


class SinkStore:
    """See the module."""

    def __init__(self, table: sa.Table) -> None:
        columns = table.c
        self._added = 0
        self._add = sa.insert(table)
        self._found = (
            sa.select(columns.recipient, columns.content)
            .where(
                columns.kind == sa.bindparam("of_kind"),
                columns.account_id == sa.bindparam("account"),
                columns.region == sa.bindparam("in_region"),
            )
            .order_by(columns.id)
        )
        self._newest = sa.select(sa.func.max(columns.id))
        self._trim = sa.delete(table).where(columns.id <= sa.bindparam("up_to"))
        self._empty = sa.delete(table)
        self._empty_account = sa.delete(table).where(columns.account_id == sa.bindparam("account"))
        self._clear = sa.delete(table).where(
            columns.kind == sa.bindparam("of_kind"),
            columns.account_id == sa.bindparam("account"),
            columns.region == sa.bindparam("in_region"),
        )
        self._clear_one = self._clear.where(columns.recipient == sa.bindparam("to"))

    def add(self, transaction: Transaction, messages: Sequence[SinkMessage], now: float) -> None:
        """Keep messages that came `now`, in seconds since the epoch."""
        rows = [
            {
                "kind": message.kind,
                "account_id": message.account_id,
                "region": message.region,
                "recipient": message.recipient,
                "content": message.content,
                "created_at": now,
            }
            for message in messages
        ]
        connection = transaction.connection
        connection.execute(self._add, rows)
        self._added += len(rows)
        if self._added >= _LOOK_EVERY:
            self._added = 0
            newest: int = connection.execute(self._newest).scalar_one()
            connection.execute(self._trim, {"up_to": newest - _KEPT})

    def sent(self, transaction: Transaction, kind: str, account_id: str, region: str) -> list[tuple[str, Any]]:
        """Recipient and content of everything of the kind, oldest first."""
        parameters = {"of_kind": kind, "account": account_id, "in_region": region}
        return [(row[0], orjson.loads(row[1])) for row in transaction.connection.execute(self._found, parameters)]

    def clear(self, transaction: Transaction, kind: str, account_id: str, region: str, recipient: str | None) -> None:
        """Forget what was sent to one recipient, or to all where none is named."""
        parameters = {"of_kind": kind, "account": account_id, "in_region": region}
        if recipient is None:
            transaction.connection.execute(self._clear, parameters)
        else:
            transaction.connection.execute(self._clear_one, {**parameters, "to": recipient})

    def empty(self, transaction: Transaction, account_id: str | None) -> None:
        """Forget everything, or all of an account's."""
        if account_id is None:
            transaction.connection.execute(self._empty)
        else:
            transaction.connection.execute(self._empty_account, {"account": account_id})
