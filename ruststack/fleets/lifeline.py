"""The lifeline of a fleet that is there for other processes, such as those of a test run: a file that they lock.

However they end, the locks end with them.
"""

from __future__ import annotations

import fcntl
from pathlib import Path


def is_abandoned(lifeline: Path | None) -> bool:
    """Whether nobody holds a lock (flock) on the file any more, or it is gone. A fleet without one is not abandoned."""
    if lifeline is None:
        return False
    try:
        with lifeline.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
