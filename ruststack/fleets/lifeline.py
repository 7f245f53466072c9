"""The lifeline of a fleet that is there for other processes, such as those of a test run: a file that they lock.

However they end, the locks end with them.
"""

from __future__ import annotations

from pathlib import Path

from awskit.replicas.file_locks import is_held


def is_abandoned(lifeline: Path | None) -> bool:
    """Whether nobody holds a lock (flock) on the file any more, or it is gone. A fleet without one is not abandoned."""
    if lifeline is None:
        return False
    try:
        return not is_held(lifeline)
    except OSError:
        return True
