"""A service's parts of snapshots on the disk: `snapshots/NAME/SERVICE/`, each put in place whole by a rename.

A snapshot's parts change together: each service first makes what is to be there (`keep_ready`), and once all have, each
puts it in place (`put`, or `set_aside` where nothing is to be there); then all `settle` it, or all `undo` it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from awskit.process.data_folder import prepare
from awskit.snapshots.refusals import NoSuchSnapshot, SnapshotError, Unusable

FORMAT = 1
DESCRIPTION, STATE, OBJECTS = "part.json", "state.db", "objects"
TOGETHER = "together"  # of a description: the services that had a part of the snapshot when it was made
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BEFORE = ".before."

Description = dict[str, Any]


class Parts:
    """Those of one service, below `folder`, which is made when something is to be put there."""

    def __init__(self, folder: Path, service: str) -> None:
        self._folder = folder
        self._service = service

    def all(self) -> dict[str, Description]:
        """What there is, by the snapshots' names; nothing is known of one whose description cannot be used."""
        found: dict[str, Description] = {}
        if self._folder.is_dir():
            for entry in sorted(self._folder.iterdir()):
                if NAME.fullmatch(entry.name) and (entry / self._service / DESCRIPTION).is_file():
                    try:
                        found[entry.name] = read_description(entry / self._service)
                    except Unusable:
                        found[entry.name] = {}  # whoever asks for it is told why
        return found

    def path(self, name: str) -> Path:
        """The folder of a part that is there. Raises `NoSuchSnapshot`."""
        path = self._place(name)
        if not (path / DESCRIPTION).is_file():
            raise NoSuchSnapshot(f"there is no snapshot {name!r} of {self._service}")
        return path

    def new(self) -> Path:
        """A folder for a part that is being made."""
        path = self.work_folder() / secrets.token_hex(8)
        path.mkdir(mode=0o700)
        return path

    def work_folder(self) -> Path:
        """Where parts are made and uploads gathered: on the file system that the parts are on."""
        prepare(self._folder)
        path = self._folder / f".{self._service}"
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def keep_ready(self, made: Path, change: str, description: Description) -> Description:
        """Keep a part that has been made until `put` of the change; its `description` is written with its size."""
        files = [path for path in made.rglob("*") if path.is_file()]
        whole = {**description, "size": sum(path.stat().st_size for path in files)}
        (made / DESCRIPTION).write_text(json.dumps(whole, indent=1))
        _sync(made / STATE)
        _sync(made / DESCRIPTION)
        made.rename(self._ready(change))
        return whole

    def put(self, name: str, change: str) -> None:
        """Put what is ready in place of what is there, which is kept until `settle`. Raises `SnapshotError`."""
        ready, place = self._ready(change), self._place(name)
        if not ready.is_dir():
            raise SnapshotError(f"the part of {self._service} that was ready has been lost")
        self.set_aside(name, change)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        ready.rename(place)
        _sync(place.parent)

    def set_aside(self, name: str, change: str) -> None:
        """Have nothing there; what was there, if anything, is kept until `settle`."""
        place, before = self._place(name), self._before(name, change)
        if place.exists():
            os.utime(place)  # `sweep` goes by it
            place.rename(before)
            _remove_empty(place.parent)
        else:
            before.mkdir(mode=0o700)  # what was there is nothing

    def undo(self, name: str, change: str) -> None:
        """Have there again what was there before the change, however far that had come."""
        place, before = self._place(name), self._before(name, change)
        if before.exists():
            if place.exists():
                place.rename(self._ready(change))
            self._put_back(before, name)
            _remove_empty(place.parent)
        self.settle(change)

    def settle(self, change: str) -> None:
        """Forget what was ready for a change, and what was there before it."""
        for left in self.work_folder().glob(f"{change}.*"):
            _forget(left)

    def remove(self, name: str) -> None:
        """Raises `NoSuchSnapshot`."""
        gone = self.work_folder() / secrets.token_hex(8)
        place = self.path(name)
        place.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        _remove_empty(place.parent)

    def sweep(self, age: float) -> None:
        """Remove what an earlier process was making when it ended, where that is `age` seconds ago.

        What it had set aside, putting nothing else in its place, is put back.
        """
        latest = time.time() - age
        for left in (self._folder / f".{self._service}").glob("*"):
            if left.stat().st_mtime <= latest:
                _, before, name = left.name.partition(_BEFORE)
                if before and NAME.fullmatch(name) and not self._place(name).exists():
                    self._put_back(left, name)
                else:
                    _forget(left)

    def _put_back(self, before: Path, name: str) -> None:
        if (before / DESCRIPTION).is_file():
            place = self._place(name)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            before.rename(place)
            _sync(place.parent)
        else:
            before.rmdir()

    def _ready(self, change: str) -> Path:
        return self.work_folder() / f"{change}.ready"

    def _before(self, name: str, change: str) -> Path:
        return self.work_folder() / f"{change}{_BEFORE}{name}"

    def _place(self, name: str) -> Path:
        if NAME.fullmatch(name) is None:
            raise Unusable(f"{name[:100]!r} is no name for a snapshot: letters, digits, '.', '_' and '-', 100 at most")
        return self._folder / name / self._service


def read_description(folder: Path) -> Description:
    """What `part.json` says. Raises `Unusable`."""
    try:
        content = json.loads((folder / DESCRIPTION).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise Unusable(f"the snapshot's {DESCRIPTION} cannot be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise Unusable(f"the snapshot's {DESCRIPTION} is none")
    if content["format"] > FORMAT:
        raise Unusable(
            f"the snapshot is of format {content['format']}, made by RustStack {content.get('version')}; this one knows"
            f" up to {FORMAT}"
        )
    return content


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # the other services' parts are there yet
        return


def _forget(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
