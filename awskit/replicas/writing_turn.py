"""Whose turn it is to write: replicas of one SQLite file take turns in the order they asked, none holds up its loop.

SQLite lets a writer that finds another at work try again after 1, 2, 5 ... 100 milliseconds, in which its process does
nothing else, and in which others may come first again and again. Here it waits in a thread, by two locks: who has the
second one waits for the first, and is the only one that does, so that who has just written does not come before it.
The turn is courtesy: that only one writes is SQLite's own matter.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from awskit.replicas.file_locks import lock, open_lock, try_lock, unlock

_Wanted = tuple[asyncio.AbstractEventLoop, Callable[[], None]]


class WritingTurn:
    """This process's turns."""

    def __init__(self, folder: Path) -> None:
        self._writing = open_lock(folder / "writing")
        self._next = open_lock(folder / "next")
        self._wanted: SimpleQueue[_Wanted | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def take(self) -> bool:
        """Take the turn if nobody else has it or waits for it."""
        if not try_lock(self._next):
            return False
        taken = try_lock(self._writing)
        unlock(self._next)
        return taken

    def when_it_comes(self, then: Callable[[], None]) -> None:
        """Wait for the turn without holding up the event loop, which calls `then` once this process has it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._wait, name="writing turn", daemon=True)
            self._thread.start()
        self._wanted.put((asyncio.get_running_loop(), then))

    def _wait(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            loop, then = wanted
            lock(self._next)
            lock(self._writing)
            unlock(self._next)
            try:
                loop.call_soon_threadsafe(then)
            except RuntimeError:  # the loop has ended meanwhile
                unlock(self._writing)
        os.close(self._writing)
        os.close(self._next)

    def give(self) -> None:
        """Let the next one write."""
        unlock(self._writing)

    def close(self) -> None:
        if self._thread is None:
            os.close(self._writing)
            os.close(self._next)
        else:
            self._wanted.put(None)
