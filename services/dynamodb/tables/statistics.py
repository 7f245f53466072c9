"""Item counts and sizes of tables and indexes, added up in memory and written down every second.

A row that every write to a table updates would cost each of them, and would make all of them conflict on PostgreSQL.
AWS brings these numbers up to date every six hours; here `flush` runs each second and at the
end.
"""

from __future__ import annotations

import threading
from typing import Final

from awskit.database import Database, Transaction
from services.dynamodb.store import tables as store

_NONE: Final = (0, 0)

Growth = dict[tuple[int, int], tuple[int, int]]
"""By table id and index number (0 is the table): how many items and bytes more."""


class Statistics:
    """The numbers that are not yet written down."""

    def __init__(self) -> None:
        self._pending: Growth = {}
        self._lock = threading.Lock()
        self._flushed: list[Growth] = []  # on their way into the database
        self._held = False

    def grow(self, transaction: Transaction, growth: Growth) -> None:
        """Count `growth` once `transaction` is committed."""
        transaction.after_commit(lambda: self._add(growth))

    def _add(self, growth: Growth) -> None:
        with self._lock:
            pending = self._pending
            for place, change in growth.items():
                known = pending.get(place, _NONE)
                pending[place] = (known[0] + change[0], known[1] + change[1])

    async def flush(self, database: Database) -> None:
        """Write down what is pending, unless it is held."""
        if self._held:
            return
        with self._lock:
            if not self._pending:
                return
            pending, self._pending = self._pending, {}
            self._flushed.append(pending)

        def write(transaction: Transaction) -> None:
            store.grow_statistics(transaction, pending)
            if transaction.engine.in_process:  # who reads next finds it in the database
                self._done(pending)
            else:
                transaction.after_commit(lambda: self._done(pending))

        try:
            await database.write(write)
        except BaseException:
            self._done(pending)
            self._add(pending)
            raise

    def _done(self, pending: Growth) -> None:
        with self._lock:
            self._flushed = [growth for growth in self._flushed if growth is not pending]

    def read(self, transaction: Transaction, table_id: int) -> dict[int, tuple[int, int]]:
        """Item count and bytes by index number, with what is pending."""
        numbers = store.read_statistics(transaction, table_id)
        with self._lock:
            for growth in (self._pending, *self._flushed):
                for (pending_table, index_number), (item_count, size_bytes) in growth.items():
                    if pending_table == table_id:
                        known = numbers.get(index_number, (0, 0))
                        numbers[index_number] = (known[0] + item_count, known[1] + size_bytes)
        return numbers

    def hold(self) -> None:
        """Everything that was written down is being counted anew: keep what is to come on top of it."""
        with self._lock:
            self._pending.clear()
            self._held = True

    @property
    def is_held(self) -> bool:
        """False, too, where the tables have gone since it was held, and whatever was counted with them."""
        return self._held

    def release(self) -> None:
        """What was counted is written down: what is pending may follow."""
        self._held = False

    def clear(self) -> None:
        """Forget what is pending: the tables are gone."""
        with self._lock:
            self._pending.clear()
            self._flushed.clear()
            self._held = False
