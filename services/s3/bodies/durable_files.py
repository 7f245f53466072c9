"""The calls that put files in place, so that they are there after a power failure too, where that is wanted.

A file's bytes are on the disk once it is synced, and its name once the folder that it is in is. Without `durable`
nothing is synced: a process may be killed at any moment, the machine may not.
"""

from __future__ import annotations

import os
from pathlib import Path


class DurableFiles:
    """Raises OSError as the calls themselves do."""

    def __init__(self, *, durable: bool) -> None:
        self.durable = durable

    def sync(self, descriptor: int) -> None:
        """Before the file is put in place: what is in it."""
        if self.durable:
            os.fdatasync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Put `source`, which has been synced, in place as `target`."""
        source.rename(target)
        self.sync_folder(target.parent)

    def link(self, source: Path, target: Path) -> None:
        """Give a file another name."""
        os.link(source, target)
        self.sync_folder(target.parent)

    def make_folder(self, folder: Path) -> None:
        """Make a folder where it is missing, and those above it."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        self.sync_folder(folder.parent)

    def write_small(self, path: Path, content: bytes) -> None:
        """Replace a small file, whole or not at all."""
        beside = path.with_name(f"{path.name}.new")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            self.sync(file.fileno())
        self.rename(beside, path)

    def sync_folder(self, folder: Path) -> None:
        """The names in a folder."""
        if not self.durable:
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
