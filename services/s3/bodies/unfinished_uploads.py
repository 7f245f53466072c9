"""Where bytes lie while they come in: a folder for each process, locked as long as it lives.

What a process that was killed has left there was never acknowledged, nor known to a database; the next one to start
removes it. What another one is writing it leaves alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from pathlib import Path

from awskit.replicas.file_locks import is_held


class UploadFolder:
    """This process's folder below `parent`. `close` unlocks it."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / secrets.token_hex(8)
        self._descriptor = -1

    def open(self) -> None:
        """Remove what is abandoned, make the folder, and lock it."""
        if self.path.parent.exists():
            _remove_abandoned(self.path.parent)
        # Before it is locked another process that starts now may take it for abandoned.
        while not self.path.exists():
            self.close()
            self.path.mkdir(parents=True)
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            with contextlib.suppress(OSError):
                self.path.rmdir()


def _remove_abandoned(parent: Path) -> None:
    for entry in os.scandir(parent):
        if not entry.is_dir(follow_symlinks=False):
            Path(entry.path).unlink(missing_ok=True)  # an earlier version's, which had one folder for all
        elif _is_abandoned(Path(entry.path)):
            shutil.rmtree(entry.path, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        return not is_held(folder)
    except FileNotFoundError:
        return False
