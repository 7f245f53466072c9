"""How many messages a backlog has, by their states.

On SQLite the numbers are taken once and kept in memory: of each backlog all of its messages, those in flight and those
delayed. Whatever adds, hides, shows, moves or deletes messages tells of it here (see `awskit.database.kept_numbers`).
What is kept of a state is how many rows have it: a message whose time has come is ready though its row says otherwise,
until somebody looks into the queue; such rows are counted each time, by an index, and are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.statements import Row, Statement
from services.sqs.store.tables import DELAYED, IN_FLIGHT, messages


class Counts(NamedTuple):
    """What `ApproximateNumberOfMessages`, `...NotVisible` and `...Delayed` say."""

    ready: int
    in_flight: int
    delayed: int


# Literals, since a partial index is used only where the query's text implies its condition.
_IS_WAITING = messages.c.state > sa.literal_column("0")
_IN_BACKLOG = messages.c.backlog_id == sa.bindparam("backlog")
_NOW: sa.BindParameter[float] = sa.bindparam("now", type_=sa.Double)
_count_waiting = (
    sa.select(messages.c.state, sa.func.count())
    .where(_IN_BACKLOG, _IS_WAITING, messages.c.visible_at > _NOW)
    .group_by(messages.c.state)
)
_COUNT_WAITING = Statement(_count_waiting)
_COUNT_STATE = Statement(
    sa.select(sa.func.count())
    .select_from(messages)
    .where(_IN_BACKLOG, _IS_WAITING, messages.c.state == sa.bindparam("of_state"))
)
_COUNT_DUE = Statement(
    sa.select(messages.c.state, sa.func.count())
    .where(_IN_BACKLOG, _IS_WAITING, messages.c.visible_at <= _NOW)
    .group_by(messages.c.state)
)
_ALL = -1
_COUNT_ALL = Statement(sa.select(sa.func.count()).select_from(messages).where(_IN_BACKLOG))
# One statement, so that all of it is of one moment.
_COUNT = Statement(
    _count_waiting.union_all(
        sa.select(sa.literal_column(str(_ALL)), sa.func.count()).select_from(messages).where(_IN_BACKLOG)
    )
)
_MANY = 10_000
_FIRST_AND_LAST = Statement(
    sa.select(
        sa.select(sa.func.min(messages.c.id)).scalar_subquery(), sa.select(sa.func.max(messages.c.id)).scalar_subquery()
    )
)
_IS_LARGE = sa.func.count() >= sa.literal_column(str(_MANY))
_LARGE_BACKLOGS = Statement(
    sa.select(messages.c.backlog_id, sa.func.count()).group_by(messages.c.backlog_id).having(_IS_LARGE)
)
_LARGE_STATES = Statement(
    sa.select(messages.c.backlog_id, messages.c.state, sa.func.count())
    .where(_IS_WAITING)
    .group_by(messages.c.backlog_id, messages.c.state)
    .having(_IS_LARGE)
)


def count(transaction: Transaction, backlog_id: int, now: float) -> Counts:
    """How many messages are ready, in flight and delayed at `now`."""
    given = {"backlog": backlog_id, "now": now}
    if transaction.engine.in_process:
        # What is due and was not looked at yet is ready; how many there are else of each state is known.
        due = _by_state(_COUNT_DUE.rows(transaction, given))
        in_flight, delayed = (
            _number_waiting(transaction, backlog_id, state) - due.get(state, 0) for state in (IN_FLIGHT, DELAYED)
        )
        number = transaction.number_of(backlog_id, lambda: int(_COUNT_ALL.value(transaction, given)))
    else:
        found = _by_state(_COUNT.rows(transaction, given))
        number = found[_ALL]
        in_flight, delayed = found.get(IN_FLIGHT, 0), found.get(DELAYED, 0)
    return Counts(number - in_flight - delayed, in_flight, delayed)


def count_in_flight(transaction: Transaction, backlog_id: int, now: float) -> int:
    if transaction.is_counted(waiting(backlog_id, IN_FLIGHT)):
        return count(transaction, backlog_id, now).in_flight
    return _by_state(_COUNT_WAITING.rows(transaction, {"backlog": backlog_id, "now": now})).get(IN_FLIGHT, 0)


def there_may_be_many(transaction: Transaction) -> bool:
    """Whether to count a backlog may take long, by what is the first message and what the last."""
    row = _FIRST_AND_LAST.first(transaction, {})
    return row is not None and row[0] is not None and row[1] - row[0] >= _MANY


def count_large_backlogs(transaction: Transaction) -> dict[int, int]:
    """The numbers of the backlogs that are large, by their keys: for `Database.count_beside`."""
    found = {backlog_id: number for backlog_id, number in _LARGE_BACKLOGS.rows(transaction, {})}  # noqa: C416
    for backlog_id, state, number in _LARGE_STATES.rows(transaction, {}):
        found[waiting(backlog_id, state)] = number
    return found


def count_states_anew(transaction: Transaction, backlog_id: int) -> None:
    """Messages of the backlog have become delayed or ready, and nobody knows how many."""
    for state in (IN_FLIGHT, DELAYED):
        transaction.uncounted(waiting(backlog_id, state))


def waiting(backlog_id: int, state: int) -> int:
    """The key of the number of a backlog's messages of this state; that of all of its messages is its id."""
    return -(backlog_id << 2 | state)


def _number_waiting(transaction: Transaction, backlog_id: int, state: int) -> int:
    def take() -> int:
        return int(_COUNT_STATE.value(transaction, {"backlog": backlog_id, "of_state": state}))

    return transaction.number_of(waiting(backlog_id, state), take)


def states_are_counted(transaction: Transaction, backlog_id: int) -> bool:
    """Whether it is to be told of which state what goes was."""
    return transaction.is_counted(waiting(backlog_id, IN_FLIGHT)) or transaction.is_counted(
        waiting(backlog_id, DELAYED)
    )


def came(transaction: Transaction, backlog_id: int, state: int) -> None:
    """A message of this state has come into the backlog."""
    transaction.counted(backlog_id, 1)
    if state:
        transaction.counted(waiting(backlog_id, state), 1)


def went(transaction: Transaction, backlog_id: int, state: int) -> None:
    """A message that was of this state is there no more."""
    transaction.counted(backlog_id, -1)
    if state:
        transaction.counted(waiting(backlog_id, state), -1)


def state_changed(transaction: Transaction, backlog_id: int, before: int, state: int) -> None:
    """A message is of another state than before, or of the same."""
    if before != state:
        for changed, more in ((before, -1), (state, 1)):
            if changed:
                transaction.counted(waiting(backlog_id, changed), more)


def due_become_ready(transaction: Transaction, backlog_id: int, now: float) -> None:
    """What has waited for its time, until now, is about to be made ready."""
    for state, number in _COUNT_DUE.rows(transaction, {"backlog": backlog_id, "now": now}):
        transaction.counted(waiting(backlog_id, state), -number)


def _by_state(rows: Sequence[Row]) -> dict[int, int]:
    return {state: number for state, number in rows}  # noqa: C416 (a row is no pair to the type checker)
