"""Objects' bytes in a snapshot: hard links of the same files, copies where the file system has none.

A file never changes once it is in place, so that a link is as good as a copy, and takes neither time nor room. What is
loaded gets new names: whatever is still being read or removed under the old ones does not meet it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from awskit.database import Transaction
from awskit.snapshots.refusals import Unusable
from services.s3.bodies.blobs import BlobStore

FilesOfState = Callable[[sqlite3.Connection, str | None], Iterator[str]]
"""The files that a snapshot's rows refer to, of one account or all."""

FilesOfService = Callable[[Transaction], Sequence[str]]
"""The files that the service's rows refer to now."""

_NAME = re.compile(r"[0-9a-f]{32}")
_CANNOT_LINK = (errno.EPERM, errno.EMLINK, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS)


class SnapshotFiles:
    """See `awskit.snapshots.contents.Files`."""

    def __init__(self, store: BlobStore, of_state: FilesOfState, of_service: FilesOfService) -> None:
        self._store = store
        self._of_state = of_state
        self._of_service = of_service

    def current(self, transaction: Transaction) -> Sequence[str]:
        return self._of_service(transaction)

    def keep_current(self, names: Sequence[str], folder: Path) -> None:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                _link(self._store.path(name), _place(folder, name))

    def keep(self, state: sqlite3.Connection, folder: Path) -> bool:
        for name in self._of_state(state, None):
            target = _place(folder, name)
            if not target.exists():
                try:
                    _link(self._store.path(name), target)
                except FileNotFoundError:
                    return False
        return True

    def check(self, state: sqlite3.Connection, folder: Path) -> None:
        wanted = set(self._of_state(state, None))
        for name in wanted:
            if _NAME.fullmatch(name) is None or not _place(folder, name).is_file():
                raise Unusable("the snapshot's objects are not whole: bytes of one are missing")
        for path in folder.rglob("*"):
            if path.is_file() and path.name not in wanted:
                path.unlink()

    def bring(self, state: sqlite3.Connection, folder: Path, account_id: str | None) -> Mapping[str, str]:
        brought: dict[str, str] = {}
        try:
            for name in self._of_state(state, account_id):
                if _NAME.fullmatch(name) is None:
                    raise Unusable("the snapshot's objects are not whole: the file of one has no name")
                brought[name] = secrets.token_hex(16)
                _link(_place(folder, name), self._store.path(brought[name]))
        except BaseException as error:
            self.discard(list(brought.values()))
            if isinstance(error, FileNotFoundError):
                raise Unusable("the snapshot's objects are not whole: bytes of one are missing") from error
            raise
        return brought

    def discard(self, names: Sequence[str]) -> None:
        for name in names:
            self._store.path(name).unlink(missing_ok=True)


def _place(folder: Path, name: str) -> Path:
    return folder / name[:2] / name


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        shutil.copyfile(source, target)
