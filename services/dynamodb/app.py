"""The DynamoDB service, put together: settings, database, operations of both models, background work."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from awskit.access.control_guard import ControlGuard
from awskit.access.guard import Guard
from awskit.access.isolation import Isolation
from awskit.access.process_access import Access
from awskit.clock import Clock
from awskit.fallback.calls import FallbackCalls
from awskit.fallback.places import FallbackPlaces
from awskit.fallback.trust import trusted
from awskit.faults.injection import Faults
from awskit.http_client import HttpClient
from awskit.outbox import Delivery, LastTry, Outbox, Outcome
from awskit.service.application import Application, Service
from awskit.service.operation import Operation, discover
from awskit.service.service_process import open_service_database
from awskit.sinks.route import sink_route
from awskit.sinks.store import SinkStore
from awskit.snapshots.routes import routes as snapshot_routes
from awskit.snapshots.snapshots import Snapshots
from awskit.wire.aws_json import AwsJson
from awskit.wire.http import HttpRequest
from services.dynamodb import operations
from services.dynamodb.access.rules import GUARDED, elsewhere, named_arns
from services.dynamodb.backups import table_copies
from services.dynamodb.control import expired_items, regions
from services.dynamodb.fault_errors import KNOWN
from services.dynamodb.global_tables import copies
from services.dynamodb.global_tables.arrivals import BATCH as ARRIVALS
from services.dynamodb.global_tables.arrivals import Arrivals
from services.dynamodb.housekeeping import kinesis_enabling
from services.dynamodb.housekeeping.background_work import Housekeeping
from services.dynamodb.items.writing import ItemWriter
from services.dynamodb.jobs.background_jobs import Errand, JobRunner, errand_of
from services.dynamodb.middleware import long_id, middleware
from services.dynamodb.protocols import dynamodb_protocol, streams_protocol
from services.dynamodb.replication.replicated_writes import ReplicatedWrites
from services.dynamodb.reset import RESET, reset
from services.dynamodb.resources import resource_of
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.settings import DynamoDbSettings
from services.dynamodb.snapshots import contents
from services.dynamodb.store.schema import outbox as outbox_rows
from services.dynamodb.store.schema import replication as replication_rows
from services.dynamodb.store.schema import sink_messages
from services.dynamodb.streams.kinesis_deliveries import BATCH, LAST_TRY, KinesisDeliveries
from services.dynamodb.streams.kinesis_records import SERVICE as KINESIS
from services.dynamodb.streams.kinesis_records import KinesisChanges
from services.dynamodb.tables.catalog import TableCatalog
from services.dynamodb.tables.statistics import Statistics
from services.dynamodb.transfers import bulk_puts, exports, imports
from services.dynamodb.transfers.s3_client import S3Client

_LARGEST_BODY = 16 * 1024 * 1024
_STREAMS_TARGET = "DynamoDBStreams_"
NEVER: Final = LastTry(math.inf, sys.maxsize)
"""A write reaches the other regions however long these are cut off."""


def migrations() -> Path:
    """The folder of the schema's versions."""
    return Path(__file__).with_name("migrations")


def create_app(settings: DynamoDbSettings, clock: Clock | None = None) -> Application[DynamoDbRuntime]:
    """The ASGI application of a service with these settings. Raises `StartError`, `SettingsError`."""
    return Application(create_service(settings, clock or Clock()))


def create_service(settings: DynamoDbSettings, clock: Clock) -> Service[DynamoDbRuntime]:
    """The service that the application serves."""
    database = open_service_database("dynamodb", settings, settings.database_url, migrations())
    statistics = Statistics()
    places = FallbackPlaces.of(settings.fallback_urls)
    http_client = HttpClient(tls=trusted(places, settings))
    calls = FallbackCalls(http_client, places, clock)
    faults = Faults("dynamodb", KNOWN)
    deliver = faults.around(KinesisDeliveries(calls).deliver)
    outbox = Outbox("dynamodb", outbox_rows, database, clock, deliver, batch_size=BATCH, last_try=LAST_TRY)
    sinks = SinkStore(sink_messages)
    catalog = TableCatalog()

    async def arrive(destination: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return await Arrivals(database, catalog, writer, clock).deliver(destination, deliveries)

    replication = Outbox(
        "dynamodb", replication_rows, database, clock, faults.around(arrive), batch_size=ARRIVALS, last_try=NEVER
    )
    replicated_writes = ReplicatedWrites(replication, catalog, settings.replication_lag)
    writer = ItemWriter(statistics, KinesisChanges(outbox, sinks, calls), replicated_writes)
    runtime = DynamoDbRuntime(settings, clock, database, catalog, statistics, writer, outbox, replication, calls)
    database.changed_elsewhere(runtime.catalog.doubt)
    database.replicas.subscribe(RESET, lambda _: runtime.statistics.clear())
    housekeeping = Housekeeping(runtime)
    snapshots = Snapshots("dynamodb", contents(runtime, migrations()), database, clock, settings)
    s3 = S3Client(http_client, settings.s3_url, clock, settings.credentials)
    runner = JobRunner(runtime, errands(s3), endings(s3))
    access = Access.of(settings)
    dynamodb, streams = dynamodb_protocol(), streams_protocol()

    def protocol(request: HttpRequest) -> AwsJson:
        return streams if request.headers.get("x-amz-target", "").startswith(_STREAMS_TARGET) else dynamodb

    async def start() -> None:
        await outbox.start()
        await replication.start()
        await housekeeping.start()
        await runner.start()

    async def stop() -> None:
        await snapshots.stop()
        await runner.stop()
        await replication.stop()
        await outbox.stop()
        await http_client.close()
        await housekeeping.stop()

    async def empty(account_id: str | None) -> None:
        await reset(runtime, account_id)

    return Service(
        "dynamodb",
        runtime,
        all_operations(),
        protocol,
        empty,
        middleware=middleware,
        guard=None if access.is_open else Guard("dynamodb", access, GUARDED, database, clock),
        control_guard=None if access.is_open else ControlGuard("dynamodb", access, clock),
        authorize=Isolation(GUARDED, named_arns, elsewhere, database, clock),
        control={
            **snapshot_routes(snapshots),
            **expired_items.routes(housekeeping, clock),
            **regions.routes(runtime),
            "/_aws/dynamodb/kinesis-records": sink_route(database, sinks, KINESIS, "kinesis_records"),
        },
        resource=resource_of,
        faults=faults,
        start=start,
        stop=stop,
        max_body=_LARGEST_BODY,
        server="Server",
        request_id=long_id,
    )


def errands(s3: S3Client) -> Mapping[str, Errand]:
    """How each kind of job is done."""
    return {
        table_copies.BACKUP: errand_of(table_copies.advance_backup),
        table_copies.RESTORE: errand_of(table_copies.advance_restore),
        table_copies.SWEEP: errand_of(table_copies.advance_sweep),
        exports.EXPORT: exports.errand(s3),
        imports.IMPORT: imports.errand(s3),
        bulk_puts.BULK: bulk_puts.errand(s3),
        kinesis_enabling.ENABLE: kinesis_enabling.enable,
        copies.COPY: errand_of(copies.advance),
    }


def endings(s3: S3Client) -> Mapping[str, Errand]:
    """How a job that has failed too often ends, where that is more than being given up."""
    return {
        table_copies.BACKUP: table_copies.end_backup,
        table_copies.RESTORE: table_copies.end_restore,
        exports.EXPORT: exports.end_failed,
        imports.IMPORT: imports.ending(s3),
        bulk_puts.BULK: bulk_puts.ending(s3),
        kinesis_enabling.ENABLE: kinesis_enabling.end_failed,
        copies.COPY: copies.end_failed,
    }


def all_operations() -> Mapping[tuple[str | None, str], Operation]:
    """Every operation that is built, by model and name."""
    return discover(operations)
