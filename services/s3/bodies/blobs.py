"""Object bytes as files: written under a temporary name, put in place by a rename, read in large chunks.

A blob is a file that never changes once it is in place, named by 32 hexadecimal digits. Rows of the database refer to
it; one without a row was left by a crash between the rename and the commit (see `unknown_blobs`). A blob that is being
read is not removed until its last reader is done (`Lease`). Raised: `MissingBytes`, where a row's bytes are not there.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from awskit.process.memory import MemoryKeeper
from awskit.process.storage_faults import StorageFault
from services.s3.bodies.durable_files import DurableFiles
from services.s3.bodies.unfinished_uploads import UploadFolder

READ_CHUNK = 256 * 1024

_MOST_AT_ONCE = 16
_CANNOT_LINK = (errno.EPERM, errno.EMLINK, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS)

BlobId = str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a body: of a blob (`blob`), or bytes that lie in the database row (`data`)."""

    size: int
    blob: BlobId | None = None
    data: bytes | None = None


class MissingBytes(StorageFault):
    """A blob that a row refers to is not in its place, or shorter than the row says."""


class BlobStore:
    """The files under one folder. With durable `files` a blob survives a power failure, not only the process."""

    def __init__(self, folder: Path, files: DurableFiles | None = None) -> None:
        self.folder = folder
        self.quarantine_folder = folder / "quarantine"
        self._objects = folder / "objects"
        self._owner = folder / "owner"
        self._unfinished = UploadFolder(folder / "temporary")
        self._files = files or DurableFiles(durable=False)
        self._readers: Counter[BlobId] = Counter()
        self._doomed: set[BlobId] = set()
        self.memory = MemoryKeeper()
        """To be told when a large body has passed."""

    def open(self) -> None:
        """Make the folders; remove what was being written when an earlier process was killed."""
        self._unfinished.open()
        self._files.make_folder(self._objects)
        missing = {f"{number:02x}" for number in range(256)}
        missing.difference_update(entry.name for entry in os.scandir(self._objects))
        for name in missing:
            (self._objects / name).mkdir(exist_ok=True)
        if missing:
            self._files.sync_folder(self._objects)

    def close(self) -> None:
        """Nothing more will be written."""
        self._unfinished.close()

    def owner(self) -> str | None:
        """The id of the database that the folder belongs to; None where none has put its name to it."""
        try:
            return self._owner.read_text().strip()
        except FileNotFoundError:
            return None

    def set_owner(self, database_id: str) -> None:
        """From now on the folder belongs to that database."""
        self._files.write_small(self._owner, database_id.encode())

    def path(self, blob: BlobId) -> Path:
        """Where a blob's file is, or would be."""
        return self._objects / blob[:2] / blob

    def create(self) -> BlobWriter:
        """A new blob's writer."""
        blob = secrets.token_hex(16)
        temporary = self._unfinished.path / blob
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        return BlobWriter(blob, descriptor, temporary, self.path(blob), self._files)

    def link(self, blob: BlobId) -> BlobId:
        """Another blob of the same bytes, without copying them where the file system has hard links."""
        copy = secrets.token_hex(16)
        try:
            self._files.link(self.path(blob), self.path(copy))
        except FileNotFoundError:
            os.close(self.descriptor(blob))
            self._files.link(self.path(blob), self.path(copy))
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
            self._copy(blob, copy)
        return copy

    def _copy(self, blob: BlobId, copy: BlobId) -> None:
        temporary = self._unfinished.path / copy
        try:
            with self.path(blob).open("rb") as source, temporary.open("xb") as target:
                shutil.copyfileobj(source, target, READ_CHUNK)
                target.flush()
                self._files.sync(target.fileno())
            self._files.rename(temporary, self.path(copy))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def descriptor(self, blob: BlobId) -> int:
        """A blob, open for reading. One that was put aside by mistake is taken back."""
        path = self.path(blob)
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            with contextlib.suppress(FileNotFoundError):
                self._files.rename(self.quarantine_folder / blob, path)
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise MissingBytes(
                f"the bytes of an object are missing: there is no file {path}; `ruststack doctor` says what else is",
                over=path.exists,
            ) from None

    def quarantine(self, blob: BlobId) -> bool:
        """Put a blob aside that no row refers to; False where it is gone meanwhile."""
        self._files.make_folder(self.quarantine_folder)
        try:
            self._files.rename(self.path(blob), self.quarantine_folder / blob)
        except FileNotFoundError:
            return False
        return True

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

    def folders(self) -> Iterator[tuple[str, list[BlobId]]]:
        """Each folder's two digits and the blobs in it, for the sweep."""
        for number in range(256):
            yield f"{number:02x}", [entry.name for entry in os.scandir(f"{self._objects}/{number:02x}")]

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


class OpenedBlobs:
    """The files of a body that were opened before it is read."""

    __slots__ = ("_descriptors",)

    def __init__(self) -> None:
        self._descriptors: dict[BlobId, int] = {}

    def put(self, blob: BlobId, descriptor: int) -> None:
        self._descriptors[blob] = descriptor

    def take(self, blob: BlobId) -> int | None:
        """The blob's descriptor, the taker's to close; None where it was not opened."""
        return self._descriptors.pop(blob, None)

    def close(self) -> None:
        """Close those that nobody has taken."""
        while self._descriptors:
            os.close(self._descriptors.popitem()[1])

    def __del__(self) -> None:
        self.close()


class BlobWriter:
    """Writes one blob. Ends with `commit` (in place, under `blob`) or `discard` (nothing is left)."""

    __slots__ = ("_descriptor", "_files", "_final", "_temporary", "blob")

    def __init__(self, blob: BlobId, descriptor: int, temporary: Path, final: Path, files: DurableFiles) -> None:
        self.blob = blob
        self._descriptor = descriptor
        self._temporary = temporary
        self._final = final
        self._files = files

    @property
    def is_durable(self) -> bool:
        """Whether `commit` waits for the disk."""
        return self._files.durable

    def write(self, data: bytes | memoryview) -> None:
        """Append to the blob; it is nobody's until `commit`."""
        written = os.write(self._descriptor, data)
        while written < len(data):
            written += os.write(self._descriptor, memoryview(data)[written:])

    def commit(self) -> None:
        """Put the blob in place. With durable files, both its bytes and its name are on the disk after this."""
        self._files.sync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        self._files.rename(self._temporary, self._final)

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
    store: BlobStore,
    lease: Lease | None,
    pieces: Sequence[tuple[Segment, int, int]],
    chunk: int = READ_CHUNK,
    opened: OpenedBlobs | None = None,
) -> AsyncIterator[bytes]:
    """The bytes of `pieces` (from `cut`), a chunk at a time; ends the lease."""
    try:
        for segment, start, end in pieces:
            begin = start
            if segment.blob is None:
                assert segment.data is not None
                yield segment.data[begin:end]
                continue
            ready = opened.take(segment.blob) if opened is not None else None
            descriptor = store.descriptor(segment.blob) if ready is None else ready
            try:
                while begin < end:
                    data = os.pread(descriptor, min(chunk, end - begin), begin)
                    if not data:
                        path = store.path(segment.blob)
                        raise MissingBytes(f"the bytes of an object are not whole: the file {path} is too short")
                    begin += len(data)
                    yield data
            finally:
                os.close(descriptor)
        store.memory.give_back_soon()
    finally:
        if opened is not None:
            opened.close()
        if lease is not None:
            lease.close()


def _unlink(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
