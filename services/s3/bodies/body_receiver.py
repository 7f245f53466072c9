"""Receive a body in constant memory: hashed as it arrives, kept in memory while it is small, else written to a blob.

In: an async iterator of bytes and what the request claims of it (`Claims`). Out: a `ReceivedBody`, whose blob is in
place but belongs to nobody until its row is committed; whoever fails to commit gives it back with `discard`.
Raised: `BadDigest`, `InvalidDigest`, `EntityTooLarge`, ...: then nothing is left.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field

from awskit.errors import AwsError
from services.s3.bodies import checksums
from services.s3.bodies.blobs import BlobId, BlobStore, BlobWriter
from services.s3.bodies.body_claims import Claims
from services.s3.errors import wrong_md5

MAX_SIZE = 5 * 1024**3
"""Bytes of one PutObject or UploadPart."""

_BUFFER = 256 * 1024
_APART = 4


@dataclass(frozen=True, slots=True)
class ReceivedBody:
    """`md5` is in hexadecimal. `checksums` maps algorithm to base64. Exactly one of `data` and `blob` is set."""

    size: int
    md5: str
    checksums: Mapping[str, str]
    data: bytes | None = None
    blob: BlobId | None = None

    def discard(self, blobs: BlobStore) -> None:
        """Give the bytes back: no row will refer to them."""
        if self.blob is not None:
            blobs.remove((self.blob,))


class _Digests:
    """MD5 and the additional checksums of one body."""

    __slots__ = ("additional", "md5", "sha256")

    def __init__(self, algorithms: frozenset[str], *, sha256: bool) -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.additional = {algorithm: checksums.new(algorithm) for algorithm in algorithms}
        self.sha256 = hashlib.sha256() if sha256 else None

    def update(self, data: bytes) -> None:
        self.md5.update(data)
        for hasher in self.additional.values():
            hasher.update(data)
        if self.sha256 is not None:
            self.sha256.update(data)


@dataclass(slots=True)
class _Spill:
    """What does not fit into a row any more: the writer, and the buffer that a thread is writing and hashing."""

    writer: BlobWriter
    busy: asyncio.Future[None] | None = None
    chunks: list[bytes] = field(default_factory=list)


async def receive(source: AsyncIterable[bytes], claims: Claims, blobs: BlobStore, inline_limit: int) -> ReceivedBody:
    """Read `source` to its end and check it against `claims`; see the module."""
    digests = _Digests(claims.algorithms, sha256=claims.sha256 is not None)
    chunks: list[bytes] = []
    size = waiting = 0
    spill: _Spill | None = None
    try:
        async for chunk in source:
            size += len(chunk)
            waiting += len(chunk)
            chunks.append(chunk)
            if size > MAX_SIZE:
                raise entity_too_large(size)
            if waiting >= _BUFFER:
                if spill is None:
                    spill = _Spill(blobs.create())
                await _hand_over(spill, digests, chunks)
                chunks, waiting = [], 0
        if spill is None and size <= inline_limit:
            return received_small(b"".join(chunks), claims)
        if spill is None:
            spill = _Spill(blobs.create())
        await _hand_over(spill, digests, chunks)
        await _settle(spill)
        received = _checked(claims, digests, size, blob=spill.writer.blob)
        blobs.memory.give_back_soon()
        if spill.writer.is_durable:
            await asyncio.to_thread(spill.writer.commit)
        else:
            # A rename costs less than a thread.
            spill.writer.commit()
        return received
    except BaseException:
        if spill is not None:
            await _abandon(spill)
        raise


def received_small(data: bytes, claims: Claims) -> ReceivedBody:
    """`receive` for a body that is there as a whole and lies in its row."""
    digests = _Digests(claims.algorithms, sha256=claims.sha256 is not None)
    digests.update(data)
    return _checked(claims, digests, len(data), data=data)


async def _hand_over(spill: _Spill, digests: _Digests, chunks: list[bytes]) -> None:
    """Let a thread write and hash `chunks` while the next arrive; at most one buffer is on its way."""
    await _settle(spill)
    spill.busy = asyncio.get_running_loop().run_in_executor(None, _write, spill.writer, digests, chunks)


def _write(writer: BlobWriter, digests: _Digests, chunks: list[bytes]) -> None:
    # Few large ones are not copied together first.
    pieces = chunks if len(chunks) <= _APART else [b"".join(chunks)]
    for piece in pieces:
        digests.update(piece)
        writer.write(piece)
    chunks.clear()


async def _settle(spill: _Spill) -> None:
    busy, spill.busy = spill.busy, None
    if busy is not None:
        await busy


async def _abandon(spill: _Spill) -> None:
    busy, spill.busy = spill.busy, None
    if busy is not None:
        await asyncio.wait((busy,))
    spill.writer.discard()


def _checked(
    claims: Claims, digests: _Digests, size: int, data: bytes | None = None, blob: BlobId | None = None
) -> ReceivedBody:
    """The received body, or the error where it is not what the request claims."""
    md5 = digests.md5.digest()
    if claims.length is not None and size != claims.length:
        raise AwsError(
            "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )
    if claims.md5 is not None and claims.md5 != md5:
        raise wrong_md5(claims.md5, md5, of_part=claims.of_part)
    if claims.sha256 is not None and digests.sha256 is not None and digests.sha256.hexdigest() != claims.sha256:
        raise AwsError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            members={
                "ClientComputedContentSHA256": claims.sha256,
                "S3ComputedContentSHA256": digests.sha256.hexdigest(),
            },
        )
    computed = {name: checksums.encode(hasher.digest()) for name, hasher in digests.additional.items()}
    if claims.declared is None:
        return ReceivedBody(size, md5.hex(), computed, data, blob)
    for name, expected in claims.expected().items():
        if computed[name] != expected:
            raise AwsError("BadDigest", f"The {name} you specified did not match the calculated checksum.")
    return ReceivedBody(size, md5.hex(), computed, data, blob)


def entity_too_large(size: int) -> AwsError:
    """The refusal of a body of `size` bytes."""
    return AwsError(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        members={"ProposedSize": str(size), "MaxSizeAllowed": str(MAX_SIZE)},
    )
