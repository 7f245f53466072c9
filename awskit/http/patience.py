"""How long a client may take: for a request's head, for its body, to read an answer, and to send nothing at all.

In: looks at a connection every few seconds, each saying what the client is waited for and how far it is. Out: whether
it has had its time. Pure; a request pays nothing for it but the counting of its bytes.

What a client is not waited for costs it nothing: the time in which a service works on an answer, or does not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds, but for `slowest`, bytes of a body a second, and `connections`.

    `head` is from the first byte of a head to its last; `stall` is how long nothing may move of a body, or of an answer
    that the client does not read. A body may be slower than `slowest` for the length of a `stall`. `connections` is how
    many a process has at once.
    """

    idle: float = 75.0
    head: float = 30.0
    stall: float = 60.0
    slowest: float = 64.0
    connections: int = 4096

    @property
    def look_seconds(self) -> float:
        """How often to look: often enough that no limit is exceeded by much."""
        return max(0.01, min(5.0, self.head / 4, self.stall / 4))


class Waiting(Enum):
    """What a client is waited for."""

    HEAD = auto()
    BODY = auto()
    READING = auto()


class Patience:
    """One connection's."""

    __slots__ = ("_began", "_first", "_limits", "_moved", "_progress", "_request", "_waiting")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: Waiting | None = None
        self._request = -1
        self._began = self._moved = 0.0
        self._first = self._progress = 0

    def is_over(self, now: float, waiting: Waiting | None, request: int, progress: int) -> bool:
        """Whether the client has had its time.

        `waiting` is None where it is waited for nothing; `request` numbers the connection's requests; `progress` is any
        number that changes as the client goes on, for a body the bytes that have come.
        """
        if waiting is not self._waiting or request != self._request or waiting is None:
            self._waiting, self._request = waiting, request
            self._began = self._moved = now
            self._first = self._progress = progress
            return False
        if progress != self._progress:
            self._progress, self._moved = progress, now
        limits = self._limits
        spent = now - self._began
        if waiting is Waiting.HEAD:
            return spent >= limits.head
        if now - self._moved >= limits.stall:
            return True
        return waiting is Waiting.BODY and progress - self._first < limits.slowest * (spent - limits.stall)
