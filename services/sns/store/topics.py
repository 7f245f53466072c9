"""Topics: rows and the `Topic` they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import Statement
from services.sns.store.tables import archive, deduplication, subscriptions, topics


@dataclass(frozen=True, slots=True)
class Topic:
    """`attributes` are those that were set. `version` changes with the topic and with each of its subscriptions."""

    id: int
    arn: str
    account_id: str
    region: str
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    data_protection_policy: str | None
    version: int
    subscriptions_deleted: int
    created_at: float

    @property
    def name(self) -> str:
        return self.arn.rsplit(":", 1)[1]

    @property
    def is_fifo(self) -> bool:
        return self.attributes.get("FifoTopic") == "true"


_COLUMNS = (
    topics.c.id,
    topics.c.arn,
    topics.c.account_id,
    topics.c.region,
    topics.c.attributes,
    topics.c.tags,
    topics.c.data_protection_policy,
    topics.c.version,
    topics.c.subscriptions_deleted,
    topics.c.created_at,
)
_BY_ARN = topics.c.arn == sa.bindparam("topic")
_FIND = sa.select(*_COLUMNS).where(_BY_ARN)
_VERSION = sa.select(topics.c.version).where(_BY_ARN)
_IS_VERSION = Statement(
    sa.select(sa.literal_column("1", sa.Integer) // sa.func.count()).where(
        _BY_ARN, topics.c.version == sa.bindparam("is_version")
    )
)
_LIST = (
    sa.select(topics.c.id, topics.c.arn)
    .where(
        topics.c.account_id == sa.bindparam("account"),
        topics.c.region == sa.bindparam("in_region"),
        topics.c.id > sa.bindparam("after"),
    )
    .order_by(topics.c.id)
    .limit(sa.bindparam("count"))
)
_INSERT = insert(topics)
_TOUCH = sa.update(topics).where(_BY_ARN).values(version=topics.c.version + 1)
_SET_ATTRIBUTES = (
    sa.update(topics).where(_BY_ARN).values(attributes=sa.bindparam("new_attributes"), version=topics.c.version + 1)
)
_SET_TAGS = sa.update(topics).where(_BY_ARN).values(tags=sa.bindparam("new_tags"))
_SET_PROTECTION = sa.update(topics).where(_BY_ARN).values(data_protection_policy=sa.bindparam("new_policy"))
_COUNT_DELETED = (
    sa.update(topics)
    .where(_BY_ARN)
    .values(subscriptions_deleted=topics.c.subscriptions_deleted + 1, version=topics.c.version + 1)
)
_NEXT_SEQUENCE = sa.update(topics).where(_BY_ARN).values(sequence=topics.c.sequence + 1).returning(topics.c.sequence)
_DELETE = (
    sa.delete(topics).where(_BY_ARN),
    sa.delete(subscriptions).where(subscriptions.c.topic_arn == sa.bindparam("topic")),
    sa.delete(deduplication).where(deduplication.c.topic_arn == sa.bindparam("topic")),
    sa.delete(archive).where(archive.c.topic_arn == sa.bindparam("topic")),
)


def find(transaction: Transaction, arn: str) -> Topic | None:
    row = transaction.connection.execute(_FIND, {"topic": arn}).first()
    return _topic(row) if row is not None else None


def version(transaction: Transaction, arn: str) -> int | None:
    """The topic's version; None where it does not exist."""
    found: int | None = transaction.connection.execute(_VERSION, {"topic": arn}).scalar()
    return found


def expect_version(transaction: Transaction, arn: str, is_version: int, otherwise: Callable[[], None]) -> None:
    """Rely on the topic's being of that version. See `Statement.expect`."""
    _IS_VERSION.expect(transaction, {"topic": arn, "is_version": is_version}, otherwise)


def page(transaction: Transaction, account_id: str, region: str, after: int, count: int) -> list[tuple[int, str]]:
    """Ids and ARNs of up to `count` topics after the id `after`."""
    rows = transaction.connection.execute(
        _LIST, {"account": account_id, "in_region": region, "after": after, "count": count}
    )
    return [(number, arn) for number, arn in rows]


def add(
    transaction: Transaction,
    arn: str,
    account_id: str,
    region: str,
    attributes: Mapping[str, str],
    tags: Mapping[str, str],
    data_protection_policy: str | None,
    now: float,
) -> None:
    """Insert it; `now` is in seconds since the epoch."""
    transaction.connection.execute(
        _INSERT,
        {
            "arn": arn,
            "account_id": account_id,
            "region": region,
            "attributes": _json(attributes),
            "tags": _json(tags),
            "data_protection_policy": data_protection_policy,
            "sequence": 0,
            # A topic that is deleted and made again is another version than any before.
            "version": int(now * 1_000_000),
            "subscriptions_deleted": 0,
            "created_at": now,
        },
    )


def touch(transaction: Transaction, arn: str) -> None:
    """Its subscriptions have changed."""
    transaction.connection.execute(_TOUCH, {"topic": arn})


def set_attributes(transaction: Transaction, arn: str, attributes: Mapping[str, str]) -> None:
    """Replace all of them."""
    transaction.connection.execute(_SET_ATTRIBUTES, {"topic": arn, "new_attributes": _json(attributes)})


def set_tags(transaction: Transaction, arn: str, tags: Mapping[str, str]) -> None:
    """Replace all of them."""
    transaction.connection.execute(_SET_TAGS, {"topic": arn, "new_tags": _json(tags)})


def set_data_protection_policy(transaction: Transaction, arn: str, policy: str | None) -> None:
    """Replace it; None takes it away."""
    transaction.connection.execute(_SET_PROTECTION, {"topic": arn, "new_policy": policy})


def count_deleted_subscription(transaction: Transaction, arn: str) -> None:
    """One more of its subscriptions has been deleted."""
    transaction.connection.execute(_COUNT_DELETED, {"topic": arn})


def next_sequence(transaction: Transaction, arn: str) -> int:
    """The next number of this FIFO topic's messages. Also orders the publishes of several replicas."""
    number: int = transaction.connection.execute(_NEXT_SEQUENCE, {"topic": arn}).scalar_one()
    return number


def delete(transaction: Transaction, arn: str) -> None:
    """The topic with its subscriptions, its archive and what it deduplicates by."""
    for statement in _DELETE:
        transaction.connection.execute(statement, {"topic": arn})


def _topic(row: Any) -> Topic:
    return Topic(
        row.id,
        row.arn,
        row.account_id,
        row.region,
        orjson.loads(row.attributes),
        orjson.loads(row.tags),
        row.data_protection_policy,
        row.version,
        row.subscriptions_deleted,
        row.created_at,
    )


def _json(mapping: Mapping[str, str]) -> str:
    return orjson.dumps(dict(mapping)).decode("utf-8")
