"""The file that a snapshot is shared as: a tar file, which `tar` can look into.

Its first member is `snapshot.json`, `{"format": 1, "name": ..., "services": {"sqs": {"size": BYTES}, ...}}`; then come,
service by service, the members of each part (`awskit.snapshots.archive`), as many bytes as were announced.

In: pieces of such a file, as they come (`SnapshotReader`, and `Unzipped` before it where it is compressed by gzip).
Out: what of them is which service's. Raised: `Unusable`. No I/O.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from awskit.snapshots.archive import BLOCK, header, member_of, padded
from awskit.snapshots.parts import FORMAT
from awskit.snapshots.refusals import Unusable

GZIP = b"\x1f\x8b"
END = bytes(2 * BLOCK)
_MANIFEST = "snapshot.json"
_LONGEST_MANIFEST = 1024 * 1024
_AT_ONCE = 1024 * 1024
_MOST_TIMES = 200
_UNSUSPICIOUS = 64 * 1024 * 1024

Manifest = dict[str, Any]


def beginning(manifest: Mapping[str, Any]) -> bytes:
    """The first member."""
    content = json.dumps(manifest, indent=1).encode()
    return header(_MANIFEST, len(content)) + content + bytes(padded(len(content)) - len(content))


class SnapshotReader:
    """`manifest` is there once `feed` has had enough of the file."""

    def __init__(self) -> None:
        self.manifest: Manifest | None = None
        self._rest = b""
        self._left = 0  # bytes of the member at hand
        self._service = ""
        self._read: dict[str, int] = {}
        self._ended = False

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """The next piece of the file: what of it is which service's."""
        self._rest += data
        if self.manifest is None and not self._read_manifest():
            return
        while self._rest and not self._ended:
            if self._left:
                piece, self._rest = self._rest[: self._left], self._rest[self._left :]
                self._left -= len(piece)
                yield self._counted(piece)
            elif len(self._rest) < BLOCK:
                return
            else:
                block, self._rest = self._rest[:BLOCK], self._rest[BLOCK:]
                if block == bytes(BLOCK):
                    self._ended = True
                    return
                if self._begin(block):
                    yield self._counted(block)

    def close(self) -> Manifest:
        """The file has ended; what it said of itself. Raises `Unusable` where it has ended too early."""
        if self.manifest is None:
            raise Unusable("the file is no snapshot")
        short = [name for name, size in self._sizes().items() if self._read.get(name, 0) != size]
        if short or self._left or not self._ended:
            raise Unusable("the snapshot's file ends too early")
        return self.manifest

    def size_of(self, service: str) -> int:
        """How many bytes of the file are the service's."""
        return self._sizes()[service]

    def _sizes(self) -> dict[str, int]:
        assert self.manifest is not None
        return {name: entry["size"] for name, entry in self.manifest["services"].items()}

    def _read_manifest(self) -> bool:
        if len(self._rest) < BLOCK:
            return False
        member = member_of(self._rest[:BLOCK])
        if member.name != _MANIFEST or member.size > _LONGEST_MANIFEST:
            raise Unusable(f"the file is no snapshot: it does not begin with {_MANIFEST}")
        end = BLOCK + padded(member.size)
        if len(self._rest) < end:
            return False
        self.manifest = _manifest(self._rest[BLOCK : BLOCK + member.size])
        self._rest = self._rest[end:]
        return True

    def _begin(self, block: bytes) -> bool:
        """Whether the member is a file: `tar` adds folders, which are announced nowhere and of no use."""
        member = member_of(block, or_folder=True)
        service = member.name.partition("/")[0]
        if service not in self._sizes():
            raise Unusable(f"{member.name[:200]!r} has no place in the snapshot")
        if member.isdir():
            return False
        self._service, self._left = service, padded(member.size)
        return True

    def _counted(self, piece: bytes) -> tuple[str, bytes]:
        read = self._read[self._service] = self._read.get(self._service, 0) + len(piece)
        if read > self._sizes()[self._service]:
            raise Unusable(f"the snapshot has more of {self._service} than it says")
        return self._service, piece


def _manifest(content: bytes) -> Manifest:
    try:
        manifest = json.loads(content)
        known = manifest["format"] <= FORMAT
        plain = all(type(entry["size"]) is int and entry["size"] >= 0 for entry in manifest["services"].values())
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise Unusable(f"the snapshot's {_MANIFEST} is none") from error
    if not known:
        made_by = manifest.get("version")
        raise Unusable(f"the snapshot is of format {manifest['format']}, made by RustStack {made_by}: use a newer one")
    if not plain:
        raise Unusable(f"the snapshot's {_MANIFEST} is none")
    return dict(manifest)


class Unzipped:
    """What gzip has compressed, a piece at a time. More than can be meant is refused, before it takes all room."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self._in = self._out = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the next piece holds."""
        self._in += len(data)
        while data and not self._zlib.eof:
            try:
                piece = self._zlib.decompress(data, _AT_ONCE)
            except zlib.error as error:
                raise Unusable(f"the file is damaged: {error}") from error
            self._out += len(piece)
            if self._out > _UNSUSPICIOUS + _MOST_TIMES * self._in:
                raise Unusable("the file holds far more than its size lets expect; give it uncompressed if that is so")
            yield piece
            data = self._zlib.unconsumed_tail
