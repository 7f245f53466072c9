"""Who may use a clock that all share: many at once while it stands, one alone while it is moved.

Between processes, by two files in a folder that they share. Whoever wants to be alone waits at `turn-gate`, which
lets nobody past meanwhile: it waits for those who are in, not for those who come after it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Turn:
    """A process's part of it: it has at most one turn at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: int | None = None
        self.is_alone = False

    def begin(self, *, alone: bool) -> None:
        """Wait until it is this process's turn, with others or `alone`. One that it has had ends before that."""
        self.end()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        gate = self._open("turn-gate")
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
            held = self._open("turn")
            fcntl.flock(held, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            os.close(gate)
        self._held, self.is_alone = held, alone

    def end(self) -> None:
        """Let others have theirs."""
        if self._held is not None:
            fcntl.flock(self._held, fcntl.LOCK_UN)  # a forked child may have the descriptor, too
            os.close(self._held)
        self._held, self.is_alone = None, False

    def _open(self, name: str) -> int:
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
