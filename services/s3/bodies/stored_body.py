"""An object version's bytes: where they are, a stretch of them as a stream, and copies without copying."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

from awskit.database import Transaction
from services.s3.bodies import blobs as files
from services.s3.bodies.blobs import BlobStore, Lease, MissingBytes, OpenedBlobs, Segment
from services.s3.store import uploads
from services.s3.store.objects import ObjectVersion

_MOST_OPEN = 100

Pieces = list[tuple[Segment, int, int]]


class OpenBody:
    """A stretch of a body that is held readable until it has been read or closed."""

    __slots__ = ("_blobs", "_lease", "_opened", "pieces")

    def __init__(self, blobs: BlobStore, pieces: Pieces) -> None:
        self._blobs = blobs
        self.pieces = pieces
        held = [segment.blob for segment, _, _ in pieces if segment.blob is not None]
        self._lease = Lease(blobs, held) if held else None
        self._opened: OpenedBlobs | None = None

    @property
    def size(self) -> int:
        return sum(end - begin for _, begin, end in self.pieces)

    def stream(self) -> bytes | AsyncIterator[bytes]:
        """The bytes: at once where they come from the database, else a chunk at a time."""
        if self._lease is None:
            return b"".join((segment.data or b"")[begin:end] for segment, begin, end in self.pieces)
        return self.chunks()

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes, a chunk at a time."""
        return files.read(self._blobs, self._lease, self.pieces, opened=self._opened)

    def open_files(self) -> bool:
        """Open its files (the first hundred), which another process may remove; False where one is gone already."""
        blobs = dict.fromkeys(segment.blob for segment, _, _ in self.pieces if segment.blob is not None)
        self._opened = OpenedBlobs()
        try:
            for blob in itertools.islice(blobs, _MOST_OPEN):
                self._opened.put(blob, self._blobs.descriptor(blob))
        except MissingBytes:
            return False
        return True

    def close(self) -> None:
        """Let go of the blobs, read or not. May be called more than once."""
        if self._opened is not None:
            self._opened.close()
        if self._lease is not None:
            self._lease.close()


def bytes_of(version: ObjectVersion, start: int, end: int) -> bytes | None:
    """Bytes `start` to `end` (exclusive) of a version whose bytes lie in its row, which is loaded; else None."""
    if version.part_count is not None or version.body_id is not None:
        return None
    data = version.data or b""
    return data if end - start == len(data) else data[start:end]


def open_body(transaction: Transaction, blobs: BlobStore, version: ObjectVersion, start: int, end: int) -> OpenBody:
    """Bytes `start` to `end` (exclusive) of a version that was loaded with its row's bytes."""
    if version.part_count is not None:
        assert version.body_id is not None
        parts = uploads.covering(transaction, version.body_id, start, end)
        if not parts:
            return OpenBody(blobs, [])
        origin = parts[0].position or 0
        segments = [Segment(part.size, part.blob, part.data) for part in parts]
        return OpenBody(blobs, list(files.cut(segments, start - origin, end - origin)))
    segment = Segment(version.size, version.body_id, version.data)
    return OpenBody(blobs, [(segment, start, end)] if start < end else [])
