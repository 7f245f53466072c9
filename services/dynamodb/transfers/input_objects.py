"""Objects of S3 that items are read from: fetched into a temporary file and decompressed as they are read."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module, util
from typing import IO, Any, Final, cast

from services.dynamodb.transfers.s3_client import Bucket, S3Client, S3Object

_IN_MEMORY: Final = 1024 * 1024
_ZSTD_MODULES: Final = ("compression.zstd", "zstandard")

UNREADABLE: Final = (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError, OSError)
"""What reading an object raises that is not what it is said to be."""


def can_read(compression: str) -> bool:
    """Whether objects of that compression can be read here: ZSTD needs a package that is not required."""
    return compression != "ZSTD" or _zstd_module() is not None


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
            yield _open_zstd(raw)
        else:
            yield raw


def _zstd_module() -> str | None:
    for name in _ZSTD_MODULES:
        parent = name.partition(".")[0]
        if util.find_spec(parent) is not None and util.find_spec(name) is not None:
            return name
    return None


def _open_zstd(raw: IO[bytes]) -> IO[bytes]:
    name = _zstd_module()
    assert name is not None
    module: Any = import_module(name)
    return cast("IO[bytes]", module.open(raw, "rb"))
