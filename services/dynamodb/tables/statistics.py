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
        """Write down what is pending."""
        with self._lock:
            pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            await database.write(lambda transaction: store.grow_statistics(transaction, pending))
        except BaseException:
            self._add(pending)
            raise

    def read(self, transaction: Transaction, table_id: int) -> dict[int, tuple[int, int]]:
        """Item count and bytes by index number, with what is pending."""
        numbers = store.read_statistics(transaction, table_id)
        with self._lock:
            for (pending_table, index_number), (item_count, size_bytes) in self._pending.items():
                if pending_table == table_id:
                    known = numbers.get(index_number, (0, 0))
                    numbers[index_number] = (known[0] + item_count, known[1] + size_bytes)
        return numbers

    def clear(self) -> None:
        """Forget what is pending: the tables are gone."""
        with self._lock:
            self._pending.clear()
