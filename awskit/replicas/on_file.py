"""The replicas that share one SQLite file, on one host (in containers that share a volume, too).

Beside `sqs.db` the folder `.sqs.replicas` holds: `members`, locked while somebody joins or is taken for dead; `page`,
mapped into each one's memory; for each replica a file named by its id, which it keeps locked, and its pipe; and the
locks of turns (`writing_turn`) and leases.

The page: byte 0 is 1 while there is more than one replica. It is set by who joins, before it opens the database, and a
transaction looks at it once it has its lock or its snapshot: a lone replica cannot miss that somebody has written. Only
the last replica sets it back. Bytes 8 to 15 count who came and went.
"""

from __future__ import annotations

import asyncio
import logging
import mmap
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from awskit.replicas.file_locks import lock, lock_within, open_lock, try_lock, unlock
from awskit.replicas.file_systems import file_system_of, is_shareable
from awskit.replicas.notices import NoticeReader, NoticeWriter
from awskit.replicas.replicas import Lease, Listener, Replicas
from awskit.replicas.writing_turn import WritingTurn

_LOOK_SECONDS = 2.0
_JOIN_SECONDS = 60.0  # the first one may be bringing a large database to a new schema
_LEAVE_SECONDS = 2.0
_PIPE = ".pipe"
_MEMBER = "replica-"
_SIZE = mmap.PAGESIZE
_LOG = logging.getLogger("ruststack.replicas")


class CannotShare(Exception):
    """There is another replica, and the two cannot share the database; the text is one line for who started it."""


class FileLease(Lease):
    """A lease that is a lock on a file: it is free again when its holder dies."""

    def __init__(self, path: Path, given_back: Callable[[], None]) -> None:
        self._path = path
        self._given_back = given_back
        self._descriptor: int | None = None

    def held(self) -> bool:
        if self._descriptor is None:
            descriptor = open_lock(self._path)
            if try_lock(descriptor):
                self._descriptor = descriptor
            else:
                os.close(descriptor)
        return self._descriptor is not None

    def give_back(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._given_back()


class ReplicasOnFile(Replicas):
    """See the module. Made by `join`."""

    page: mmap.mmap

    def __init__(self, folder: Path) -> None:
        """Raises `CannotShare`."""
        self._folder = folder
        self._id = f"{_MEMBER}{secrets.token_hex(6)}"
        self._members = open_lock(folder / "members")
        self._when_alone: list[Callable[[], None]] = []
        self._leases: dict[str, FileLease] = {}
        self._seen = -1
        self._others: list[Path] = []
        self._task: asyncio.Task[None] | None = None
        self.page = _map(folder / "page")
        self.turn = WritingTurn(folder)
        if not lock_within(self._members, _JOIN_SECONDS):
            self.turn.close()
            os.close(self._members)
            raise CannotShare(f"another replica has not finished its start within {_JOIN_SECONDS:g} s ({folder})")
        self._own = open_lock(folder / self._id)
        lock(self._own)
        os.write(self._own, str(os.getpid()).encode())
        self._reader = NoticeReader(folder / f"{self._id}{_PIPE}")
        self._writer = NoticeWriter(self._pipes, self._look_around)
        self.page[0] = bool(self._living())  # what is left of the dead goes with it
        self._count_change()

    def opened(self) -> None:
        """The database is open: the next one may join."""
        unlock(self._members)

    def lease(self, name: str) -> FileLease:
        if name not in self._leases:
            self._leases[name] = FileLease(self._folder / f"lease-{name}", lambda: self.tell("lease"))
        return self._leases[name]

    def tell(self, topic: str, *values: int) -> None:
        if self.page[0]:
            self._writer.tell(f"{' '.join(map(str, (topic, *values)))}\n".encode())

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._reader.subscribe(topic, listener)

    def when_alone(self, listener: Callable[[], None]) -> None:
        self._when_alone.append(listener)

    async def start(self) -> None:
        self._reader.start()
        self._task = asyncio.create_task(self._watch())

    def close(self) -> None:
        self._when_alone.clear()
        for lease in self._leases.values():
            lease.give_back()
        self._writer.flush()
        if self._task is not None:
            self._task.cancel()
        lock_within(self._members, _LEAVE_SECONDS)
        self._writer.close()
        self._reader.close()
        self.turn.close()
        (self._folder / self._id).unlink(missing_ok=True)
        os.close(self._own)
        self._count_change()
        os.close(self._members)

    def _count_change(self) -> None:
        count = int.from_bytes(self.page[8:16], "little") + 1
        self.page[8:16] = count.to_bytes(8, "little")

    def _pipes(self) -> list[Path]:
        """The others' pipes."""
        count = int.from_bytes(self.page[8:16], "little")
        if count != self._seen:
            self._seen = count
            self._others = [path for path in self._folder.glob(f"{_MEMBER}*{_PIPE}") if path.stem != self._id]
            self._writer.keep_only(self._others)
        return self._others

    def _living(self) -> list[Path]:
        """The other replicas that live; what is left of the dead is swept away. `members` is locked."""
        living = []
        for path in self._folder.glob(f"{_MEMBER}*"):
            if path.suffix == _PIPE or path.name == self._id:
                continue
            descriptor = open_lock(path)
            if try_lock(descriptor):
                path.with_name(f"{path.name}{_PIPE}").unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                self._count_change()
            else:
                living.append(path)
            os.close(descriptor)
        return living

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self._look_around()

    def _look_around(self) -> None:
        """See who is still there."""
        if self.page[0] == 0 or not try_lock(self._members):
            return
        try:
            if self._living():
                return
            # What the last one wrote is looked at once more.
            self.page[0] = 0
            for listener in self._when_alone:
                listener()
        finally:
            unlock(self._members)


def join(database: Path, file_system: Callable[[Path], str] = file_system_of) -> ReplicasOnFile:
    """Join the replicas of the SQLite file `database`, whose folder is there; `opened` is to be called afterwards.

    Waits for who is just joining. Raises `CannotShare`.
    """
    folder = database.with_name(f".{database.stem}.replicas")
    folder.mkdir(mode=0o700, exist_ok=True)
    replicas = ReplicasOnFile(folder)
    if not replicas.alone and not is_shareable(kind := file_system(folder)):
        unlock(replicas._members)
        replicas.close()
        raise CannotShare(
            f"{database} is on {kind}, where replicas cannot share a database: use a local disk, or PostgreSQL"
        )
    return replicas


def _map(path: Path) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < _SIZE:
            os.ftruncate(descriptor, _SIZE)
        return mmap.mmap(descriptor, _SIZE)
    finally:
        os.close(descriptor)
