"""Where files lie while nothing is to outlive the process: a temporary folder, named by the process it belongs to."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def transient_folder(name: str) -> Path:
    """A new folder for this process; those of processes that were killed before they could clean up are removed.

    `name` says what is in it: a process has one of each.
    """
    parent, prefix = Path(tempfile.gettempdir()), f"ruststack-{name}-"
    for left in parent.glob(f"{prefix}*"):
        owner = left.name.removeprefix(prefix)
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{prefix}{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
