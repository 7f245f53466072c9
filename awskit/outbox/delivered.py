"""Entries that have been delivered and whose rows are still there: deleted with the next that are written, or soon.

What is not deleted before the process ends is delivered again by the next one, which a delivery allows for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from awskit.database import Database, Transaction
from awskit.outbox.store import OutboxStore

_SECONDS = 0.01


class DeliveredEntries:
    """See the module."""

    def __init__(self, store: OutboxStore, database: Database, log: logging.Logger) -> None:
        self._store = store
        self._database = database
        self._log = log
        self._ids: dict[int, None] = {}
        self._being_deleted: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._deleting: asyncio.Task[None] | None = None

    def __contains__(self, number: int) -> bool:
        return number in self._ids

    def add(self, numbers: Iterable[int]) -> None:
        """These have been delivered."""
        for number in numbers:
            self._ids[number] = None
        if self._ids and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._delete_now)

    def delete(self, transaction: Transaction) -> None:
        """Delete all of them."""
        if self._ids:
            self._delete(transaction, list(self._ids))

    def delete_along(self, transaction: Transaction) -> None:
        """Delete what no other transaction of this commit deletes; the timer sees to those whose transaction fails."""
        if not self._ids:
            return
        ids = [number for number in self._ids if number not in self._being_deleted]
        if ids:
            self._being_deleted.update(ids)
            self._delete(transaction, ids)

    async def deleted(self) -> None:
        """Delete all of them now."""
        if self._ids:
            await self._database.write(self.delete)

    async def stop(self) -> None:
        """Delete all of them, and nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._deleting is not None:
            await asyncio.gather(self._deleting, return_exceptions=True)
        await self.deleted()

    def clear(self) -> None:
        """The table has been filled with others."""
        self._ids.clear()
        self._being_deleted.clear()

    def _delete(self, transaction: Transaction, ids: list[int]) -> None:
        def deleted() -> None:
            self._being_deleted.difference_update(ids)
            for number in ids:
                self._ids.pop(number, None)

        self._store.forget(transaction, ids)
        transaction.after_commit(deleted)

    def _delete_now(self) -> None:
        self._timer = None
        if self._ids and self._deleting is None:
            self._deleting = asyncio.create_task(self._database.write(self.delete))
            self._deleting.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._deleting = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("delivered entries could not be deleted; again in a moment", exc_info=error)
        if self._ids and self._timer is None and not task.cancelled():
            self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._delete_now)
