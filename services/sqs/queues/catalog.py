"""Finding queues: by address, kept in memory until another process changes any, else read each time."""

from __future__ import annotations

from awskit.database import Transaction
from services.sqs.arns import QueueAddress
from services.sqs.errors import queue_does_not_exist
from services.sqs.queues.queue import Queue, queue_of_row
from services.sqs.store import queues

_MOST_KNOWN = 10_000


class QueueCatalog:
    """The queues by address; `shared` where other processes may change them and nobody calls `forget_all` then."""

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        self._known: dict[QueueAddress, Queue] = {}

    def find(self, transaction: Transaction, address: QueueAddress) -> Queue | None:
        """The queue, or None where there is none."""
        queue = self._known.get(address)
        if queue is None:
            row = queues.find(transaction, address)
            if row is None:
                return None
            queue = queue_of_row(row)
            if not self._shared:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[address] = queue
        return queue

    def find_in_any_region(self, transaction: Transaction, account_id: str, name: str) -> Queue | None:
        """The account's oldest queue of that name; always read from the database."""
        row = queues.find_in_any_region(transaction, account_id, name)
        return queue_of_row(row) if row is not None else None

    def require(self, transaction: Transaction, address: QueueAddress) -> Queue:
        """Raises `QueueDoesNotExist`."""
        queue = self.find(transaction, address)
        if queue is None:
            raise queue_does_not_exist()
        return queue

    def changed(self, transaction: Transaction, address: QueueAddress) -> None:
        """Call after each change of a queue's row, in the transaction that makes it."""
        self._known.pop(address, None)
        # Another work of the same commit may have read it again by then.
        transaction.after_commit(lambda: self._forget(address))

    def _forget(self, address: QueueAddress) -> None:
        self._known.pop(address, None)

    def forget_all(self) -> None:
        self._known.clear()
