"""Files among the objects that no row of the database refers to.

A crash between putting a file in place and committing its row leaves one; so does a database that was lost, emptied, or
changed for another. As nobody can tell these apart for sure, none is ever deleted: where the database is the one that
the folder belongs to, they are moved to `quarantine/`, from where a row that needs one after all gets it back
(`BlobStore.descriptor`); under any other database they stay where they are.

`owner`, beside the objects, holds the id of the database that the folder belongs to.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from pathlib import Path

from services.s3.bodies.blobs import BlobId, BlobStore

Referenced = Callable[[str], Awaitable[frozenset[BlobId]]]
"""Which blobs, of those whose ids begin so, rows refer to."""

_LOG = logging.getLogger("ruststack.s3.objects")


class Belonging(Enum):
    """Whose the folder is, as seen from the database."""

    OURS = auto()
    ANOTHERS = auto()


async def belonging(store: BlobStore, database_id: str, referenced: Referenced) -> Belonging:
    """Whose the folder is; one that is nobody's yet becomes this database's.

    A folder without a name in it is an earlier version's: it is this database's where it is empty, or where the
    database knows any of the files.
    """
    owner = store.owner()
    if owner is not None:
        return Belonging.OURS if owner == database_id else Belonging.ANOTHERS
    if any(names for _, names in store.folders()) and not await _any_known(store, referenced):
        return Belonging.ANOTHERS
    store.set_owner(database_id)
    return Belonging.OURS


async def _any_known(store: BlobStore, referenced: Referenced) -> bool:
    for prefix, names in store.folders():
        if names and not (await referenced(prefix)).isdisjoint(names):
            return True
        await asyncio.sleep(0)
    return False


async def put_aside(store: BlobStore, database_id: str, referenced: Referenced, before: float) -> int:
    """Move what no row refers to, and was there before `before` (seconds since the epoch), to the quarantine.

    Returns how many files were moved; none where the folder is another database's.
    """
    if await belonging(store, database_id, referenced) is Belonging.ANOTHERS:
        _LOG.warning(
            "the objects in %s belong to another database than this one, which is new or was changed; they are left as"
            " they are (`ruststack doctor` says more)",
            store.folder,
        )
        return 0
    moved = 0
    for prefix, names in store.folders():
        known = await referenced(prefix) if names else frozenset()
        for name in names:
            if name not in known and _changed(store.path(name)) < before and store.quarantine(name):
                moved += 1
        await asyncio.sleep(0)
    if moved:
        _LOG.warning("%d files that no object refers to have been moved to %s", moved, store.quarantine_folder)
    return moved


def _changed(path: Path) -> float:
    try:
        return path.stat().st_ctime
    except FileNotFoundError:
        return float("inf")
