"""Finding queues: by address, kept in memory until another process changes any, else read each time.

Who changes a queue's row, or what a FIFO queue holds, finds it *to change*: where several processes write at the same
time each of them waits for the others' transactions then, so that what one has looked at is so until it has committed.
A standard queue's messages need not wait for each other: each is a matter of its own row.
"""

from __future__ import annotations

from functools import partial

from awskit.database import Transaction
from awskit.database.statements import Row
from services.sqs.arns import QueueAddress
from services.sqs.queues.queue import Queue, queue_of_row
from services.sqs.store import queues

_MOST_KNOWN = 10_000


class QueueCatalog:
    """The queues by address; `shared` where other processes may change them and nobody calls `forget_all` then."""

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        self._known: dict[QueueAddress, Queue] = {}
        self._expected: dict[QueueAddress, Row] = {}
        self._read: dict[Row, Queue] = {}

    def find(self, transaction: Transaction, address: QueueAddress) -> Queue | None:
        """The queue, or None where there is none."""
        queue = self._known.get(address)
        if queue is None:
            row = queues.find(transaction, address)
            if row is None:
                return None
            queue = self._queue_of(row)
            if not self._shared:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[address] = queue
        return queue

    def find_to_change(self, transaction: Transaction, address: QueueAddress) -> Queue | None:
        """`find`, for who changes the queue itself."""
        if not self._shared:
            return self.find(transaction, address)
        row = queues.find_to_change(transaction, address)
        return self._queue_of(row) if row is not None else None

    def find_for_messages(self, transaction: Transaction, address: QueueAddress) -> Queue | None:
        """`find`, for who changes what the queue holds.

        Where each transaction has to ask, a standard queue's row is expected to be what it was, and asked about with
        what is done to its messages.
        """
        if address.is_fifo:
            return self.find_to_change(transaction, address)
        if not self._shared:
            return self.find(transaction, address)
        row = self._expected.get(address)
        if row is not None:
            queues.expect_as_it_was(transaction, row, partial(self._forget, address))
        else:
            row = queues.find(transaction, address)
            if row is None:
                return None
            if len(self._expected) >= _MOST_KNOWN:
                self._expected.clear()
            self._expected[address] = row
        return self._queue_of(row)

    def lock_for_messages(self, transaction: Transaction, queue: Queue) -> None:
        """Call for a queue that was only found, before what it holds is changed."""
        if self._shared and queue.fifo:
            queues.lock(transaction, queue.id)

    def find_in_any_region(self, transaction: Transaction, account_id: str, name: str) -> Queue | None:
        """The account's oldest queue of that name; always read from the database."""
        row = queues.find_in_any_region(transaction, account_id, name)
        return self._queue_of(row) if row is not None else None

    def _queue_of(self, row: Row) -> Queue:
        """Where each transaction reads the row, what it says is read once."""
        queue = self._read.get(row)
        if queue is None:
            queue = queue_of_row(queues.queue_row(row))
            if self._shared:
                if len(self._read) >= _MOST_KNOWN:
                    self._read.clear()
                self._read[row] = queue
        return queue

    def changed(self, transaction: Transaction, address: QueueAddress) -> None:
        """Call after each change of a queue's row, in the transaction that makes it."""
        self._forget(address)
        # Another work of the same commit may have read it again by then.
        transaction.after_commit(lambda: self._forget(address))

    def _forget(self, address: QueueAddress) -> None:
        self._known.pop(address, None)
        self._expected.pop(address, None)

    def forget_all(self) -> None:
        self._known.clear()
        self._expected.clear()
