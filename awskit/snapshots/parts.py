"""A service's parts of snapshots on the disk: `snapshots/NAME/SERVICE/`, each put in place whole by a rename."""

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
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Description = dict[str, Any]


class Parts:
    """Those of one service, below `folder`, which is made when something is to be put there."""

    def __init__(self, folder: Path, service: str) -> None:
        self._folder = folder
        self._service = service

    def all(self) -> dict[str, Description]:
        """What there is, by the snapshots' names."""
        found = {}
        if self._folder.is_dir():
            for entry in sorted(self._folder.iterdir()):
                if NAME.fullmatch(entry.name) and (entry / self._service / DESCRIPTION).is_file():
                    found[entry.name] = read_description(entry / self._service)
        return found

    def path(self, name: str) -> Path:
        """The folder of a part that is there. Raises `NoSuchSnapshot`."""
        path = self._place(name)
        if not (path / DESCRIPTION).is_file():
            raise NoSuchSnapshot(f"there is no snapshot {name!r} of {self._service}")
        return path

    def is_there(self, name: str) -> bool:
        return self._place(name).exists()

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

    def put(self, made: Path, name: str, description: Description, *, replace: bool) -> Description:
        """Put a part in place, of which `description` is written with its size. Raises `SnapshotError`."""
        files = [path for path in made.rglob("*") if path.is_file()]
        whole = {**description, "size": sum(path.stat().st_size for path in files)}
        (made / DESCRIPTION).write_text(json.dumps(whole, indent=1))
        _sync(made / STATE)
        _sync(made / DESCRIPTION)
        place = self._place(name)
        if place.exists() and not replace:
            raise SnapshotError(f"there is a snapshot {name!r} already; --replace (replace=1) puts this in its place")
        place.parent.mkdir(mode=0o700, exist_ok=True)
        before = made.with_name(f"{made.name}.before")
        if place.exists():
            place.rename(before)
        made.rename(place)
        _sync(place.parent)
        shutil.rmtree(before, ignore_errors=True)
        return whole

    def remove(self, name: str) -> None:
        """Raises `NoSuchSnapshot`."""
        gone = self.work_folder() / secrets.token_hex(8)
        place = self.path(name)
        place.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        try:
            place.parent.rmdir()
        except OSError:  # the other services' parts are there yet
            return

    def sweep(self, age: float) -> None:
        """Remove what an earlier process was making when it ended, where that is `age` seconds ago."""
        before = time.time() - age
        for left in (self._folder / f".{self._service}").glob("*"):
            if left.stat().st_mtime <= before:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)

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


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
