"""An inventory report's file as it is written: hashed in a thread, on the disk once it is large.

In: pieces of it. Out: a `ReceivedBody`, as an upload gives one: its file is in place, but nobody's until its row is
committed. Raised: OSError. `discard` leaves nothing of what was not kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import TypeVar

from services.s3.bodies import checksums
from services.s3.bodies.blobs import BlobStore, BlobWriter
from services.s3.bodies.body_claims import DEFAULT_ALGORITHM
from services.s3.bodies.body_receiver import ReceivedBody

T = TypeVar("T")


class ReportFile:
    """See the module. One call at a time."""

    def __init__(self, blobs: BlobStore, inline_limit: int) -> None:
        self._blobs = blobs
        self._inline_limit = inline_limit
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._checksum = checksums.new(DEFAULT_ALGORITHM)
        self._size = 0
        self._waiting = bytearray()
        self._writer: BlobWriter | None = None

    async def append(self, piece: Callable[[], bytes]) -> None:
        """Write what `piece` gives, which is called in the thread, too."""
        await _in_thread(lambda: self._take(piece()))

    async def finish(self) -> ReceivedBody:
        """The whole file."""
        return await _in_thread(self._finish)

    def keep(self) -> None:
        """It is an object's from now on: `discard` leaves it."""
        self._writer = None

    def discard(self) -> None:
        """Leave nothing of it."""
        if self._writer is not None:
            self._writer.discard()

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        self._md5.update(data)
        self._checksum.update(data)
        self._waiting += data
        if self._writer is None and self._size > self._inline_limit:
            self._writer = self._blobs.create()
        if self._writer is not None:
            self._writer.write(bytes(self._waiting))
            self._waiting.clear()

    def _finish(self) -> ReceivedBody:
        kept = {DEFAULT_ALGORITHM: checksums.encode(self._checksum.digest())}
        if self._writer is None:
            return ReceivedBody(self._size, self._md5.hexdigest(), kept, data=bytes(self._waiting))
        self._writer.commit()
        return ReceivedBody(self._size, self._md5.hexdigest(), kept, blob=self._writer.blob)


def of_text(text: bytes) -> ReceivedBody:
    """A small file, not compressed."""
    md5 = hashlib.md5(text, usedforsecurity=False).hexdigest()
    return ReceivedBody(len(text), md5, {DEFAULT_ALGORITHM: checksums.of_bytes(DEFAULT_ALGORITHM, text)}, data=text)


async def to_the_end(running: asyncio.Future[T]) -> T:
    """What `running` gives; it is waited for also where the caller is cancelled meanwhile."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _in_thread(work: Callable[[], T]) -> T:
    return await to_the_end(asyncio.get_running_loop().run_in_executor(None, work))
