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
_BLOCK: Final = 64 * 1024

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
        # imported here since few objects are of the kind
        from backports import zstd

        self._raw = raw
        self._zstd = zstd
        self._frame = zstd.ZstdDecompressor()
        self._packed = b""
        self._began = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._frame.eof:
                self._packed = self._frame.unused_data
                self._frame = self._zstd.ZstdDecompressor()
                self._began = False
            if not self._packed and self._frame.needs_input:
                self._packed = self._raw.read(_BLOCK)
                if not self._packed and self._began:
                    raise EOFError("the compressed content ends in the middle of a frame")
                if not self._packed:
                    return 0
            self._began = True
            try:
                content = self._frame.decompress(self._packed, len(buffer))
            except self._zstd.ZstdError as error:
                raise OSError(f"not Zstandard: {error}") from None
            self._packed = b""
            if content:
                buffer[: len(content)] = content
                return len(content)
