"""The data folder: made, checked to be writable, and held by one fleet at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_LOCK = ".ruststack.lock"


class DataDirError(Exception):
    """The folder cannot be used; the text is one line for the person who named it."""


def claim(folder: Path) -> int:
    """Make `folder` where it is missing and lock it; the lock lasts until every process that inherited it is gone.

    Out: the lock's file descriptor. Raises `DataDirError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise DataDirError(f"the data directory {folder} cannot be written to: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise DataDirError(f"the data directory {folder} is in use by another fleet; see --data-dir") from error
    return descriptor
