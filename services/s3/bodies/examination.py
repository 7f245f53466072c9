"""Compares the objects' files with what the database says of them, for `ruststack doctor`; nothing is changed.

In: the folder (`<data>/s3`) and a connection that reads `s3.db`. Out: an `Examination`.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from services.s3.store import blob_references
from services.s3.store.blob_references import Reference


@dataclass
class Examination:
    """`known` files are as they should be; `unknown` ones are in no row. Sizes are in bytes."""

    known: int = 0
    missing: list[Reference] = field(default_factory=list)
    wrong_size: list[Reference] = field(default_factory=list)
    unknown: int = 0
    unknown_bytes: int = 0
    quarantined: int = 0
    quarantined_bytes: int = 0
    is_another_databases: bool = False


def examine(folder: Path, connection: sqlite3.Connection) -> Examination:
    """Look through all of it. OSError where a folder cannot be read."""
    found = Examination()
    sizes = _sizes_below(folder / "objects")
    for reference in blob_references.references(connection):
        size = sizes.pop(reference.blob, None)
        if size is None:
            # A service that is at work may have made it, or deleted it, meanwhile.
            size = _size_of(folder / "objects" / reference.blob[:2] / reference.blob)
        if size == reference.size:
            found.known += 1
        elif blob_references.is_still_referred_to(connection, reference.blob):
            (found.missing if size is None else found.wrong_size).append(reference)
    found.unknown, found.unknown_bytes = len(sizes), sum(sizes.values())
    quarantined = _sizes_below(folder / "quarantine")
    found.quarantined, found.quarantined_bytes = len(quarantined), sum(quarantined.values())
    own, owner = blob_references.database_id(connection), folder / "owner"
    found.is_another_databases = own is not None and owner.exists() and owner.read_text().strip() != own
    return found


def _sizes_below(folder: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            size = _size_of(Path(parent, name))
            if size is not None:
                sizes[name] = size
    return sizes


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
