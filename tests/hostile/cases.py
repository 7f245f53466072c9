"""Cases: requests that once found something, as files of data in `corpus/`, one for each finding.

A case has a name, the service that gets it, straight and through the gateway, and the request's pieces: texts (their
characters are bytes), or `[text, times]` for what is repeated. `{length}` in a head is the number of bytes after it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.hostile.mutations import Sent

CORPUS = Path(__file__).with_name("corpus")
_REPEATED = re.compile(r"(.{1,24}?)\1{15,}", re.DOTALL)


@dataclass(frozen=True)
class Case:
    """`statuses`: what may be answered; any but a failure where it is empty."""

    name: str
    service: str
    sent: Sent
    statuses: tuple[int, ...] = ()


def cases(folder: Path = CORPUS) -> Iterator[Case]:
    """Every case of the corpus."""
    for path in sorted(folder.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text()):
            yield _case(entry)


def _case(entry: dict[str, Any]) -> Case:
    whole = b"".join(_bytes_of(piece) for piece in entry["request"])
    head, _, body = whole.partition(b"\r\n\r\n")
    whole = head.replace(b"{length}", b"%d" % len(body)) + b"\r\n\r\n" + body
    answers = 1 if entry.get("answers", True) else 0
    sent = Sent(entry["name"], [whole], answers, whole.startswith(b"HEAD "), entry.get("half_close", False))
    return Case(entry["name"], entry["service"], sent, tuple(entry.get("statuses", ())))


def _bytes_of(piece: str | list[Any]) -> bytes:
    text, times = (piece, 1) if isinstance(piece, str) else piece
    return str(text).encode("latin-1") * int(times)


def save(folder: Path, service: str, sent: Sent, why: str) -> Path:
    """Write a finding down as a case; the file's path is returned."""
    whole = b"".join(sent.pieces)
    entry: dict[str, Any] = {"name": f"{sent.label}: {why}"[:300], "service": service, "request": _pieces(whole)}
    if not sent.answers:
        entry["answers"] = False
    if sent.half_close:
        entry["half_close"] = True
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{service}-{hashlib.sha256(whole).hexdigest()[:10]}.yaml"
    path.write_text(yaml.safe_dump([entry], sort_keys=False, width=120))
    return path


def _pieces(whole: bytes) -> list[Any]:
    text = whole.decode("latin-1")
    pieces: list[Any] = []
    place = 0
    for found in _REPEATED.finditer(text) if len(text) < 200_000 else ():
        if found.start() > place:
            pieces.append(text[place : found.start()])
        pieces.append([found[1], len(found[0]) // len(found[1])])
        place = found.end()
    return [*pieces, text[place:]] if place < len(text) else pieces
