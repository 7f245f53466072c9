"""Where blobs lie while nothing is to outlive the process: a temporary folder, named by the process it belongs to."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "ruststack-s3-"


def transient_folder() -> Path:
    """A new folder for this process; those of processes that were killed before they could clean up are removed."""
    parent = Path(tempfile.gettempdir())
    for left in parent.glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX)
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{_PREFIX}{os.getpid()}"
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
