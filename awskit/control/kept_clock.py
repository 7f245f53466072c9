"""A service's clock whose offset is kept with the data that was written by it.

A message that became due by a clock that is an hour ahead would not be due after a restart with one that is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import sqlalchemy as sa

from awskit.clock import Clock, Move
from awskit.control.clock_moves import wanted_offset
from awskit.database import Database, Transaction

_clock = sa.table("clock", sa.column("offset_seconds", sa.Double), sa.column("moved_at", sa.Double))
_FIND = sa.select(_clock.c.moved_at, _clock.c.offset_seconds).order_by(_clock.c.moved_at)
_ADD = sa.insert(_clock).values(moved_at=sa.bindparam("moved_at"), offset_seconds=sa.bindparam("seconds"))
_FORGET = sa.delete(_clock).where(_clock.c.moved_at < sa.bindparam("before"))
_SAME = sa.update(_clock).values(offset_seconds=_clock.c.offset_seconds)
_KEPT_MOVES = 200
_TOPIC = "clock"


def clock_table(metadata: sa.MetaData) -> sa.Table:
    """The table, of a row for each move, for a store's metadata; `clock_columns`, `moved_at` serve its migrations."""
    return sa.Table("clock", metadata, *clock_columns(), moved_at())


def clock_columns() -> list[sa.Column[Any]]:
    return [sa.Column("offset_seconds", sa.Double, nullable=False)]


def moved_at() -> sa.Column[Any]:
    return sa.Column("moved_at", sa.Double, nullable=False, server_default="0")


class KeptClock:
    """Moves `clock` and writes down when and how far."""

    def __init__(self, clock: Clock, database: Database, advanced: Callable[[], Awaitable[None]] | None = None) -> None:
        """`advanced` is waited for after each move forward, before who moved it is answered."""
        self._clock = clock
        self._advanced = advanced
        self._database = database
        self._moving = asyncio.Lock()
        self._taking_up: asyncio.Task[None] | None = None
        database.replicas.subscribe(_TOPIC, self._moved_elsewhere)

    def _moved_elsewhere(self, _: tuple[int, ...]) -> None:
        self._taking_up = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        before = self._clock.offset
        await self.take_up()
        if self._advanced is not None and self._clock.offset > before:
            await self._advanced()

    async def take_up(self) -> None:
        """Move the clock to where an earlier process, or another one of the same database, has it."""
        kept = await self._database.read(_find)
        if kept:
            self._clock.take_over(kept)

    async def move(self, asked: Mapping[str, str]) -> None:
        """Move it as a request's parameters ask, for good. ValueError as `wanted_offset`."""
        async with self._moving:
            before = self._clock.offset
            offset = wanted_offset(self._clock, asked)
            move = Move(self._clock.source_now, offset)
            moves = await self._database.write(lambda transaction: _keep(transaction, move))
            self._clock.take_over(moves)
            self._database.replicas.tell(_TOPIC)
            if self._advanced is not None and offset > before:
                await self._advanced()

    async def rewrite(self) -> None:
        """Write what is written already, and raise what a write would raise: whether the database can be written to."""
        async with self._moving:
            await self._database.write(_rewrite)

    def reading(self) -> dict[str, float]:
        """The clock's time and its offset, both in seconds."""
        return {"now": self._clock.now(), "offset": self._clock.offset}


def _rewrite(transaction: Transaction) -> None:
    if transaction.connection.execute(_SAME).rowcount == 0:
        transaction.connection.execute(_ADD, {"moved_at": 0.0, "seconds": 0.0})


def _find(transaction: Transaction) -> list[Move]:
    return [Move(*row) for row in transaction.connection.execute(_FIND)]


def _keep(transaction: Transaction, move: Move) -> list[Move]:
    """Add `move`, where the clock is not there already (another process has been told, too); all that are kept."""
    moves = _find(transaction)
    if move.offset == (moves[-1].offset if moves else 0.0):
        return moves
    # A source that was set back meanwhile does not undo the order of the moves.
    move = Move(max(move.at, moves[-1].at if moves else 0.0), move.offset)
    transaction.connection.execute(_ADD, {"moved_at": move.at, "seconds": move.offset})
    moves.append(move)
    if len(moves) > _KEPT_MOVES:
        moves = moves[-_KEPT_MOVES:]
        transaction.connection.execute(_FORGET, {"before": moves[0].at})
    return moves
