"""Memory that nobody needs any more, given back to the system.

glibc gives back only what lies at the end of its heap; what large bodies leave in its midst stays resident until it is
asked for. And Python's collector counts objects, so that a few that hold each other may keep megabytes for long. Where
malloc is another's, only the collector works.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from functools import lru_cache

_AFTER_SECONDS = 0.5


class MemoryKeeper:
    """Gives memory back some time after it was last worth it, so that a busy process does so now and then only."""

    def __init__(self) -> None:
        self._due: asyncio.TimerHandle | None = None

    def give_back_soon(self) -> None:
        """Much has been freed, or is about to be. To be called on an event loop."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(_AFTER_SECONDS, self._give_back)

    def _give_back(self) -> None:
        self._due = None
        _trim()(0)


def give_back() -> None:
    """Collect what holds itself, and give free memory back: some milliseconds, to be asked for now and then."""
    gc.collect()
    _trim()(0)


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], int]:
    if sys.platform == "linux":
        import ctypes

        trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            return trim
    return lambda padding: 0
