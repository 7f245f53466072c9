"""The `aws-chunked` content encoding: a stream of signed or unsigned chunks, then trailers.

In: the body as it arrives. Out: the bytes inside, as they arrive, and, after the last, `trailers`. Raised:
`IncompleteBody` where the frame is broken, `SignatureDoesNotMatch` (by the verifier) where a signature is wrong.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html

    400;chunk-signature=ad80c730...CRLF <1024 bytes> CRLF
    0;chunk-signature=...CRLF
    x-amz-checksum-crc32:sOO8/Q==CRLF
    x-amz-trailer-signature:...CRLF CRLF
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol

from awskit.bounds.integers import parse_hexadecimal
from awskit.errors import AwsError

_LINE_LIMIT = 16 * 1024
_CHUNK_SIGNATURE = b"chunk-signature="


class ChunkVerifier(Protocol):
    """Checks each chunk's signature against the one before; raises `AwsError` where it does not match."""

    def verify_chunk(self, sha256: str, signature: str) -> None: ...

    def verify_trailer(self, trailer: bytes, signature: str) -> None: ...


class ChunkedBody:
    """Decodes `aws-chunked` from `source`. Iterate once; `trailers` (lower-case names) are there afterwards."""

    def __init__(
        self, source: AsyncIterable[bytes], decoded_length: int, verifier: ChunkVerifier | None = None
    ) -> None:
        self._source = source.__aiter__()
        self._buffer = b""
        self._remaining = decoded_length
        self._verifier = verifier
        self.trailers: dict[str, str] = {}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            size, signature = _parse_chunk_head(await self._line())
            digest = hashlib.sha256() if self._verifier is not None else None
            self._remaining -= size
            if self._remaining < 0:
                raise _incomplete()
            left = size
            while left:
                piece = await self._take(left)
                left -= len(piece)
                if digest is not None:
                    digest.update(piece)
                yield piece
            if self._verifier is not None and digest is not None:
                self._verifier.verify_chunk(digest.hexdigest(), signature)
            if not size:
                break
            if await self._line():
                raise _incomplete()
        if self._remaining:
            raise _incomplete()
        await self._read_trailers()

    async def _read_trailers(self) -> None:
        signed = b""
        signature = ""
        while line := await self._line(allow_end=True):
            name, separator, value = line.partition(b":")
            if not separator:
                raise AwsError(
                    "MalformedTrailerError",
                    "The request contained trailing data that was not well-formed"
                    " or did not conform to our published schema.",
                    400,
                )
            lowered = name.strip().lower().decode("latin-1")
            text = value.strip().decode("latin-1")
            if lowered == "x-amz-trailer-signature":
                signature = text
            else:
                self.trailers[lowered] = text
                signed += name.strip().lower() + b":" + value.strip() + b"\n"
        async for _ in self._source:
            pass
        if self._verifier is not None and (signed or signature):
            self._verifier.verify_trailer(signed, signature)

    async def _take(self, most: int) -> bytes:
        """At least one byte and at most `most` of what follows."""
        if not self._buffer:
            await self._fill()
        if len(self._buffer) <= most:
            piece, self._buffer = self._buffer, b""
        else:
            piece, self._buffer = self._buffer[:most], self._buffer[most:]
        return piece

    async def _line(self, *, allow_end: bool = False) -> bytes:
        """The next line, without its CRLF. With `allow_end`, the body's end counts as an empty line."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _LINE_LIMIT:
                raise _incomplete()
            try:
                await self._fill()
            except AwsError:
                if allow_end and not self._buffer:
                    return b""
                raise
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    async def _fill(self) -> None:
        try:
            self._buffer += await anext(self._source)
        except StopAsyncIteration:
            raise _incomplete() from None


def _parse_chunk_head(line: bytes) -> tuple[int, str]:
    size, _, extension = line.partition(b";")
    signature = ""
    if extension.startswith(_CHUNK_SIGNATURE):
        signature = extension[len(_CHUNK_SIGNATURE) :].strip().decode("latin-1")
    try:
        return parse_hexadecimal(size.strip().decode("latin-1")), signature
    except ValueError:
        raise _incomplete() from None


def _incomplete() -> AwsError:
    return AwsError(
        "IncompleteBody",
        "The request body terminated unexpectedly",
        400,
    )
