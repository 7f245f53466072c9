"""Message move tasks: what StartMessageMoveTask began, and how far it is."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from awskit.database import Transaction
from awskit.database.engines import insert
from awskit.database.statements import for_each_engine
from services.sqs.store.tables import move_tasks

RUNNING, CANCELLING, CANCELLED, COMPLETED, FAILED = "RUNNING", "CANCELLING", "CANCELLED", "COMPLETED", "FAILED"


class MoveTask(NamedTuple):
    """A task's row; `started_at` is in seconds since the epoch."""

    task_id: str
    account_id: str
    region: str
    source_arn: str
    destination_arn: str | None
    maximum_per_second: int | None
    status: str
    moved: int
    to_move: int
    failure_reason: str | None
    started_at: float


_COLUMNS = [move_tasks.c[name] for name in MoveTask._fields]
_IS_TASK = move_tasks.c.task_id == sa.bindparam("task")
_IS_OPEN = move_tasks.c.status.in_([RUNNING, CANCELLING])
_LOCK = for_each_engine(lambda engine: engine.for_update(sa.select(*_COLUMNS).where(_IS_TASK)))
_LIST = (
    sa.select(*_COLUMNS)
    .where(move_tasks.c.source_arn == sa.bindparam("arn"))
    .order_by(move_tasks.c.id.desc())
    .limit(sa.bindparam("most"))
)
_OPEN = sa.select(move_tasks.c.task_id).where(_IS_OPEN).order_by(move_tasks.c.id)
_ADD = insert(move_tasks)
_UPDATE = (
    move_tasks.update()
    .where(_IS_TASK)
    .values(
        status=sa.bindparam("new_status"), moved=sa.bindparam("new_moved"), failure_reason=sa.bindparam("new_reason")
    )
)


def add(transaction: Transaction, task: MoveTask) -> None:
    transaction.connection.execute(_ADD, task._asdict())


def lock(transaction: Transaction, task_id: str) -> MoveTask | None:
    """The task, held for this transaction so that no other process moves messages for it at the same time."""
    row: sa.Row[Any] | None = transaction.connection.execute(_LOCK[transaction.engine.name], {"task": task_id}).first()
    return MoveTask._make(row) if row is not None else None


def newest(transaction: Transaction, source_arn: str, most: int) -> list[MoveTask]:
    """The tasks of a source queue, newest first."""
    rows = transaction.connection.execute(_LIST, {"arn": source_arn, "most": most})
    return [MoveTask._make(row) for row in rows]


def open_task_ids(transaction: Transaction) -> list[str]:
    """Tasks that are not at an end."""
    return list(transaction.connection.execute(_OPEN).scalars())


def update(transaction: Transaction, task: MoveTask) -> None:
    given = {
        "task": task.task_id,
        "new_status": task.status,
        "new_moved": task.moved,
        "new_reason": task.failure_reason,
    }
    transaction.connection.execute(_UPDATE, given)
