"""What of SNS is in a snapshot, and what a process forgets when another state is loaded."""

from __future__ import annotations

from pathlib import Path

from awskit.snapshots.contents import Contents
from services.sns.runtime import SnsRuntime
from services.sns.store import reset
from services.sns.store.snapshots import OWNED, RELEASED, SERIES, SHOWN, TABLES


def contents(runtime: SnsRuntime, migrations: Path) -> Contents:
    """See `awskit.snapshots`."""

    def loaded() -> None:
        """There are other topics, and other deliveries to be made."""
        runtime.catalog.forget_all()
        runtime.outbox.take_over_soon()

    return Contents(
        migrations=migrations,
        tables=TABLES,
        empty=reset.empty_all,
        empty_account=reset.empty_account,
        owned=OWNED,
        loaded=loaded,
        shown=SHOWN,
        series=SERIES,
        settle=runtime.outbox.forget_delivered,
        released=RELEASED,
    )
