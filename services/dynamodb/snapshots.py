"""What of DynamoDB is in a snapshot, and what a process forgets when another state is loaded."""

from __future__ import annotations

from pathlib import Path

from awskit.snapshots.contents import Contents
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import reset
from services.dynamodb.store.snapshots import OWNED, RELEASED, RENUMBERED, SERIES, SHOWN, TABLES


def contents(runtime: DynamoDbRuntime, migrations: Path) -> Contents:
    """See `awskit.snapshots`."""

    def loaded() -> None:
        """There are other tables, and other work that they have left."""
        runtime.statistics.clear()
        runtime.catalog.clear()
        runtime.restless.set()
        runtime.job_added.set()
        runtime.outbox.take_over_soon()
        runtime.replication.take_over_soon()

    async def settle() -> None:
        await runtime.statistics.flush(runtime.database)
        await runtime.outbox.forget_delivered()
        await runtime.replication.forget_delivered()

    return Contents(
        migrations=migrations,
        tables=TABLES,
        empty=reset.empty,
        empty_account=reset.empty_account,
        owned=OWNED,
        loaded=loaded,
        shown=SHOWN,
        series=SERIES,
        settle=settle,
        released=RELEASED,
        renumbered=RENUMBERED,
    )
