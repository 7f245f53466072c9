"""How many rows there are, kept in memory: a number that is asked for is taken once, and then follows what changes it.

Transactions say how many rows they add and delete, by a key (`Transaction.counted`); what is kept follows once they are
committed; what cannot say how many has the number taken anew (`Transaction.uncounted`). Who asks
(`Transaction.number_of`) is told what is kept, with what its own transaction has changed; where
nothing is kept of the key, or another transaction of the same commit has changed it, the database is asked.
Of what holds very much the numbers are taken beside all else, once after a start (`begins_beside`).
It is for a database whose changes all come by this process, or that tells when another has made some: then all is
forgotten (`forget`).
"""

from __future__ import annotations

from collections.abc import Mapping

_MOST_KEPT = 50_000


class KeptNumbers:
    """The numbers of one database. Of a key that nobody has asked for nothing is noted."""

    __slots__ = ("_changing", "_numbers", "_since", "_taken")

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._changing: dict[int, object] = {}  # by the present commit: with the transaction, None where it is several
        self._taken: set[int] = set()  # by the present commit, which may change them yet
        # While all are taken beside: what has changed meanwhile, None where nobody knows by how much
        self._since: dict[int, int | None] | None = None

    def known(self, key: int) -> int | None:
        """The number as it was when everything was committed last."""
        return self._numbers.get(key)

    def settle(self) -> None:
        """Nothing is being changed: a commit begins, or all is told of the last one."""
        if self._changing or self._taken:
            self._changing.clear()
            self._taken.clear()

    def follows(self, key: int, transaction: object) -> bool:
        """Whether a change to the number of this key, by `transaction`, is to be told by `committed`."""
        if not self.is_followed(key):
            return False
        if self._changing.setdefault(key, transaction) is not transaction:
            self._changing[key] = None
        return True

    def takes(self, key: int) -> None:
        """The number is being taken: what is changed from now on comes on top of it."""
        self._taken.add(key)

    def is_changed_by_others(self, key: int, transaction: object) -> bool:
        """Whether another transaction of this commit has changed it, or may have."""
        return self._changing.get(key, transaction) is not transaction

    def committed(self, changes: dict[int, int]) -> None:
        """So many rows more, by their keys."""
        numbers = self._numbers
        for key, more in changes.items():
            if key in numbers:
                numbers[key] += more
        since = self._since
        if since is not None:
            for key, more in changes.items():
                before = since.get(key, 0)
                since[key] = None if before is None else before + more

    def keep(self, key: int, number: int) -> None:
        """The number has been taken."""
        if len(self._numbers) >= _MOST_KEPT:
            del self._numbers[next(iter(self._numbers))]
        self._numbers[key] = number

    def is_followed(self, key: int) -> bool:
        """Whether anything is to be said of what changes it."""
        return key in self._numbers or key in self._taken or self._since is not None

    def loses(self, key: int) -> None:
        """It is being changed by nobody knows how much."""
        if self.is_followed(key):
            self._changing[key] = None

    def lost(self, key: int) -> None:
        """That is committed: it has to be taken anew."""
        self._numbers.pop(key, None)
        if self._since is not None:
            self._since[key] = None

    def begins_beside(self) -> None:
        """Numbers are being taken of what is committed by now: all that changes from now on comes on top of them."""
        self._since = {}

    def ended_beside(self, found: Mapping[int, int]) -> None:
        """They have been taken, by key; none where that failed."""
        since, self._since = self._since, None
        if since is not None:
            for key, number in found.items():
                more = since.get(key, 0)
                if more is not None and key not in self._numbers:
                    self.keep(key, number + more)

    def forget(self) -> None:
        """Another process has changed what nobody has told of."""
        self._numbers.clear()
        self._since = None
