"""What only FIFO queues have: groups, deduplication, and answers kept for repeated receives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import EngineCapabilities, insert
from awskit.database.statements import Statement, for_each_engine
from services.sqs.store import message_counts
from services.sqs.store.messages import Message
from services.sqs.store.tables import DELAYED, IN_FLIGHT, READY, deduplications, groups, messages, receive_attempts

_COLUMNS = [messages.c[name] for name in Message._fields]
_IN_BACKLOG = groups.c.backlog_id == sa.bindparam("backlog")
_IS_GROUP = _IN_BACKLOG & (groups.c.group_id == sa.bindparam("in_group"))


class Sent(NamedTuple):
    """What an earlier send was answered with."""

    message_id: str
    message_key: int


def _available(engine: EngineCapabilities) -> sa.Select[Any]:
    return engine.skip_locked(
        sa.select(groups.c.group_id)
        .where(_IN_BACKLOG, groups.c.available_at <= sa.bindparam("now"))
        .order_by(groups.c.available_at)
        .limit(sa.bindparam("most"))
    )


_AVAILABLE = Statement(for_each_engine(_available))
_OPEN_GROUP = Statement(
    insert(groups).on_conflict_do_nothing(index_elements=[groups.c.backlog_id, groups.c.group_id]),
    columns=("backlog_id", "group_id", "available_at"),
)
_SET_AVAILABLE = Statement(groups.update().where(_IS_GROUP).values(available_at=sa.bindparam("at")))
_CLOSE_GROUP = Statement(groups.delete().where(_IS_GROUP))
_FIRST_OF_GROUP = Statement(
    sa.select(*_COLUMNS)
    .where(messages.c.backlog_id == sa.bindparam("backlog"), messages.c.group_id == sa.bindparam("in_group"))
    .order_by(messages.c.turn, messages.c.id)
    .limit(sa.bindparam("most"))
)
_NEVER_RECEIVED = (messages.c.backlog_id == sa.bindparam("backlog")) & (messages.c.receive_count == 0)
_DELAYED_UNTIL = messages.c.sent_at + sa.bindparam("delay", type_=sa.Double)
_DELAY_ANEW = (
    messages.update()
    .where(_NEVER_RECEIVED, messages.c.state != IN_FLIGHT)
    .values(
        visible_at=_DELAYED_UNTIL,
        state=sa.case((sa.bindparam("now", type_=sa.Double) < _DELAYED_UNTIL, DELAYED), else_=READY),
    )
)
_FIRST_VISIBLE_AT = (
    sa.select(messages.c.visible_at)
    .where(messages.c.backlog_id == groups.c.backlog_id, messages.c.group_id == groups.c.group_id)
    .order_by(messages.c.turn, messages.c.id)
    .limit(1)
    .scalar_subquery()
)
_SETTLE_GROUPS = (
    groups.update().where(_IN_BACKLOG).values(available_at=sa.func.coalesce(_FIRST_VISIBLE_AT, groups.c.available_at))
)
_FIND_SENT = Statement(
    sa.select(deduplications.c.message_id, deduplications.c.message_key).where(
        deduplications.c.queue_id == sa.bindparam("queue"),
        deduplications.c.scope == sa.bindparam("in_scope"),
        deduplications.c.deduplication_id == sa.bindparam("deduplication"),
        deduplications.c.expires_at > sa.bindparam("now"),
    )
)
_insert_sent = insert(deduplications)
_REMEMBER_SENT = Statement(
    _insert_sent.on_conflict_do_update(
        index_elements=[deduplications.c.queue_id, deduplications.c.scope, deduplications.c.deduplication_id],
        set_={name: _insert_sent.excluded[name] for name in ("message_id", "message_key", "expires_at")},
    ),
    columns=[column.name for column in deduplications.c],
)
_FIND_ATTEMPT = sa.select(receive_attempts.c.answer).where(
    receive_attempts.c.queue_id == sa.bindparam("queue"),
    receive_attempts.c.attempt_id == sa.bindparam("attempt"),
    receive_attempts.c.expires_at > sa.bindparam("now"),
)
_insert_attempt = insert(receive_attempts)
_REMEMBER_ATTEMPT = _insert_attempt.on_conflict_do_update(
    index_elements=[receive_attempts.c.queue_id, receive_attempts.c.attempt_id],
    set_={name: _insert_attempt.excluded[name] for name in ("answer", "expires_at")},
)
_FORGET_ALL = [
    table.delete().where(table.c.queue_id == sa.bindparam("queue")) for table in (deduplications, receive_attempts)
]
_FORGET_EXPIRED = [
    table.delete().where(table.c.expires_at <= sa.bindparam("now")) for table in (deduplications, receive_attempts)
]


def available_groups(transaction: Transaction, backlog_id: int, most: int, now: float) -> list[str]:
    """Groups of which messages may be received, those that have waited longest first."""
    given = {"backlog": backlog_id, "most": most, "now": now}
    return [group_id for (group_id,) in _AVAILABLE.rows(transaction, given)]


def open_group(transaction: Transaction, backlog_id: int, group_id: str, available_at: float) -> None:
    """Add the group of a new message, unless it is there."""
    given = {"backlog_id": backlog_id, "group_id": group_id, "available_at": available_at}
    _OPEN_GROUP.do(transaction, given)


def set_available(transaction: Transaction, backlog_id: int, group_id: str, at: float) -> None:
    """Nothing of the group is received before `at`."""
    _SET_AVAILABLE.do(transaction, {"backlog": backlog_id, "in_group": group_id, "at": at})


def delay_anew(transaction: Transaction, backlog_id: int, seconds: int, now: float) -> None:
    """Let messages that were never received become visible `seconds` after they were sent, and their groups so."""
    message_counts.count_states_anew(transaction, backlog_id)
    transaction.connection.execute(_DELAY_ANEW, {"backlog": backlog_id, "delay": seconds, "now": now})
    transaction.connection.execute(_SETTLE_GROUPS, {"backlog": backlog_id})


def close_group(transaction: Transaction, backlog_id: int, group_id: str) -> None:
    """Forget a group that has no messages any more."""
    _CLOSE_GROUP.do(transaction, {"backlog": backlog_id, "in_group": group_id})


def first_of_group(transaction: Transaction, backlog_id: int, group_id: str, most: int) -> list[Message]:
    """A group's first messages in their order, in flight or not."""
    given = {"backlog": backlog_id, "in_group": group_id, "most": most}
    return [Message._make(row) for row in _FIRST_OF_GROUP.rows(transaction, given)]


def find_sent(transaction: Transaction, queue_id: int, scope: str, deduplication_id: str, now: float) -> Sent | None:
    """What a message with this deduplication id was answered with in the last five minutes."""
    given = {"queue": queue_id, "in_scope": scope, "deduplication": deduplication_id, "now": now}
    row = _FIND_SENT.first(transaction, given)
    return Sent._make(row) if row is not None else None


def remember_sent(
    transaction: Transaction, queue_id: int, scope: str, deduplication_id: str, sent: Sent, expires_at: float
) -> None:
    """Let sends with this deduplication id be answered with `sent` until `expires_at`."""
    _REMEMBER_SENT.run(
        transaction,
        {
            "queue_id": queue_id,
            "scope": scope,
            "deduplication_id": deduplication_id,
            "message_id": sent.message_id,
            "message_key": sent.message_key,
            "expires_at": expires_at,
        },
    )


def find_attempt(transaction: Transaction, queue_id: int, attempt_id: str, now: float) -> list[tuple[int, int, float]]:
    """Key, receipt and `visible_at` of what this receive was answered with before; empty where there was none."""
    given = {"queue": queue_id, "attempt": attempt_id, "now": now}
    answer = transaction.connection.execute(_FIND_ATTEMPT, given).scalar()
    return [(key, receipt, at) for key, receipt, at in orjson.loads(answer)] if answer is not None else []


def remember_attempt(
    transaction: Transaction,
    queue_id: int,
    attempt_id: str,
    answer: Sequence[tuple[int, int, float]],
    expires_at: float,
) -> None:
    """Keep what a receive was answered with (see `find_attempt`) until `expires_at`."""
    given = {
        "queue_id": queue_id,
        "attempt_id": attempt_id,
        "answer": orjson.dumps(answer).decode(),
        "expires_at": expires_at,
    }
    transaction.connection.execute(_REMEMBER_ATTEMPT, given)


def forget_all_of(transaction: Transaction, queue_id: int) -> None:
    """Delete the queue's deduplications and receive attempts."""
    for statement in _FORGET_ALL:
        transaction.connection.execute(statement, {"queue": queue_id})


def forget_expired(transaction: Transaction, now: float) -> None:
    """Delete deduplications and receive attempts whose time is over."""
    for statement in _FORGET_EXPIRED:
        transaction.connection.execute(statement, {"now": now})
