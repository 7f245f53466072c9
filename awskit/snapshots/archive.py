"""A part as a piece of a tar file: read by offset, as if it lay there, and unpacked from one that somebody gave.

The members are `SERVICE/part.json`, `SERVICE/state.db`, `SERVICE/objects/xx/...` and nothing else: a name that is none
of these, a link, a device, a size that does not fit is refused (`Unusable`) before anything is written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from awskit.snapshots.parts import DESCRIPTION, OBJECTS, STATE
from awskit.snapshots.refusals import Unusable

if TYPE_CHECKING:
    import tarfile  # half a megabyte, of every process: imported where a file is written or read

BLOCK = 512
_CHUNK = 256 * 1024
_LARGEST_DESCRIPTION = 64 * 1024
_OBJECT = re.compile(rf"{OBJECTS}/([0-9a-f]{{2}})/\1[0-9a-f]{{30}}")


class Archive:
    """The members of a part, in the order and with the headers that they have in the tar file."""

    def __init__(self, folder: Path, service: str) -> None:
        self._members: list[tuple[int, bytes, Path, int]] = []
        self.size = 0
        for path in [folder / DESCRIPTION, folder / STATE, *sorted((folder / OBJECTS).rglob("*"))]:
            if path.is_file():
                self._add(path, f"{service}/{path.relative_to(folder)}")

    def _add(self, path: Path, name: str) -> None:
        size = path.stat().st_size
        self._members.append((self.size, header(name, size), path, size))
        self.size += BLOCK + padded(size)

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on; fewer at the end only."""
        parts: list[bytes] = []
        for start, head, path, size in self._members[self._first(offset) :]:
            end = start + BLOCK + padded(size)
            while offset < end and count > 0:
                piece = _piece(head, path, size, offset - start, count)
                if not piece:
                    raise Unusable(f"the snapshot's {path.name} is shorter than it was")
                parts.append(piece)
                offset += len(piece)
                count -= len(piece)
            if count <= 0:
                break
        return b"".join(parts)

    def _first(self, offset: int) -> int:
        low, high = 0, len(self._members)
        while low < high:
            middle = (low + high) // 2
            if self._members[middle][0] <= offset:
                low = middle + 1
            else:
                high = middle
        return max(low - 1, 0)


def header(name: str, size: int) -> bytes:
    """A member's header block."""
    import tarfile

    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member.tobuf(tarfile.GNU_FORMAT)


def padded(size: int) -> int:
    """How many bytes a member of `size` takes after its header."""
    return -(-size // BLOCK) * BLOCK


def member_of(block: bytes, *, or_folder: bool = False) -> tarfile.TarInfo:
    """What a header block says. Raises `Unusable` where it is none, or is not of a plain file (or of a folder)."""
    import tarfile

    try:
        member = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.TarError, ValueError) as error:
        raise Unusable(f"the file is no snapshot: {error}") from error
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) and not (
        or_folder and member.isdir() and not member.size
    ):
        raise Unusable(f"the snapshot's {member.name[:100]!r} is no plain file")
    if member.size < 0:
        raise Unusable(f"the snapshot's {member.name[:100]!r} has no size")
    return member


def unpack(archive: BinaryIO, service: str, into: Path) -> None:
    """Write the members that a part may have into the folder `into`. Raises `Unusable`."""
    seen: set[str] = set()
    while block := archive.read(BLOCK):
        member = member_of(block)
        name = member.name.removeprefix(f"{service}/")
        known = name in (DESCRIPTION, STATE) or _OBJECT.fullmatch(name) is not None
        if not known or name == member.name or name in seen:
            raise Unusable(f"{member.name[:200]!r} has no place in a snapshot of {service}")
        if name == DESCRIPTION and member.size > _LARGEST_DESCRIPTION:
            raise Unusable(f"the snapshot's {DESCRIPTION} is too long")
        seen.add(name)
        target = into / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("xb") as file:
            for chunk in _content(archive, member.size):
                file.write(chunk)
    if not {DESCRIPTION, STATE} <= seen:
        raise Unusable(f"the snapshot's part of {service} is not whole")


def _content(archive: BinaryIO, size: int) -> Iterator[bytes]:
    left = padded(size)
    while left:
        chunk = archive.read(min(left, _CHUNK))
        if not chunk:
            raise Unusable("the snapshot's file ends too early")
        yield chunk[: max(size, 0)]
        left -= len(chunk)
        size -= len(chunk)


def _piece(head: bytes, path: Path, size: int, skip: int, count: int) -> bytes:
    """From one member: `count` bytes at most, after the first `skip`."""
    if skip < BLOCK:
        return head[skip : skip + count]
    skip -= BLOCK
    if skip < size:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, min(count, size - skip), skip)
        finally:
            os.close(descriptor)
    return bytes(min(count, padded(size) - skip))
