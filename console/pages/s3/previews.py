"""What the beginning of an object looks like: as a text, JSON, rows, a picture, or bytes. Nothing of it is run.

In: its first bytes, its size and type. Out: a `Preview`, which the template shows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from console.frame.texts import pretty

PREVIEWED = 256 * 1024
_IMAGES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/svg+xml",
    "image/bmp",
    "image/x-icon",
)
_ENDINGS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "csv": "text/csv",
    "html": "text/html",
}
_UNKNOWN = ("", "binary/octet-stream", "application/octet-stream")
_MOST_ROWS = 200
_MOST_CELLS = 40
_HEX_BYTES = 512

Kind = Literal["empty", "text", "rows", "image", "hex"]


@dataclass(frozen=True, slots=True)
class Preview:
    """`is_page`: it may be looked at in a sandbox; `is_cut`: there is more than is shown."""

    kind: Kind
    text: str = ""
    rows: Sequence[Sequence[str]] = ()
    is_page: bool = False
    is_cut: bool = False


def preview_of(beginning: bytes, size: int, content_type: str, key: str) -> Preview:
    """See the module."""
    if not size:
        return Preview("empty")
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _UNKNOWN:
        kind = _ENDINGS.get(key.rpartition(".")[2].lower(), kind)
    if kind in _IMAGES:
        return Preview("image")
    is_cut = size > len(beginning)
    text = _text(beginning, is_cut=is_cut)
    if text is None:
        return Preview("hex", _hex(beginning[:_HEX_BYTES]), is_cut=size > _HEX_BYTES)
    if kind == "text/csv":
        rows = _rows(text)
        if rows:
            return Preview("rows", rows=rows[:_MOST_ROWS], is_cut=is_cut or len(rows) > _MOST_ROWS)
    return Preview("text", text if is_cut else pretty(text), is_page=kind == "text/html", is_cut=is_cut)


def _text(beginning: bytes, *, is_cut: bool) -> str | None:
    """None where it is no UTF-8, or looks like none of a person's."""
    if b"\0" in beginning:
        return None
    try:
        return beginning.decode()
    except UnicodeDecodeError as error:
        if is_cut and error.start >= len(beginning) - 3:
            return beginning[: error.start].decode()
        return None


def _rows(text: str) -> list[list[str]]:
    try:
        return [row[:_MOST_CELLS] for _, row in zip(range(_MOST_ROWS + 1), csv.reader(io.StringIO(text)), strict=False)]
    except csv.Error:
        return []


def _hex(data: bytes) -> str:
    lines = []
    for start in range(0, len(data), 16):
        part = data[start : start + 16]
        seen = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:08x}  {part.hex(' '):<47}  {seen}")
    return "\n".join(lines)
