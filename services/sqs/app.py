"""The SQS service, put together: settings, database, what is kept in memory, operations, background work."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from awskit.access.control_guard import ControlGuard
from awskit.access.guard import Guard
from awskit.access.process_access import Access
from awskit.clock import Clock
from awskit.faults.injection import Faults
from awskit.journal.trail import Trail
from awskit.service.application import Application, Service
from awskit.service.operation import Operation, discover
from awskit.service.service_process import StartError, open_service_database
from awskit.snapshots.routes import routes as snapshot_routes
from awskit.snapshots.snapshots import Snapshots
from services.sqs import operations
from services.sqs.access.rules import GUARDED
from services.sqs.control import backlog_view, deliveries, message_inspection
from services.sqs.fault_errors import KNOWN
from services.sqs.housekeeping import Housekeeping
from services.sqs.local_state.local_state import local_state
from services.sqs.protocols import SqsProtocols
from services.sqs.queues.queue_urls import QueueUrls
from services.sqs.redrive.move_tasks import MoveTasks
from services.sqs.reset import reset
from services.sqs.resources import resource_of
from services.sqs.runtime import SqsRuntime
from services.sqs.settings import SqsSettings
from services.sqs.snapshots import contents

_MAX_BODY = 8 * 1024 * 1024  # bytes: ten messages together may have 1 MB, of which JSON may make six times as many


def migrations() -> Path:
    """The folder of the schema's versions."""
    return Path(__file__).with_name("migrations")


def create_app(settings: SqsSettings, clock: Clock | None = None) -> Application[SqsRuntime]:
    """The ASGI application of a service with these settings. Raises `StartError`."""
    return Application(create_service(settings, clock or Clock()))


def create_service(settings: SqsSettings, clock: Clock) -> Service[SqsRuntime]:
    """The service with these settings, its database open and of this version. Raises `StartError`, `SettingsError`."""
    try:
        urls = QueueUrls(settings.endpoint_strategy, settings.localstack_host)
    except ValueError as error:
        raise StartError(str(error)) from error
    database = open_service_database("sqs", settings, settings.database_url, migrations(), row_locks=True)
    trail = Trail("sqs", settings.journal // 2)
    local = local_state(clock, database, maximum_in_flight=settings.maximum_in_flight, trail=trail)
    housekeeping = Housekeeping(clock, database)
    move_tasks = MoveTasks(clock, database, local)
    runtime = SqsRuntime(settings, clock, database, local, housekeeping, move_tasks, urls)
    protocols = SqsProtocols()
    faults = Faults("sqs", KNOWN)
    access = Access.of(settings)
    control_guard = ControlGuard("sqs", access, clock)

    snapshots = Snapshots("sqs", contents(runtime, migrations()), database, clock, settings)

    async def reset_state(account_id: str | None) -> None:
        await reset(runtime, account_id)

    async def start() -> None:
        await housekeeping.start()
        await move_tasks.start()

    async def stop() -> None:
        await snapshots.stop()
        await move_tasks.stop()
        await housekeeping.stop()

    return Service(
        "sqs",
        runtime,
        all_operations(),
        protocols.of,
        reset_state,
        guard=None if access.is_open else Guard("sqs", access, GUARDED, database, clock),
        control_guard=None if access.is_open else control_guard,
        control={
            **message_inspection.routes(runtime, protocols),
            **backlog_view.routes(runtime),
            **deliveries.routes(runtime, access, control_guard),
            **snapshot_routes(snapshots),
        },
        resource=resource_of,
        faults=faults,
        trail=trail,
        start=start,
        stop=stop,
        stopping=local.long_polls.stop,
        max_body=_MAX_BODY,
    )


def all_operations() -> Mapping[tuple[str | None, str], Operation]:
    """Every operation that is built, by model and name."""
    return discover(operations)
