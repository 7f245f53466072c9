"""Messages: sending, receiving, deleting, hiding, counting, and moving them between queues.

Every statement finds its rows by an index of the backlog, so that its cost does not grow with what waits there. How
many rows a backlog has is told by whatever adds, moves, hides and deletes them: see `message_counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import EngineCapabilities, PostgresqlCapabilities, insert
from awskit.database.statements import Statement, for_each_engine
from services.sqs.store import message_counts
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


_COLUMNS = [messages.c[name] for name in Message._fields]
# Literals, since a partial index is used only where the query's text implies its condition.
_IS_READY = messages.c.state == sa.literal_column("0")
_IS_WAITING = messages.c.state > sa.literal_column("0")
_IN_BACKLOG = messages.c.backlog_id == sa.bindparam("backlog")
_IS_MESSAGE = (messages.c.id == sa.bindparam("key")) & _IN_BACKLOG
_NOW: sa.BindParameter[float] = sa.bindparam("now", type_=sa.Double)


_AS_RECEIVED = {
    "state": sa.literal_column(str(IN_FLIGHT)),
    "visible_at": sa.bindparam("until"),
    "receive_count": messages.c.receive_count + sa.literal_column("1"),
    "first_received_at": sa.func.coalesce(messages.c.first_received_at, _NOW),
    "received_at": _NOW,
    "receipt": sa.bindparam("new_receipt"),
}


def _receive(engine: EngineCapabilities) -> sa.UpdateBase:
    first = (
        sa.select(messages.c.id)
        .where(_IN_BACKLOG, _IS_READY)
        .order_by(messages.c.turn, messages.c.visible_at, messages.c.id)
        .limit(sa.bindparam("most"))
    )
    return (
        messages.update().where(messages.c.id.in_(engine.skip_locked(first))).values(_AS_RECEIVED).returning(*_COLUMNS)
    )


def _first_ready(engine: EngineCapabilities) -> sa.Select[Any]:
    return engine.skip_locked(
        sa.select(*_COLUMNS)
        .where(_IN_BACKLOG, _IS_READY)
        .order_by(messages.c.turn, messages.c.visible_at, messages.c.id)
        .limit(sa.bindparam("most"))
    )


def _take(engine: EngineCapabilities) -> sa.UpdateBase:
    first = (
        sa.select(messages.c.id)
        # In their turn, not by the index of their age.
        .where(_IN_BACKLOG, _IS_READY, messages.c.sent_at + sa.literal_column("0.0") > sa.bindparam("cutoff"))
        .order_by(messages.c.turn, messages.c.visible_at)  # as the index has them, so that nothing is ever sorted
        .limit(sa.bindparam("most"))
    )
    apart = sa.select(large_bodies.c.body).where(large_bodies.c.message_key == messages.c.id)
    body = sa.case((messages.c.body.is_(None), apart.correlate(messages).scalar_subquery()), else_=messages.c.body)
    return (
        messages.update()
        .where(messages.c.id.in_(engine.skip_locked(first)))
        .values(_AS_RECEIVED)
        .returning(*(body.label("body") if column is messages.c.body else column for column in _COLUMNS))
    )


def _delete_all_received() -> sa.Delete:
    return messages.delete().where(
        messages.c.id == sa.any_(sa.bindparam("keys", type_=sa.ARRAY(sa.BigInteger))),
        # By keys, not by an index of the backlog, however few messages the server believes in.
        messages.c.backlog_id + sa.literal_column("0") == sa.bindparam("backlog"),
        messages.c.receipt.is_not(None),
    )


_ADD = Statement(insert(messages), columns=Message._fields[1:])
# Most messages have nothing more. A column that is left out costs nothing, one that is given a null does.
_PLAIN = ("backlog_id", "state", "visible_at", "sent_at", "message_id", "body", "body_md5", "sender_id")
_NOT_PLAIN = {"turn": 0, "receive_count": 0, "earlier_receives": 0}
_ADD_PLAIN = Statement(
    insert(messages).values({name: sa.literal_column(str(value)) for name, value in _NOT_PLAIN.items()}), columns=_PLAIN
)
_REST = {name: _NOT_PLAIN.get(name) for name in Message._fields[1:] if name not in _PLAIN}
_ADD_LARGE_BODY = Statement(insert(large_bodies))
_LARGE_BODY = Statement(sa.select(large_bodies.c.body).where(large_bodies.c.message_key == sa.bindparam("key")))
_REKEY_LARGE_BODY = (
    large_bodies.update()
    .where(large_bodies.c.message_key == sa.bindparam("key"))
    .values(message_key=sa.bindparam("new_key"))
)
_RECEIVE = Statement(for_each_engine(_receive))
_FIRST_READY = Statement(for_each_engine(_first_ready))
_TAKE = Statement({PostgresqlCapabilities.name: _take(PostgresqlCapabilities())})
_RECEIVE_ONE = Statement(messages.update().where(messages.c.id == sa.bindparam("key")).values(_AS_RECEIVED))
_MAKE_READY = Statement(
    messages.update()
    .where(_IN_BACKLOG, _IS_WAITING, messages.c.visible_at <= _NOW)
    .values(
        state=READY,
        # Who was in flight goes behind what was sent meanwhile, who was only delayed does not.
        visible_at=sa.case((messages.c.state == sa.literal_column(str(IN_FLIGHT)), _NOW), else_=messages.c.visible_at),
        turn=sa.case((messages.c.turn < sa.bindparam("least_turn"), sa.bindparam("least_turn")), else_=messages.c.turn),
    )
)
_NEXT_DUE = Statement(sa.select(sa.func.min(messages.c.visible_at)).where(_IN_BACKLOG, _IS_WAITING))
_OLDEST = Statement(sa.select(sa.func.min(messages.c.sent_at)).where(_IN_BACKLOG))
_BOUNDS = Statement(
    sa.select(
        sa.select(sa.func.min(messages.c.visible_at)).where(_IN_BACKLOG, _IS_WAITING).scalar_subquery(),
        sa.select(sa.func.min(messages.c.sent_at)).where(_IN_BACKLOG).scalar_subquery(),
    )
)
_EXPIRE = Statement(
    messages.delete()
    .where(_IN_BACKLOG, messages.c.sent_at <= sa.bindparam("cutoff"))
    .returning(messages.c.group_id, messages.c.state)
)
_FIRST_TURN = Statement(
    sa.select(messages.c.turn)
    .where(_IN_BACKLOG, _IS_READY)
    .order_by(messages.c.turn, messages.c.visible_at, messages.c.id)
    .limit(1)
)
_LAST_TURN_OF_GROUP = Statement(
    sa.select(sa.func.max(messages.c.turn)).where(_IN_BACKLOG, messages.c.group_id == sa.bindparam("in_group"))
)
_FIND = Statement(for_each_engine(lambda engine: engine.for_update(sa.select(*_COLUMNS).where(_IS_MESSAGE))))
_DELETE_RECEIVED = Statement(messages.delete().where(_IS_MESSAGE, messages.c.receipt.is_not(None)))
_DELETE_ALL_RECEIVED = Statement({PostgresqlCapabilities.name: _delete_all_received()})
_DELETE = Statement(messages.delete().where(_IS_MESSAGE))
# What tells the states costs more: only where somebody counts them.
_DELETE_RECEIVED_TELLING = Statement(
    messages.delete().where(_IS_MESSAGE, messages.c.receipt.is_not(None)).returning(messages.c.state)
)
_DELETE_TELLING = Statement(messages.delete().where(_IS_MESSAGE).returning(messages.c.state))
_HIDE = Statement(messages.update().where(_IS_MESSAGE).values(state=IN_FLIGHT, visible_at=sa.bindparam("until")))
_SHOW = Statement(messages.update().where(_IS_MESSAGE).values(state=READY, visible_at=_NOW))
_UNRECEIVE = Statement(
    messages.update()
    .where(_IS_MESSAGE, messages.c.receipt == sa.bindparam("with_receipt"))
    .values(state=READY, visible_at=_NOW, receive_count=messages.c.receive_count - 1)
)
_TRANSFER = Statement(
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
_PAGE = Statement(
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
    """Add a message that was never received; its `id`.

    `row` has the message's backlog, state, moments, id, body with its MD5, and sender; further columns where they are
    neither null nor 0.
    """
    body = row["body"]
    message_counts.came(transaction, row["backlog_id"], row["state"])
    if len(body) <= LARGE_BODY:
        if len(row) == len(_PLAIN):
            return _ADD_PLAIN.add(transaction, row)
        return _ADD.add(transaction, _REST | row)
    key = _ADD.add(transaction, _REST | row | {"body": None})
    _ADD_LARGE_BODY.do(transaction, {"message_key": key, "body": body})
    return key


def add_all(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """`add` messages, in their order, whose keys nobody needs."""
    if any(len(row["body"]) > LARGE_BODY for row in rows):
        for row in rows:
            add(transaction, row)
        return
    for row in rows:
        message_counts.came(transaction, row["backlog_id"], row["state"])
    if all(len(row) == len(_PLAIN) for row in rows):
        _ADD_PLAIN.run_all(transaction, rows)
    else:
        _ADD.run_all(transaction, [_REST | row for row in rows])


def body_of(transaction: Transaction, message: Message) -> str:
    """A message's body, also where it is kept apart for its size."""
    if message.body is not None:
        return message.body
    body: str = _LARGE_BODY.value(transaction, {"key": message.id})
    return body


def receive(
    transaction: Transaction, backlog_id: int, most: int, *, until: float, now: float, receipt: int
) -> list[Message]:
    """Take the first `most` ready messages in flight until `until`; their rows as they are then."""
    if most == 1 and transaction.engine.in_process:
        # To return a whole row costs SQLite more than to look for it first.
        first = first_ready(transaction, backlog_id, 1)
        keys = [message.id for message in first]
        receive_these(transaction, backlog_id, keys, until=until, now=now, receipt=receipt)
        return [as_received(message, until=until, now=now, receipt=receipt) for message in first]
    given = {"backlog": backlog_id, "most": most, "until": until, "now": now, "new_receipt": receipt}
    received = [Message._make(row) for row in _RECEIVE.rows(transaction, given)]
    transaction.counted(message_counts.waiting(backlog_id, IN_FLIGHT), len(received))
    if len(received) > 1:
        received.sort(key=_in_turn)
    return received


def take(
    transaction: Transaction, backlog_id: int, most: int, *, cutoff: float, until: float, now: float, receipt: int
) -> list[Message]:
    """`receive` for a server: those sent after `cutoff`, with their bodies, as the work's last statement."""
    given = {"backlog": backlog_id, "most": most, "until": until, "now": now, "new_receipt": receipt, "cutoff": cutoff}
    received = [Message._make(row) for row in _TAKE.last_rows(transaction, given)]
    received.sort(key=_in_turn)
    return received


def _in_turn(message: Message) -> tuple[int, int]:
    return message.turn, message.id


def receive_these(
    transaction: Transaction, backlog_id: int, keys: Sequence[int], *, until: float, now: float, receipt: int
) -> None:
    """Take the messages `keys`, which are ready, in flight until `until`."""
    transaction.counted(message_counts.waiting(backlog_id, IN_FLIGHT), len(keys))
    given = [{"key": key, "until": until, "now": now, "new_receipt": receipt} for key in keys]
    _RECEIVE_ONE.run_all(transaction, given)


def as_received(message: Message, *, until: float, now: float, receipt: int) -> Message:
    """The row of a message as taking it in flight leaves it."""
    return message._replace(
        state=IN_FLIGHT,
        visible_at=until,
        receive_count=message.receive_count + 1,
        first_received_at=now if message.first_received_at is None else message.first_received_at,
        received_at=now,
        receipt=receipt,
    )


def first_ready(transaction: Transaction, backlog_id: int, most: int) -> list[Message]:
    """The first ready messages as they stand, passing over those that another transaction holds."""
    given = {"backlog": backlog_id, "most": most}
    return [Message._make(row) for row in _FIRST_READY.rows(transaction, given)]


def make_due_ready(transaction: Transaction, backlog_id: int, now: float, least_turn: int) -> int:
    """Make ready what has waited for its `visible_at`; how many there were."""
    given = {"backlog": backlog_id, "now": now, "least_turn": least_turn}
    if message_counts.states_are_counted(transaction, backlog_id):
        message_counts.due_become_ready(transaction, backlog_id, now)
    return _MAKE_READY.run(transaction, given)


def next_due(transaction: Transaction, backlog_id: int) -> float | None:
    """When the next delayed or in-flight message becomes visible."""
    result: float | None = _NEXT_DUE.value(transaction, {"backlog": backlog_id})
    return result


def oldest(transaction: Transaction, backlog_id: int) -> float | None:
    """When the oldest message was sent."""
    result: float | None = _OLDEST.value(transaction, {"backlog": backlog_id})
    return result


def bounds(transaction: Transaction, backlog_id: int) -> tuple[float | None, float | None]:
    """`next_due` and `oldest`."""
    row = _BOUNDS.first(transaction, {"backlog": backlog_id})
    return (row[0], row[1]) if row is not None else (None, None)


def expire(transaction: Transaction, backlog_id: int, cutoff: float) -> list[str]:
    """Delete what was sent at `cutoff` or before; the groups that had messages among it."""
    expired = _EXPIRE.rows(transaction, {"backlog": backlog_id, "cutoff": cutoff})
    for _, state in expired:
        message_counts.went(transaction, backlog_id, state)
    return list(dict.fromkeys(group_id for group_id, _ in expired if group_id is not None))


def first_turn(transaction: Transaction, backlog_id: int) -> int:
    """The turn of the message that is received next; 0 where none is ready."""
    row = _FIRST_TURN.first(transaction, {"backlog": backlog_id})
    return row[0] if row is not None else 0


def last_turn_of_group(transaction: Transaction, backlog_id: int, group_id: str) -> int | None:
    """The turn of a group's last message in a fair queue, or None where it has none."""
    given = {"backlog": backlog_id, "in_group": group_id}
    result: int | None = _LAST_TURN_OF_GROUP.value(transaction, given)
    return result


def find(transaction: Transaction, backlog_id: int, key: int) -> Message | None:
    """The message, whose row no other process changes before this transaction's end."""
    row = _FIND.first(transaction, {"backlog": backlog_id, "key": key})
    return Message._make(row) if row is not None else None


def delete_received(transaction: Transaction, backlog_id: int, keys: Sequence[int]) -> None:
    """Delete those messages that have been received."""
    if len(keys) > 1 and not transaction.engine.in_process:
        _DELETE_ALL_RECEIVED.do(transaction, {"backlog": backlog_id, "keys": list(keys)})
        return
    for key in keys:
        _delete_received(transaction, {"backlog": backlog_id, "key": key})


def _delete_received(transaction: Transaction, given: dict[str, int]) -> None:
    backlog_id = given["backlog"]
    if message_counts.states_are_counted(transaction, backlog_id):
        for (state,) in _DELETE_RECEIVED_TELLING.rows(transaction, given):
            message_counts.went(transaction, backlog_id, state)
    elif transaction.engine.in_process:
        transaction.counted(backlog_id, -_DELETE_RECEIVED.run(transaction, given))
    else:
        _DELETE_RECEIVED.do(transaction, given)


def delete(transaction: Transaction, backlog_id: int, keys: Sequence[int]) -> None:
    """Delete messages that are there."""
    if message_counts.states_are_counted(transaction, backlog_id):
        for key in keys:
            for (state,) in _DELETE_TELLING.rows(transaction, {"backlog": backlog_id, "key": key}):
                message_counts.went(transaction, backlog_id, state)
        return
    _DELETE.run_all(transaction, [{"backlog": backlog_id, "key": key} for key in keys])
    transaction.counted(backlog_id, -len(keys))


def hide(transaction: Transaction, message: Message, until: float) -> None:
    """Take, or keep, the message in flight until `until`."""
    given = {"backlog": message.backlog_id, "key": message.id, "until": until}
    _HIDE.do(transaction, given)
    message_counts.state_changed(transaction, message.backlog_id, message.state, IN_FLIGHT)


def show(transaction: Transaction, message: Message, now: float) -> None:
    """Make the message ready again, behind those that are."""
    _SHOW.do(transaction, {"backlog": message.backlog_id, "key": message.id, "now": now})
    message_counts.state_changed(transaction, message.backlog_id, message.state, READY)


def unreceive(transaction: Transaction, received: Sequence[Message], now: float) -> None:
    """Undo a receive that nobody was there to get."""
    given = [
        {"backlog": message.backlog_id, "key": message.id, "with_receipt": message.receipt, "now": now}
        for message in received
    ]
    _UNRECEIVE.run_all(transaction, given)
    for backlog_id in {message.backlog_id for message in received}:
        message_counts.count_states_anew(transaction, backlog_id)


def transfer(transaction: Transaction, message: Message, changed: Message, now: float) -> None:
    """Put `message` into another backlog, ready, as `changed` says; its key stays."""
    message_counts.went(transaction, message.backlog_id, message.state)
    message_counts.came(transaction, changed.backlog_id, READY)
    _TRANSFER.run(
        transaction,
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
    message_counts.went(transaction, message.backlog_id, message.state)
    message_counts.came(transaction, changed.backlog_id, changed.state)
    row = changed._asdict()
    del row["id"]
    key = _ADD.add(transaction, row)
    if message.body is None:
        transaction.connection.execute(_REKEY_LARGE_BODY, {"key": message.id, "new_key": key})
    _DELETE.do(transaction, {"backlog": message.backlog_id, "key": message.id})
    return key


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
    return [Message._make(row) for row in _PAGE.rows(transaction, given)]
