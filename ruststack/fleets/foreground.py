"""`ruststack up` in the foreground: this process becomes the fleet's supervisor."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from ruststack.packages import default_data_dir, python_command

# glibc's malloc: one arena however many threads. The buffers of large bodies, up to 512 KB each, are used again:
# mapping them anew each time costs more than what is done with them.
_ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}


def set_defaults() -> None:
    """What a fleet's environment says unless somebody has said otherwise."""
    for name, value in _ALLOCATOR.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("RUSTSTACK_DATA_DIR", str(default_data_dir(os.environ)))


def become_fleet() -> NoReturn:
    """A fresh interpreter: the supervisor is what the services are forked from, and is to be small."""
    set_defaults()
    os.execv(sys.executable, python_command("ruststack.fleets.fleet"))
