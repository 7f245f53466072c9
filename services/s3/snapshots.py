"""What of S3 is in a snapshot, and what a process forgets when another state is loaded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from awskit.database import Transaction
from awskit.snapshots.contents import Contents
from services.s3.bodies.snapshot_files import SnapshotFiles
from services.s3.runtime import S3Runtime
from services.s3.store import snapshots as store


def contents(runtime: S3Runtime, migrations: Path, forget: Callable[[], None]) -> Contents:
    """See `awskit.snapshots`. `forget` is called beside the rest once other buckets are there."""

    def empty(transaction: Transaction) -> None:
        _remove(transaction, store.empty(transaction))

    def empty_account(transaction: Transaction, account_id: str) -> None:
        _remove(transaction, store.empty_account(transaction, account_id))

    def _remove(transaction: Transaction, free: list[str]) -> None:
        transaction.after_commit(lambda: runtime.blobs.remove(free))

    def taken(transaction: Transaction, state: sqlite3.Connection, account_id: str) -> str | None:
        names = store.names_of_others(transaction, state, account_id)
        if not names:
            return None
        what = "bucket or access point" if any("--xa-s3" in name for name in names) else "bucket"
        return f"the {what}{'s' if len(names) > 1 else ''} {', '.join(names[:5])} belongs to another account by now"

    def loaded() -> None:
        runtime.outbox.take_over_soon()
        forget()

    return Contents(
        migrations=migrations,
        tables=store.TABLES,
        empty=empty,
        empty_account=empty_account,
        owned=store.OWNED,
        loaded=loaded,
        shown=store.SHOWN,
        series=store.SERIES,
        settle=runtime.outbox.forget_delivered,
        released=store.RELEASED,
        files=SnapshotFiles(runtime.blobs, store.files, store.current_files),
        file_columns=store.FILE_COLUMNS,
        taken=taken,
    )
