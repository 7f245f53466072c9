"""Objects of S3 that items are read from: fetched into a temporary file and decompressed as they are read."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO, Any, Final, cast

from services.dynamodb.transfers.s3_client import Bucket, S3Client, S3Object

_IN_MEMORY: Final = 1024 * 1024
_BLOCK: Final = 512  # of Zstandard: four bytes may stand for 128 KB, so that it may become 16 MB at once

UNREADABLE: Final = (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError, OSError)
"""What reading an object raises that is not what it is said to be."""


@asynccontextmanager
async def opened(s3: S3Client, bucket: Bucket, found: S3Object, compression: str) -> AsyncIterator[IO[bytes]]:
    """The object's content, from the beginning. Raises `S3Error`."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        async for part in s3.read(bucket, found):
            spool.write(part)
        spool.seek(0)
        raw = cast("IO[bytes]", spool)
        if compression == "GZIP":
            with gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
                yield cast("IO[bytes]", unpacked)
        elif compression == "ZSTD":
            with io.BufferedReader(_ZstdFile(raw)) as unpacked_zstd:
                yield cast("IO[bytes]", unpacked_zstd)
        else:
            yield raw


class _ZstdFile(io.RawIOBase):
    """The content of one frame of Zstandard after the other. Raises EOFError where one does not end."""

    def __init__(self, raw: IO[bytes]) -> None:
        # imported here since it takes 2 MB, and few objects are of the kind
        import zstandard

        self._raw = raw
        self._decompressor = zstandard.ZstdDecompressor()
        self._error = zstandard.ZstdError
        self._frame = self._decompressor.decompressobj()
        self._began = False
        self._rest = b""
        self._unpacked = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._unpacked:
            packed = self._rest or self._raw.read(_BLOCK)
            self._rest = b""
            if not packed:
                if self._began:
                    raise EOFError("the compressed content ends in the middle of a frame")
                return 0
            self._began = True
            try:
                self._unpacked = self._frame.decompress(packed)
            except self._error as error:
                raise OSError(f"not Zstandard: {error}") from None
            if self._frame.eof:
                self._rest = self._frame.unused_data
                self._frame = self._decompressor.decompressobj()
                self._began = False
        taken = self._unpacked[: len(buffer)]
        buffer[: len(taken)] = taken
        self._unpacked = self._unpacked[len(taken) :]
        return len(taken)
