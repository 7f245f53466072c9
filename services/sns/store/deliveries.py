"""What came of deliveries: messages to sinks (SMS, push, email, functions, streams), and the log of failed tries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.sns.store.tables import delivery_log, outbox, sink_messages


@dataclass(frozen=True, slots=True)
class SinkMessage:
    """`kind` is the protocol; `content` is JSON."""

    kind: str
    account_id: str
    region: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """A delivery that did not succeed at its first try."""

    parcel_id: int
    account_id: str
    topic_arn: str
    subscription_arn: str
    message_id: str
    destination: str
    status: str
    attempts: list[dict[str, Any]]
    created_at: float


_ADD_SINK = insert(sink_messages)
_SINKS = (
    sa.select(sink_messages.c.region, sink_messages.c.recipient, sink_messages.c.content, sink_messages.c.created_at)
    .where(sink_messages.c.kind == sa.bindparam("of_kind"), sink_messages.c.account_id == sa.bindparam("account"))
    .order_by(sink_messages.c.id)
)
_CLEAR_SINKS = sa.delete(sink_messages).where(
    sink_messages.c.kind == sa.bindparam("of_kind"),
    sink_messages.c.account_id == sa.bindparam("account"),
    sink_messages.c.region == sa.bindparam("in_region"),
)
_CLEAR_SINKS_OF_RECIPIENT = _CLEAR_SINKS.where(sink_messages.c.recipient == sa.bindparam("to"))

_LOG_COLUMNS = tuple(delivery_log.c)
_FIND_LOGGED = sa.select(*_LOG_COLUMNS).where(delivery_log.c.parcel_id == sa.bindparam("entry"))
_LOGGED = sa.select(*_LOG_COLUMNS).order_by(delivery_log.c.parcel_id)
_ADD_LOGGED = insert(delivery_log)
_UPSERT_LOGGED = _ADD_LOGGED.on_conflict_do_update(
    index_elements=["parcel_id"],
    set_={"status": _ADD_LOGGED.excluded.status, "attempts": _ADD_LOGGED.excluded.attempts},
)
_DELETE_LOGGED = sa.delete(delivery_log).where(delivery_log.c.parcel_id == sa.bindparam("entry"))
_FORGET_OLD = tuple(
    sa.delete(table).where(table.c.created_at < sa.bindparam("before")) for table in (sink_messages, delivery_log)
)
_PENDING = sa.select(
    outbox.c.id,
    outbox.c.destination,
    outbox.c.payload,
    outbox.c.attempts,
    outbox.c.created_at,
    outbox.c.due_at,
    outbox.c.last_error,
).order_by(outbox.c.id)


def add_to_sinks(transaction: Transaction, messages: Iterable[SinkMessage], now: float) -> None:
    """Keep the messages, which end here; `now` is in seconds since the epoch."""
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
    if rows:
        transaction.connection.execute(_ADD_SINK, rows)


def in_sink(transaction: Transaction, kind: str, account_id: str) -> list[tuple[str, str, dict[str, Any], float]]:
    """Region, recipient, content and time of everything sent to the sink, oldest first."""
    rows = transaction.connection.execute(_SINKS, {"of_kind": kind, "account": account_id})
    return [(row.region, row.recipient, orjson.loads(row.content), row.created_at) for row in rows]


def clear_sink(transaction: Transaction, kind: str, account_id: str, region: str, recipient: str | None) -> None:
    """Forget what was sent to one recipient, or to all where none is named."""
    of_owner = {"of_kind": kind, "account": account_id, "in_region": region}
    if recipient is None:
        transaction.connection.execute(_CLEAR_SINKS, of_owner)
    else:
        transaction.connection.execute(_CLEAR_SINKS_OF_RECIPIENT, {**of_owner, "to": recipient})


def forget_old(transaction: Transaction, before: float) -> None:
    """Drop what sinks and the log hold from before that time."""
    for statement in _FORGET_OLD:
        transaction.connection.execute(statement, {"before": before})


def find_logged(transaction: Transaction, parcel_id: int) -> LoggedDelivery | None:
    """What the log has of the outbox's entry; None where it never failed."""
    row = transaction.connection.execute(_FIND_LOGGED, {"entry": parcel_id}).first()
    return _logged(row) if row is not None else None


def log(transaction: Transaction, delivery: LoggedDelivery) -> None:
    """Write what has become of the delivery so far."""
    transaction.connection.execute(
        _UPSERT_LOGGED,
        {
            "parcel_id": delivery.parcel_id,
            "account_id": delivery.account_id,
            "topic_arn": delivery.topic_arn,
            "subscription_arn": delivery.subscription_arn,
            "message_id": delivery.message_id,
            "destination": delivery.destination,
            "status": delivery.status,
            "attempts": orjson.dumps(delivery.attempts).decode("utf-8"),
            "created_at": delivery.created_at,
        },
    )


def forget_logged(transaction: Transaction, parcel_id: int) -> None:
    """It has been delivered after all."""
    transaction.connection.execute(_DELETE_LOGGED, {"entry": parcel_id})


def logged(transaction: Transaction) -> list[LoggedDelivery]:
    """All that failed at least once, oldest first."""
    return [_logged(row) for row in transaction.connection.execute(_LOGGED)]


def pending(transaction: Transaction) -> list[Any]:
    """Rows of the outbox: id, destination, payload, attempts, created_at, due_at, last_error."""
    return list(transaction.connection.execute(_PENDING))


def _logged(row: Any) -> LoggedDelivery:
    fields = list(row)
    fields[7] = orjson.loads(fields[7])
    return LoggedDelivery(*fields)
