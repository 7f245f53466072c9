"""Messages: sending, receiving, deleting, hiding, counting, and moving them between queues.

Every statement finds its rows by an index of the backlog, so that its cost does not grow with what waits there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.engines import EngineCapabilities, PostgresqlCapabilities, insert
from services.sqs.store.tables import IN_FLIGHT, READY, large_bodies, messages

LARGE_BODY = 16_384


class Message(NamedTuple):
    """A message's row. `id` is its key in the store, `message_id` the one clients see."""

    id: int
    backlog_id: int
    state: int
    turn: int
    visible_at: float
    sent_at: float
    message_id: str
    body: str | None
    body_md5: str
    attributes: str | None
    trace_header: str | None
    group_id: str | None
    deduplication_id: str | None
    sender_id: str
    receive_count: int
    earlier_receives: int
    first_received_at: float | None
    received_at: float | None
    receipt: int | None
    source_arn: str | None


class Counts(NamedTuple):
    """What `ApproximateNumberOfMessages`, `...NotVisible` and `...Delayed` say."""

    ready: int
    in_flight: int
    delayed: int


_COLUMNS = [messages.c[name] for name in Message._fields]
# Literals, since a partial index is used only where the query's text implies its condition.
_IS_READY = messages.c.state == sa.literal_column("0")
_IS_WAITING = messages.c.state > sa.literal_column("0")
_IN_BACKLOG = messages.c.backlog_id == sa.bindparam("backlog")
_IS_MESSAGE = (messages.c.id == sa.bindparam("key")) & _IN_BACKLOG
_NOW: sa.BindParameter[float] = sa.bindparam("now", type_=sa.Double)


def _per_engine(build: Any) -> Mapping[str, Any]:
    return {engine.name: build(engine) for engine in (EngineCapabilities(), PostgresqlCapabilities())}


def _receive(engine: EngineCapabilities) -> sa.UpdateBase:
    first = (
        sa.select(messages.c.id)
        .where(_IN_BACKLOG, _IS_READY)
        .order_by(messages.c.turn, messages.c.visible_at, messages.c.id)
        .limit(sa.bindparam("most"))
    )
    return (
        messages.update()
        .where(messages.c.id.in_(engine.skip_locked(first)))
        .values(
            state=IN_FLIGHT,
            visible_at=sa.bindparam("until"),
            receive_count=messages.c.receive_count + 1,
            first_received_at=sa.func.coalesce(messages.c.first_received_at, _NOW),
            received_at=_NOW,
            receipt=sa.bindparam("new_receipt"),
        )
        .returning(*_COLUMNS)
    )


def _first_ready(engine: EngineCapabilities) -> sa.Select[Any]:
    return engine.skip_locked(
        sa.select(*_COLUMNS)
        .where(_IN_BACKLOG, _IS_READY)
        .order_by(messages.c.turn, messages.c.visible_at, messages.c.id)
        .limit(sa.bindparam("most"))
    )


_ADD = insert(messages)
_ADD_LARGE_BODY = insert(large_bodies)
_LARGE_BODY = sa.select(large_bodies.c.body).where(large_bodies.c.message_key == sa.bindparam("key"))
_REKEY_LARGE_BODY = (
    large_bodies.update()
    .where(large_bodies.c.message_key == sa.bindparam("key"))
    .values(message_key=sa.bindparam("new_key"))
)
_RECEIVE = _per_engine(_receive)
_FIRST_READY = _per_engine(_first_ready)
_RECEIVE_ONE = (
    messages.update()
    .where(messages.c.id == sa.bindparam("key"))
    .values(
        state=IN_FLIGHT,
        visible_at=sa.bindparam("until"),
        receive_count=messages.c.receive_count + 1,
        first_received_at=sa.func.coalesce(messages.c.first_received_at, _NOW),
        received_at=_NOW,
        receipt=sa.bindparam("new_receipt"),
    )
)
_MAKE_READY = (
    messages.update()
    .where(_IN_BACKLOG, _IS_WAITING, messages.c.visible_at <= _NOW)
    .values(
        state=READY,
        turn=sa.case((messages.c.turn < sa.bindparam("least_turn"), sa.bindparam("least_turn")), else_=messages.c.turn),
    )
)
_NEXT_DUE = sa.select(sa.func.min(messages.c.visible_at)).where(_IN_BACKLOG, _IS_WAITING)
_OLDEST = sa.select(sa.func.min(messages.c.sent_at)).where(_IN_BACKLOG)
_EXPIRE = (
    messages.delete().where(_IN_BACKLOG, messages.c.sent_at <= sa.bindparam("cutoff")).returning(messages.c.group_id)
)
_FIRST_TURN = (
    sa.select(messages.c.turn)
    .where(_IN_BACKLOG, _IS_READY)
    .order_by(messages.c.turn, messages.c.visible_at, messages.c.id)
    .limit(1)
)
_LAST_TURN_OF_GROUP = sa.select(sa.func.max(messages.c.turn)).where(
    _IN_BACKLOG, messages.c.group_id == sa.bindparam("in_group")
)
_FIND = sa.select(*_COLUMNS).where(_IS_MESSAGE)
_DELETE_RECEIVED = messages.delete().where(_IS_MESSAGE, messages.c.receipt == sa.bindparam("with_receipt"))
_DELETE = messages.delete().where(_IS_MESSAGE)
_HIDE = messages.update().where(_IS_MESSAGE).values(state=IN_FLIGHT, visible_at=sa.bindparam("until"))
_SHOW = messages.update().where(_IS_MESSAGE).values(state=READY, visible_at=_NOW)
_UNRECEIVE = (
    messages.update()
    .where(_IS_MESSAGE, messages.c.receipt == sa.bindparam("with_receipt"))
    .values(state=READY, visible_at=_NOW, receive_count=messages.c.receive_count - 1)
)
_TRANSFER = (
    messages.update()
    .where(_IS_MESSAGE)
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in (
                "backlog_id",
                "turn",
                "sent_at",
                "message_id",
                "receive_count",
                "earlier_receives",
                "first_received_at",
                "source_arn",
            )
        }
    )
    .values(state=READY, visible_at=_NOW, receipt=None, received_at=None)
)
_COUNT_READY = sa.select(sa.func.count()).select_from(messages).where(_IN_BACKLOG, _IS_READY)
_COUNT_WAITING = (
    sa.select(messages.c.state, sa.func.count())
    .where(_IN_BACKLOG, _IS_WAITING, messages.c.visible_at > _NOW)
    .group_by(messages.c.state)
)
_COUNT_DUE = (
    sa.select(sa.func.count()).select_from(messages).where(_IN_BACKLOG, _IS_WAITING, messages.c.visible_at <= _NOW)
)
_PAGE = (
    sa.select(*_COLUMNS)
    .where(_IN_BACKLOG, messages.c.sent_at > sa.bindparam("cutoff"))
    .where(
        sa.or_(
            messages.c.sent_at > sa.bindparam("after_sent_at"),
            sa.and_(messages.c.sent_at == sa.bindparam("after_sent_at"), messages.c.id > sa.bindparam("after_key")),
        )
    )
    .order_by(messages.c.sent_at, messages.c.id)
    .limit(sa.bindparam("most"))
)


def add(transaction: Transaction, row: dict[str, Any]) -> int:
    """Add a message; `row` has every column but `id`, which comes back."""
    body = row["body"]
    connection = transaction.connection
    if len(body) <= LARGE_BODY:
        return _key_of(connection.execute(_ADD, row))
    key = _key_of(connection.execute(_ADD, {**row, "body": None}))
    connection.execute(_ADD_LARGE_BODY, {"message_key": key, "body": body})
    return key


def _key_of(result: sa.CursorResult[Any]) -> int:
    inserted = result.inserted_primary_key
    assert inserted is not None
    key: int = inserted[0]
    return key


def add_all(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Add messages whose keys nobody needs."""
    small = [row for row in rows if len(row["body"]) <= LARGE_BODY]
    if small:
        transaction.connection.execute(_ADD, small)
    for row in rows:
        if len(row["body"]) > LARGE_BODY:
            add(transaction, row)


def body_of(transaction: Transaction, message: Message) -> str:
    if message.body is not None:
        return message.body
    body: str = transaction.connection.execute(_LARGE_BODY, {"key": message.id}).scalar_one()
    return body


def receive(
    transaction: Transaction, backlog_id: int, most: int, *, until: float, now: float, receipt: int
) -> list[Message]:
    """Take the first `most` ready messages in flight until `until`; their rows as they are then."""
    given = {"backlog": backlog_id, "most": most, "until": until, "now": now, "new_receipt": receipt}
    rows = transaction.connection.execute(_RECEIVE[transaction.engine.name], given).all()
    received = [Message._make(row) for row in rows]
    if len(received) > 1:
        received.sort(key=_in_turn)
    return received


def _in_turn(message: Message) -> tuple[int, int]:
    return message.turn, message.id


def receive_these(transaction: Transaction, keys: Iterable[int], *, until: float, now: float, receipt: int) -> None:
    """Take the messages `keys` in flight until `until`."""
    given = [{"key": key, "until": until, "now": now, "new_receipt": receipt} for key in keys]
    transaction.connection.execute(_RECEIVE_ONE, given)


def first_ready(transaction: Transaction, backlog_id: int, most: int) -> list[Message]:
    """The first ready messages as they stand, passing over those that another transaction holds."""
    given = {"backlog": backlog_id, "most": most}
    return [Message._make(row) for row in transaction.connection.execute(_FIRST_READY[transaction.engine.name], given)]


def make_due_ready(transaction: Transaction, backlog_id: int, now: float, least_turn: int) -> int:
    """Make ready what has waited for its `visible_at`; how many there were."""
    given = {"backlog": backlog_id, "now": now, "least_turn": least_turn}
    return transaction.connection.execute(_MAKE_READY, given).rowcount


def next_due(transaction: Transaction, backlog_id: int) -> float | None:
    """When the next delayed or in-flight message becomes visible."""
    result: float | None = transaction.connection.execute(_NEXT_DUE, {"backlog": backlog_id}).scalar()
    return result


def oldest(transaction: Transaction, backlog_id: int) -> float | None:
    """When the oldest message was sent."""
    result: float | None = transaction.connection.execute(_OLDEST, {"backlog": backlog_id}).scalar()
    return result


def expire(transaction: Transaction, backlog_id: int, cutoff: float) -> list[str]:
    """Delete what was sent at `cutoff` or before; the groups that had messages among it."""
    expired = transaction.connection.execute(_EXPIRE, {"backlog": backlog_id, "cutoff": cutoff}).scalars()
    return list(dict.fromkeys(group_id for group_id in expired if group_id is not None))


def first_turn(transaction: Transaction, backlog_id: int) -> int:
    return transaction.connection.execute(_FIRST_TURN, {"backlog": backlog_id}).scalar() or 0


def last_turn_of_group(transaction: Transaction, backlog_id: int, group_id: str) -> int | None:
    given = {"backlog": backlog_id, "in_group": group_id}
    result: int | None = transaction.connection.execute(_LAST_TURN_OF_GROUP, given).scalar()
    return result


def find(transaction: Transaction, backlog_id: int, key: int) -> Message | None:
    row = transaction.connection.execute(_FIND, {"backlog": backlog_id, "key": key}).first()
    return Message._make(row) if row is not None else None


def delete_received(transaction: Transaction, backlog_id: int, key: int, receipt: int) -> bool:
    """Delete a message if `receipt` is its latest receive's."""
    given = {"backlog": backlog_id, "key": key, "with_receipt": receipt}
    return transaction.connection.execute(_DELETE_RECEIVED, given).rowcount > 0


def delete(transaction: Transaction, backlog_id: int, keys: Iterable[int]) -> None:
    transaction.connection.execute(_DELETE, [{"backlog": backlog_id, "key": key} for key in keys])


def hide(transaction: Transaction, message: Message, until: float) -> None:
    given = {"backlog": message.backlog_id, "key": message.id, "until": until}
    transaction.connection.execute(_HIDE, given)


def show(transaction: Transaction, message: Message, now: float) -> None:
    transaction.connection.execute(_SHOW, {"backlog": message.backlog_id, "key": message.id, "now": now})


def unreceive(transaction: Transaction, received: Sequence[Message], now: float) -> None:
    """Undo a receive that nobody was there to get."""
    given = [
        {"backlog": message.backlog_id, "key": message.id, "with_receipt": message.receipt, "now": now}
        for message in received
    ]
    transaction.connection.execute(_UNRECEIVE, given)


def transfer(transaction: Transaction, message: Message, changed: Message, now: float) -> None:
    """Put `message` into another backlog, ready, as `changed` says; its key stays."""
    transaction.connection.execute(
        _TRANSFER,
        {
            "backlog": message.backlog_id,
            "key": message.id,
            "now": now,
            "new_backlog_id": changed.backlog_id,
            "new_turn": changed.turn,
            "new_sent_at": changed.sent_at,
            "new_message_id": changed.message_id,
            "new_receive_count": changed.receive_count,
            "new_earlier_receives": changed.earlier_receives,
            "new_first_received_at": changed.first_received_at,
            "new_source_arn": changed.source_arn,
        },
    )


def replace(transaction: Transaction, message: Message, changed: Message) -> int:
    """Delete `message` and add it anew as `changed`; its new key, which is after all others."""
    row = changed._asdict()
    del row["id"]
    connection = transaction.connection
    key = _key_of(connection.execute(_ADD, row))
    if message.body is None:
        connection.execute(_REKEY_LARGE_BODY, {"key": message.id, "new_key": key})
    connection.execute(_DELETE, {"backlog": message.backlog_id, "key": message.id})
    return key


def count(transaction: Transaction, backlog_id: int, now: float) -> Counts:
    connection = transaction.connection
    given = {"backlog": backlog_id, "now": now}
    waiting = _waiting(transaction, backlog_id, now)
    ready = connection.execute(_COUNT_READY, given).scalar_one() + connection.execute(_COUNT_DUE, given).scalar_one()
    in_flight = waiting.pop(IN_FLIGHT, 0)
    return Counts(ready, in_flight, sum(waiting.values()))


def count_in_flight(transaction: Transaction, backlog_id: int, now: float) -> int:
    return _waiting(transaction, backlog_id, now).get(IN_FLIGHT, 0)


def _waiting(transaction: Transaction, backlog_id: int, now: float) -> dict[int, int]:
    """How many messages wait, by their state."""
    rows = transaction.connection.execute(_COUNT_WAITING, {"backlog": backlog_id, "now": now})
    counts: dict[int, int] = {}
    for state, number in rows:
        counts[state] = number
    return counts


def page(
    transaction: Transaction, backlog_id: int, *, cutoff: float, after: tuple[float, int], most: int
) -> list[Message]:
    """Messages in the order they were sent, those after `after` (when sent, key)."""
    given = {
        "backlog": backlog_id,
        "cutoff": cutoff,
        "after_sent_at": after[0],
        "after_key": after[1],
        "most": most,
    }
    return [Message._make(row) for row in transaction.connection.execute(_PAGE, given)]
