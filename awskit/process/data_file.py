"""Whether a service's database is still where it was opened: a folder that is deleted under a running service stays
usable until its end, and all that is written meanwhile goes with it.
"""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from awskit.process.storage_faults import StorageFault

_GONE = (
    "the data directory has been deleted or replaced while this runs: what is written is lost at its end; start it anew"
)
_LOOK_SECONDS = 0.5  # health is asked for as often as one likes, and each look is a system call


class DataFile:
    """The file at `path`, as it was at most half a second ago."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._opened = self._identity()
        self._look_at = float("-inf") if self._opened is not None else float("inf")

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def fault(self) -> StorageFault | None:
        """What is wrong where it is another file by now, or none; None also where there was none from the start."""
        now = monotonic()
        if now < self._look_at:
            return None
        if self._is_the_same():
            self._look_at = now + _LOOK_SECONDS
            return None
        return StorageFault(_GONE, over=self._is_the_same)

    def _is_the_same(self) -> bool:
        return self._identity() == self._opened
