"""What FIFO topics remember: deduplication ids for five minutes, and archived messages for as long as they are kept."""

from __future__ import annotations

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from services.sns.store.tables import archive, deduplication

_KEY = (
    deduplication.c.topic_arn == sa.bindparam("topic"),
    deduplication.c.scope == sa.bindparam("in_scope"),
    deduplication.c.deduplication_id == sa.bindparam("by_id"),
)
_FIND = sa.select(deduplication.c.message_id, deduplication.c.sequence_number).where(
    *_KEY, deduplication.c.expires_at > sa.bindparam("now")
)
_INSERT = insert(deduplication)
_DELETE_EXPIRED = sa.delete(deduplication).where(
    deduplication.c.topic_arn == sa.bindparam("topic"), deduplication.c.expires_at <= sa.bindparam("now")
)

_ARCHIVE = insert(archive)
_OF_TOPIC = archive.c.topic_arn == sa.bindparam("topic")
_ARCHIVED = (
    sa.select(archive.c.sequence_number, archive.c.message)
    .where(
        _OF_TOPIC,
        archive.c.sequence_number > sa.bindparam("after"),
        archive.c.published_at >= sa.bindparam("since"),
        archive.c.published_at <= sa.bindparam("until"),
    )
    .order_by(archive.c.sequence_number)
    .limit(sa.bindparam("count"))
)
_OLDEST = sa.select(sa.func.min(archive.c.published_at)).where(_OF_TOPIC)
_PRUNE = sa.delete(archive).where(_OF_TOPIC, archive.c.published_at < sa.bindparam("before"))
_CLEAR = sa.delete(archive).where(_OF_TOPIC)


def find_published(
    transaction: Transaction, topic: str, scope: str, deduplication_id: str, now: float
) -> tuple[str, str] | None:
    """Message id and sequence number of the message published under this id in the last five minutes."""
    values = {"topic": topic, "in_scope": scope, "by_id": deduplication_id, "now": now}
    row = transaction.connection.execute(_FIND, values).first()
    return (row.message_id, row.sequence_number) if row is not None else None


def remember(
    transaction: Transaction,
    topic: str,
    scope: str,
    deduplication_id: str,
    message_id: str,
    sequence_number: str,
    now: float,
    expires_at: float,
) -> None:
    """Keep the id until `expires_at`, and forget those that are past theirs."""
    transaction.connection.execute(_DELETE_EXPIRED, {"topic": topic, "now": now})
    transaction.connection.execute(
        _INSERT,
        {
            "topic_arn": topic,
            "scope": scope,
            "deduplication_id": deduplication_id,
            "message_id": message_id,
            "sequence_number": sequence_number,
            "expires_at": expires_at,
        },
    )


def add_archived(
    transaction: Transaction, topic: str, sequence_number: str, message: bytes, now: float, keep_since: float
) -> None:
    """Archive a message, and drop those published before `keep_since`."""
    transaction.connection.execute(_PRUNE, {"topic": topic, "before": keep_since})
    transaction.connection.execute(
        _ARCHIVE,
        {"topic_arn": topic, "sequence_number": sequence_number, "message": message, "published_at": now},
    )


def archived(
    transaction: Transaction, topic: str, after: str, since: float, until: float, count: int
) -> list[tuple[str, bytes]]:
    """Sequence numbers and messages published from `since` to `until`, after the sequence number `after`."""
    values = {"topic": topic, "after": after, "since": since, "until": until, "count": count}
    return [(number, message) for number, message in transaction.connection.execute(_ARCHIVED, values)]


def beginning_of_archive(transaction: Transaction, topic: str) -> float | None:
    """When the oldest archived message was published."""
    found: float | None = transaction.connection.execute(_OLDEST, {"topic": topic}).scalar()
    return found


def clear_archive(transaction: Transaction, topic: str) -> None:
    transaction.connection.execute(_CLEAR, {"topic": topic})
