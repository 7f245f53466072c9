"""Which files the rows of a database refer to, read without the service: for `ruststack doctor`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

_OBJECTS = """
    SELECT objects.body_id, objects.size, buckets.name, objects.key FROM objects
    JOIN buckets ON buckets.id = objects.bucket_id
    WHERE objects.body_id IS NOT NULL AND objects.part_count IS NULL
"""
_PARTS = "SELECT blob, size, '', body_id FROM parts WHERE blob IS NOT NULL"
_IDENTITY = "SELECT id FROM database_identity"
_STILL = "SELECT 1 FROM objects WHERE body_id = ? UNION ALL SELECT 1 FROM parts WHERE blob = ?"


class Reference(NamedTuple):
    """A file, how many bytes it is to have, and what they are."""

    blob: str
    size: int
    what: str


def references(connection: sqlite3.Connection) -> Iterator[Reference]:
    """Every file that a row refers to."""
    for statement in _OBJECTS, _PARTS:
        for blob, size, bucket, key in connection.execute(statement):
            name = key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
            yield Reference(blob, size, f"s3://{bucket}/{name}" if bucket else f"a part of the body {name}")


def is_still_referred_to(connection: sqlite3.Connection, blob: str) -> bool:
    """Whether a row does so now."""
    return connection.execute(_STILL, (blob, blob)).fetchone() is not None


def database_id(connection: sqlite3.Connection) -> str | None:
    """The database's id; None where it is of an earlier version, which has none."""
    try:
        row = connection.execute(_IDENTITY).fetchone()
    except sqlite3.OperationalError:
        return None
    return str(row[0]) if row is not None else None
