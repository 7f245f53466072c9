"""What fails by itself, time and again: it is tried a few times, and then left alone until the process starts anew.

For work that nobody has asked for (what has expired, what is swept out): a piece that always fails must neither hold up
the others nor be tried for ever. What a disk does to it (`fault_of`) is not its own fault and does not count.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable

from awskit.process.storage_faults import fault_of

_TRIES = 5
_MOST_KEPT = 10_000


class Failures:
    """The pieces of one kind of work that have failed, by their keys. Not for several threads."""

    def __init__(self, log: logging.Logger, tries: int = _TRIES) -> None:
        self._log = log
        self._tries = tries
        self._counts: dict[Hashable, int] = {}

    def is_given_up(self, key: Hashable) -> bool:
        """Whether it has had its last try."""
        return self._counts.get(key, 0) >= self._tries

    def note(self, key: Hashable, what: str, error: Exception) -> bool:
        """It has failed; whether that was its last try. `what` says in the log what it was."""
        self._log.error("%s failed", what, exc_info=error)
        if fault_of(error) is not None:
            return False
        if len(self._counts) >= _MOST_KEPT:
            self._counts.clear()
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count == self._tries:
            self._log.error("%s is given up after %d tries", what, count)
        return count >= self._tries

    def forget(self, key: Hashable) -> None:
        """It has succeeded."""
        self._counts.pop(key, None)
