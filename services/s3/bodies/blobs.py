"""Object bytes as files: written under a temporary name, put in place by a rename, read in large chunks.

A blob is a file that never changes once it is in place, named by 32 hexadecimal digits. Rows of the database refer to
it; a blob without a row is garbage, left by a crash between the rename and the commit. A blob that is being read is not
removed until its last reader is done (`Lease`).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from awskit.memory import MemoryKeeper

READ_CHUNK = 256 * 1024

_MOST_AT_ONCE = 16

BlobId = str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a body: of a blob (`blob`), or bytes that lie in the database row (`data`)."""

    size: int
    blob: BlobId | None = None
    data: bytes | None = None


class BlobStore:
    """The files under one folder. `fsync` makes a blob survive a power failure, not only the process."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self._objects = folder / "objects"
        self._temporary = folder / "temporary"
        self._fsync = fsync
        self._readers: Counter[BlobId] = Counter()
        self._doomed: set[BlobId] = set()
        self.memory = MemoryKeeper()
        """To be told when a large body has passed."""

    def open(self) -> None:
        """Make the folders; throw away what was being written when the last process ended."""
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._temporary.mkdir(parents=True, exist_ok=True)
        for number in range(256):
            (self._objects / f"{number:02x}").mkdir(parents=True, exist_ok=True)

    def path(self, blob: BlobId) -> Path:
        """Where a blob's file is, or would be."""
        return self._objects / blob[:2] / blob

    def create(self) -> BlobWriter:
        """A new blob's writer."""
        blob = secrets.token_hex(16)
        temporary = self._temporary / blob
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        return BlobWriter(blob, descriptor, temporary, self.path(blob), fsync=self._fsync)

    def link(self, blob: BlobId) -> BlobId:
        """Another blob of the same bytes, without copying them where the file system has hard links."""
        copy = secrets.token_hex(16)
        try:
            os.link(self.path(blob), self.path(copy))
        except FileNotFoundError:
            raise
        except OSError:
            temporary = self._temporary / copy
            shutil.copyfile(self.path(blob), temporary)
            temporary.rename(self.path(copy))
        return copy

    def remove(self, blobs: Iterable[BlobId]) -> None:
        """Remove blobs that no row refers to any more; those being read go once they have been read."""
        free = []
        for blob in blobs:
            if self._readers[blob]:
                self._doomed.add(blob)
            else:
                free.append(self.path(blob))
        if len(free) > _MOST_AT_ONCE:
            # An object of ten thousand parts would hold everybody up.
            asyncio.get_running_loop().run_in_executor(None, _unlink, free)
        else:
            _unlink(free)

    def lease(self, blobs: Sequence[BlobId]) -> Lease:
        """Keep `blobs` readable until the lease ends."""
        return Lease(self, blobs)

    def clear(self) -> None:
        """Remove every blob."""
        for number in range(256):
            for entry in (self._objects / f"{number:02x}").iterdir():
                entry.unlink(missing_ok=True)

    def folders(self) -> Iterator[tuple[str, list[BlobId]]]:
        """Each folder's two digits and the blobs in it, for the sweep."""
        for number in range(256):
            yield f"{number:02x}", [entry.name for entry in os.scandir(self._objects / f"{number:02x}")]

    def hold(self, blobs: Sequence[BlobId]) -> None:
        """Keep these files while somebody reads them, also once they are removed."""
        self._readers.update(blobs)

    def release(self, blobs: Sequence[BlobId]) -> None:
        """Undo one `hold`; what was removed meanwhile and has no reader left goes."""
        self._readers.subtract(blobs)
        for blob in blobs:
            if self._readers[blob] <= 0:
                del self._readers[blob]
                if blob in self._doomed:
                    self._doomed.discard(blob)
                    self.path(blob).unlink(missing_ok=True)


class Lease:
    """Holds blobs for one reader; `close` may be called more than once."""

    __slots__ = ("_blobs", "_store")

    def __init__(self, store: BlobStore, blobs: Sequence[BlobId]) -> None:
        self._store = store
        self._blobs: Sequence[BlobId] = blobs
        store.hold(blobs)

    def close(self) -> None:
        blobs, self._blobs = self._blobs, ()
        if blobs:
            self._store.release(blobs)

    def __del__(self) -> None:
        self.close()


class BlobWriter:
    """Writes one blob. Ends with `commit` (in place, under `blob`) or `discard` (nothing is left)."""

    __slots__ = ("_descriptor", "_final", "_temporary", "blob", "fsync")

    def __init__(self, blob: BlobId, descriptor: int, temporary: Path, final: Path, *, fsync: bool) -> None:
        self.blob = blob
        self._descriptor = descriptor
        self._temporary = temporary
        self._final = final
        self.fsync = fsync

    def write(self, data: bytes | memoryview) -> None:
        """Append to the blob; it is nobody's until `commit`."""
        written = os.write(self._descriptor, data)
        while written < len(data):
            written += os.write(self._descriptor, memoryview(data)[written:])

    def commit(self) -> None:
        """Put the blob in place. With `fsync`, both its bytes and its name are on the disk after this."""
        if self.fsync:
            os.fdatasync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        self._temporary.rename(self._final)
        if self.fsync:
            folder = os.open(self._final.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Leave nothing of the blob, committed or not."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._temporary.unlink(missing_ok=True)
        self._final.unlink(missing_ok=True)


def cut(segments: Sequence[Segment], start: int, end: int) -> Iterator[tuple[Segment, int, int]]:
    """The segments that bytes `start` to `end` (exclusive) lie in, each with where to begin and end within it."""
    position = 0
    for segment in segments:
        following = position + segment.size
        if following > start and position < end:
            yield segment, max(start - position, 0), min(end - position, segment.size)
        position = following
        if position >= end:
            return


async def read(
    store: BlobStore, lease: Lease | None, pieces: Sequence[tuple[Segment, int, int]], chunk: int = READ_CHUNK
) -> AsyncIterator[bytes]:
    """The bytes of `pieces` (from `cut`), a chunk at a time; ends the lease."""
    try:
        for segment, start, end in pieces:
            begin = start
            if segment.blob is None:
                assert segment.data is not None
                yield segment.data[begin:end]
                continue
            descriptor = os.open(store.path(segment.blob), os.O_RDONLY | os.O_CLOEXEC)
            try:
                while begin < end:
                    data = os.pread(descriptor, min(chunk, end - begin), begin)
                    if not data:
                        raise OSError(f"blob {segment.blob} is shorter than its row says")
                    begin += len(data)
                    yield data
            finally:
                os.close(descriptor)
        store.memory.give_back_soon()
    finally:
        if lease is not None:
            lease.close()


async def sweep(store: BlobStore, referenced: Callable[[str], Awaitable[frozenset[BlobId]]], before: float) -> int:
    """Remove the blobs that no row refers to and that were there before `before` (seconds since the epoch).

    `referenced` tells which blobs of a folder rows refer to. Returns how many went.
    """
    removed = 0
    for prefix, names in store.folders():
        if not names:
            continue
        known = await referenced(prefix)
        for name in names:
            path = store.path(name)
            if name not in known and _changed(path) < before:
                path.unlink(missing_ok=True)
                removed += 1
        await asyncio.sleep(0)
    return removed


def _unlink(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_ctime
    except FileNotFoundError:
        return float("inf")
