"""What DynamoDB's handlers share."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

from awskit.clock import Clock
from awskit.database import Database
from awskit.fallback.calls import FallbackCalls
from awskit.outbox import Outbox
from awskit.service.context import RequestContext
from services.dynamodb.items.writing import ItemWriter
from services.dynamodb.settings import DynamoDbSettings
from services.dynamodb.tables.backfilling import Backfill
from services.dynamodb.tables.catalog import TableCatalog
from services.dynamodb.tables.statistics import Statistics


@dataclass(frozen=True, slots=True)
class DynamoDbRuntime:
    """The service's parts. `replication` has the writes for other regions.

    `restless` is set where background work may be waiting, `job_added` where a job is.
    """

    settings: DynamoDbSettings
    clock: Clock
    database: Database
    catalog: TableCatalog
    statistics: Statistics
    writer: ItemWriter
    outbox: Outbox
    replication: Outbox
    calls: FallbackCalls
    restless: threading.Event = field(default_factory=threading.Event)
    job_added: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def backfill(self) -> Backfill:
        """What fills new indexes and times to live."""
        return Backfill(self.catalog, self.statistics)


DynamoDbContext = RequestContext[DynamoDbRuntime]


def signer_of(context: DynamoDbContext) -> dict[str, str | None]:
    """With whose credentials a job that the request begins asks other services: an entry of the job's document."""
    signer = {"AccessKeyId": context.access_key_id}
    if context.identity is not None and context.identity.session_token is not None:
        signer["SessionToken"] = context.identity.session_token
    return signer
