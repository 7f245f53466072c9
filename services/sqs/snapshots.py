"""What of SQS is in a snapshot, and what a process forgets when another state is loaded."""

from __future__ import annotations

from pathlib import Path

from awskit.snapshots.contents import Contents
from services.sqs.runtime import SqsRuntime
from services.sqs.store import reset
from services.sqs.store.snapshots import OWNED, SERIES, SHOWN, TABLES


def contents(runtime: SqsRuntime, migrations: Path) -> Contents:
    """See `awskit.snapshots`."""

    def loaded() -> None:
        """There are other queues: receives that wait look again, and what their state left to do is done."""
        runtime.local.forget_all()
        runtime.local.long_polls.wake_everyone_here()
        runtime.housekeeping.sweep_soon()
        runtime.move_tasks.work_soon()

    return Contents(
        migrations=migrations,
        tables=TABLES,
        empty=reset.empty,
        empty_account=reset.empty_account,
        owned=OWNED,
        loaded=loaded,
        shown=SHOWN,
        series=SERIES,
    )
