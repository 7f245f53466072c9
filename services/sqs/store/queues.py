"""Queues: their rows, and the queues deleted lately."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import orjson
import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import Row, Statement, for_each_engine
from services.sqs.arns import QueueAddress
from services.sqs.store.tables import backlogs, deleted_queues, queues


class QueueRow(NamedTuple):
    """A queue's row; `attributes` are those that were set. Times are in seconds since the epoch."""

    id: int
    backlog_id: int
    address: QueueAddress
    fifo: bool
    fair: bool
    attributes: Mapping[str, str]
    tags: Mapping[str, str]
    created_at: float
    modified_at: float
    purged_at: float | None
    earlier_deduplication_scope: str | None
    deduplication_scope_changed_at: float | None


_AT_ADDRESS = (
    (queues.c.account_id == sa.bindparam("account"))
    & (queues.c.region == sa.bindparam("in_region"))
    & (queues.c.name == sa.bindparam("named"))
)
_FIND = Statement(sa.select(queues).where(_AT_ADDRESS))
_AS_IT_WAS = Statement(
    sa.select(sa.literal_column("1", sa.Integer) // sa.func.count()).where(
        queues.c.id == sa.bindparam("queue"),
        queues.c.backlog_id == sa.bindparam("backlog"),
        queues.c.fair == sa.bindparam("is_fair"),
        queues.c.attributes == sa.bindparam("set_attributes"),
        queues.c.tags == sa.bindparam("set_tags"),
    )
)
_FIND_TO_CHANGE = Statement(for_each_engine(lambda engine: engine.for_update(sa.select(queues).where(_AT_ADDRESS))))
_is_queue = queues.c.id == sa.bindparam("queue")
_LOCK = Statement(for_each_engine(lambda engine: engine.for_update(sa.select(queues.c.id).where(_is_queue))))
_FIND_ANYWHERE = Statement(
    sa.select(queues)
    .where(queues.c.account_id == sa.bindparam("account"), queues.c.name == sa.bindparam("named"))
    .order_by(queues.c.id)
    .limit(1)
)
_LIST = (
    sa.select(queues.c.name)
    .where(
        queues.c.account_id == sa.bindparam("account"),
        queues.c.region == sa.bindparam("in_region"),
        # one bound, since an index is searched by but one: the later of where the page and the prefix begin
        queues.c.name >= sa.bindparam("low"),
        queues.c.name != sa.bindparam("after"),
        queues.c.name < sa.bindparam("high"),
    )
    .order_by(queues.c.name)
    .limit(sa.bindparam("most"))
)
_LIST_SOURCES = (
    sa.select(queues.c.name)
    .where(
        queues.c.dead_letter_arn == sa.bindparam("arn"),
        # no columns of an index, which would be searched by them: all of the account's queues
        queues.c.account_id + "" == sa.bindparam("account"),
        queues.c.region + "" == sa.bindparam("in_region"),
        queues.c.name > sa.bindparam("after"),
    )
    .order_by(queues.c.name)
    .limit(sa.bindparam("most"))
)
_HAS_SOURCES = sa.select(queues.c.id).where(queues.c.dead_letter_arn == sa.bindparam("arn")).limit(1)
_INSERT = insert(queues)
_INSERT_BACKLOG = insert(backlogs)
_DISCARD = backlogs.update().where(backlogs.c.id == sa.bindparam("backlog")).values(discarded=1)
_UPDATE_ATTRIBUTES = (
    queues.update()
    .where(queues.c.id == sa.bindparam("queue"))
    .values(
        attributes=sa.bindparam("new_attributes"),
        dead_letter_arn=sa.bindparam("new_dead_letter_arn"),
        modified_at=sa.bindparam("now"),
    )
)
_CHANGE_DEDUPLICATION_SCOPE = (
    queues.update()
    .where(queues.c.id == sa.bindparam("queue"))
    .values(
        earlier_deduplication_scope=sa.bindparam("earlier"),
        deduplication_scope_changed_at=sa.bindparam("now"),
    )
)
_UPDATE_TAGS = queues.update().where(queues.c.id == sa.bindparam("queue")).values(tags=sa.bindparam("new_tags"))
_MARK_FAIR = queues.update().where(queues.c.id == sa.bindparam("queue")).values(fair=1)
_PURGE = (
    queues.update()
    .where(queues.c.id == sa.bindparam("queue"))
    .values(backlog_id=sa.bindparam("new_backlog"), purged_at=sa.bindparam("now"))
)
_DELETE = queues.delete().where(queues.c.id == sa.bindparam("queue"))
_insert_deleted = insert(deleted_queues)
_REMEMBER_DELETED = _insert_deleted.on_conflict_do_update(
    index_elements=[deleted_queues.c.account_id, deleted_queues.c.region, deleted_queues.c.name],
    set_={"deleted_at": _insert_deleted.excluded.deleted_at},
)
_DELETED_AT = sa.select(deleted_queues.c.deleted_at).where(
    deleted_queues.c.account_id == sa.bindparam("account"),
    deleted_queues.c.region == sa.bindparam("in_region"),
    deleted_queues.c.name == sa.bindparam("named"),
)
_FORGET_DELETED = deleted_queues.delete().where(deleted_queues.c.deleted_at < sa.bindparam("before"))

# A character no queue name holds and that sorts after all they do.
_LAST = "\x7f"


def find(transaction: Transaction, address: QueueAddress) -> Row | None:
    """The row of the queue at `address`, for `queue_row`."""
    return _FIND.first(transaction, _at(address))


def expect_as_it_was(transaction: Transaction, row: Row, otherwise: Callable[[], None]) -> None:
    """Rely on a row that `find` has answered earlier, in what concerns messages of a standard queue.

    See `Statement.expect`.
    """
    key, _, _, _, backlog_id, _, fair, attributes, tags, *_ = row
    given = {"queue": key, "backlog": backlog_id, "is_fair": fair, "set_attributes": attributes, "set_tags": tags}
    _AS_IT_WAS.expect(transaction, given, otherwise)


def find_to_change(transaction: Transaction, address: QueueAddress) -> Row | None:
    """`find`; no other process's transaction that does so goes on before this one's end."""
    return _FIND_TO_CHANGE.first(transaction, _at(address))


def lock(transaction: Transaction, queue_id: int) -> None:
    """Wait for who has found the queue to change it, and let others wait for this transaction's end."""
    _LOCK.first(transaction, {"queue": queue_id})


def find_in_any_region(transaction: Transaction, account_id: str, name: str) -> Row | None:
    """The row of the account's oldest queue of that name, for `queue_row`."""
    return _FIND_ANYWHERE.first(transaction, {"account": account_id, "named": name})


def list_names(transaction: Transaction, account_id: str, region: str, prefix: str, after: str, most: int) -> list[str]:
    """Names of queues in their order, those after `after`."""
    given = {
        "account": account_id,
        "in_region": region,
        "after": after,
        "low": max(prefix, after),
        "high": prefix + _LAST,
        "most": most,
    }
    return list(transaction.connection.execute(_LIST, given).scalars())


def list_source_names(transaction: Transaction, dead_letter: QueueAddress, after: str, most: int) -> list[str]:
    """Names of the queues that have `dead_letter` as their dead-letter queue, those after `after`."""
    given = {
        "arn": dead_letter.arn,
        "account": dead_letter.account_id,
        "in_region": dead_letter.region,
        "after": after,
        "most": most,
    }
    return list(transaction.connection.execute(_LIST_SOURCES, given).scalars())


def is_dead_letter_queue(transaction: Transaction, address: QueueAddress) -> bool:
    """Whether a queue has the one at `address` as its dead-letter queue."""
    return transaction.connection.execute(_HAS_SOURCES, {"arn": address.arn}).first() is not None


def add(
    transaction: Transaction,
    address: QueueAddress,
    *,
    fifo: bool,
    attributes: Mapping[str, str],
    tags: Mapping[str, str],
    dead_letter_arn: str | None,
    now: float,
) -> None:
    """A new queue with an empty backlog; `dead_letter_arn` is the one of its redrive policy."""
    transaction.connection.execute(
        _INSERT,
        {
            "account_id": address.account_id,
            "region": address.region,
            "name": address.name,
            "backlog_id": _new_backlog(transaction),
            "fifo": int(fifo),
            "fair": 0,
            "attributes": orjson.dumps(attributes).decode(),
            "tags": orjson.dumps(tags).decode(),
            "dead_letter_arn": dead_letter_arn,
            "created_at": now,
            "modified_at": now,
            "purged_at": None,
            "earlier_deduplication_scope": None,
            "deduplication_scope_changed_at": None,
        },
    )


def set_attributes(
    transaction: Transaction, queue_id: int, attributes: Mapping[str, str], dead_letter_arn: str | None, now: float
) -> None:
    """Replace all set attributes; `dead_letter_arn` is the one of the redrive policy among them."""
    transaction.connection.execute(
        _UPDATE_ATTRIBUTES,
        {
            "queue": queue_id,
            "new_attributes": orjson.dumps(attributes).decode(),
            "new_dead_letter_arn": dead_letter_arn,
            "now": now,
        },
    )


def change_deduplication_scope(transaction: Transaction, queue_id: int, earlier: str, now: float) -> None:
    """Remember which scope is in force while the queue's attributes name another one now."""
    transaction.connection.execute(_CHANGE_DEDUPLICATION_SCOPE, {"queue": queue_id, "earlier": earlier, "now": now})


def set_tags(transaction: Transaction, queue_id: int, tags: Mapping[str, str]) -> None:
    given = {"queue": queue_id, "new_tags": orjson.dumps(tags).decode()}
    transaction.connection.execute(_UPDATE_TAGS, given)


def mark_fair(transaction: Transaction, queue_id: int) -> None:
    """The queue has been sent a message with a group."""
    transaction.connection.execute(_MARK_FAIR, {"queue": queue_id})


def purge(transaction: Transaction, queue_id: int, backlog_id: int, now: float) -> None:
    """Give the queue a new backlog in place of `backlog_id`, whose messages are swept out later."""
    transaction.connection.execute(_DISCARD, {"backlog": backlog_id})
    given = {"queue": queue_id, "new_backlog": _new_backlog(transaction), "now": now}
    transaction.connection.execute(_PURGE, given)


def remove(transaction: Transaction, queue_id: int, backlog_id: int, address: QueueAddress, now: float) -> None:
    """Delete the queue, and remember when; its messages are swept out later."""
    transaction.connection.execute(_DISCARD, {"backlog": backlog_id})
    transaction.connection.execute(_DELETE, {"queue": queue_id})
    transaction.connection.execute(_FORGET_DELETED, {"before": now - 60})
    transaction.connection.execute(
        _REMEMBER_DELETED,
        {
            "account_id": address.account_id,
            "region": address.region,
            "name": address.name,
            "deleted_at": now,
        },
    )


def deleted_at(transaction: Transaction, address: QueueAddress) -> float | None:
    """When a queue of this name was last deleted, if that is remembered."""
    result: float | None = transaction.connection.execute(_DELETED_AT, _at(address)).scalar()
    return result


def _new_backlog(transaction: Transaction) -> int:
    result = transaction.connection.execute(_INSERT_BACKLOG, {"discarded": 0})
    inserted = result.inserted_primary_key
    assert inserted is not None
    key: int = inserted[0]
    return key


def _at(address: QueueAddress) -> dict[str, str]:
    return {"account": address.account_id, "in_region": address.region, "named": address.name}


def queue_row(row: Row) -> QueueRow:
    """What a row of the table says; equal rows say the same."""
    key, account_id, region, name, backlog_id, fifo, fair, attributes, tags, *rest = row
    address = QueueAddress(account_id, region, name)
    return QueueRow(
        key, backlog_id, address, bool(fifo), bool(fair), orjson.loads(attributes), orjson.loads(tags), *rest[1:]
    )
