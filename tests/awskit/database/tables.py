"""A database for a test that has tables of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from awskit.database import Database, open_database


@contextmanager
def database_with(metadata: sa.MetaData, url: str, *, row_locks: bool = False) -> Iterator[Database]:
    """The database at `url`, in which these tables are made."""
    engine = sa.create_engine(url)
    metadata.create_all(engine)
    engine.dispose()
    opened = open_database(url, row_locks=row_locks)
    try:
        yield opened
    finally:
        opened.close()
