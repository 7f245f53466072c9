"""Whether a service's database is still where it was opened: a folder that is deleted under a running service stays
usable until its end, and all that is written meanwhile goes with it.
"""

from __future__ import annotations

from pathlib import Path

from awskit.process.storage_faults import StorageFault

_GONE = (
    "the data directory has been deleted or replaced while this runs: what is written is lost at its end; start it anew"
)


class DataFile:
    """The file at `path`, as it is now."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._opened = self._identity()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def fault(self) -> StorageFault | None:
        """What is wrong where it is another file by now, or none; None also where there was none from the start."""
        if self._is_the_same():
            return None
        return StorageFault(_GONE, over=self._is_the_same)

    def _is_the_same(self) -> bool:
        return self._opened is None or self._identity() == self._opened
