"""A service's clock whose offset is kept with the data that was written by it.

A message that became due by a clock that is an hour ahead would not be due after a restart with one that is not.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any

import sqlalchemy as sa

from awskit.clock import Clock
from awskit.database import Database, Transaction

_clock = sa.table("clock", sa.column("offset_seconds", sa.Double))
_FIND = sa.select(sa.func.max(_clock.c.offset_seconds))
_CHANGE = sa.update(_clock).values(offset_seconds=sa.bindparam("seconds"))
_ADD = sa.insert(_clock).values(offset_seconds=sa.bindparam("seconds"))


def clock_table(metadata: sa.MetaData) -> sa.Table:
    """The table, of one row at most, for a store's metadata; `clock_columns` serves its migration."""
    return sa.Table("clock", metadata, *clock_columns())


def clock_columns() -> list[sa.Column[Any]]:
    return [sa.Column("offset_seconds", sa.Double, nullable=False)]


class KeptClock:
    """Moves `clock` and writes down how far."""

    def __init__(self, clock: Clock, database: Database) -> None:
        self._clock = clock
        self._database = database
        self._moving = asyncio.Lock()

    async def take_up(self) -> None:
        """Move the clock to where an earlier process, or another one of the same database, has it."""
        kept = await self._database.read(_find)
        if kept is not None and kept > self._clock.offset:
            self._clock.advance(kept - self._clock.offset)

    async def advance(self, seconds: float) -> None:
        """Move forward by `seconds`, for good. ValueError where negative, or no number that ends."""
        if not 0 <= seconds < math.inf:
            raise ValueError("a clock only moves forward")
        async with self._moving:
            offset = self._clock.offset + seconds
            await self._database.write(lambda transaction: _keep(transaction, offset))
            self._clock.advance(seconds)

    def reading(self) -> dict[str, float]:
        """The clock's time and its offset, both in seconds."""
        return {"now": self._clock.now(), "offset": self._clock.offset}


def _find(transaction: Transaction) -> float | None:
    found: float | None = transaction.connection.execute(_FIND).scalar()
    return found


def _keep(transaction: Transaction, offset: float) -> None:
    given = {"seconds": offset}
    if transaction.connection.execute(_CHANGE, given).rowcount == 0:
        transaction.connection.execute(_ADD, given)
