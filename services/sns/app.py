"""The SNS service, put together: settings, database, signer, fan-out, outbox, operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from awskit.access.control_guard import ControlGuard
from awskit.access.fleet_calls import FleetCalls
from awskit.access.guard import Guard
from awskit.access.isolation import Isolation
from awskit.access.process_access import Access
from awskit.clock import Clock
from awskit.fallback.calls import FallbackCalls
from awskit.fallback.places import FallbackPlaces
from awskit.fallback.trust import trusted
from awskit.faults.injection import Faults
from awskit.http_client import HttpClient
from awskit.journal.trail import Trail
from awskit.outbox import Delivery, Outbox, Outcome, Work
from awskit.service.application import Application, Service
from awskit.service.operation import Operation, discover
from awskit.service.service_process import open_service_database
from awskit.snapshots.routes import routes as snapshot_routes
from awskit.snapshots.snapshots import Snapshots
from services.sns import operations
from services.sns.access.rules import GUARDED, elsewhere, named_arns
from services.sns.control.routes import routes
from services.sns.delivery.deliverer import Deliverer
from services.sns.delivery.delivery_outcomes import Outcomes
from services.sns.delivery.http_deliveries import HttpDeliveries
from services.sns.delivery.http_targets import HttpTargets
from services.sns.delivery.last_tries import LastTries
from services.sns.delivery.outbox_payloads import (
    FAN_OUT_PREFIX,
    FUNCTION_PREFIX,
    HTTP_PREFIX,
    REPLAY_PREFIX,
    STREAM_PREFIX,
)
from services.sns.delivery.queue_deliveries import QueueDeliveries
from services.sns.delivery.queue_multicast import MULTICAST_PREFIX
from services.sns.delivery.service_deliveries import ServiceDeliveries
from services.sns.delivery.sqs_calls import SqsCalls
from services.sns.fault_errors import KNOWN
from services.sns.messages.signing import Signer
from services.sns.protocols import query_protocol
from services.sns.publishing.fan_out import FanOut
from services.sns.publishing.publisher import Publisher
from services.sns.reset import follow_resets, reset_state
from services.sns.resources import resource_of
from services.sns.runtime import SnsRuntime
from services.sns.settings import SnsSettings
from services.sns.snapshots import contents
from services.sns.store import deliveries, signing_keys
from services.sns.store.tables import outbox as outbox_rows
from services.sns.topics.catalog import TopicCatalog

_MAX_BODY = 4 * 1024 * 1024  # bytes: ten messages together may have 1 MB, of which a form may make three times as many
_KEEP_SECONDS = 14 * 86_400
"""How long what was sent to sinks, and what failed, can be looked into; older is dropped at start."""


def migrations() -> Path:
    """The folder of the schema's versions."""
    return Path(__file__).with_name("migrations")


def create_app(settings: SnsSettings, clock: Clock | None = None) -> Application[SnsRuntime]:
    """The ASGI application of a service with these settings. Raises `StartError`."""
    return Application(create_service(settings, clock or Clock()))


def create_service(settings: SnsSettings, clock: Clock) -> Service[SnsRuntime]:
    """The parts of the service and how they hang together. Raises `StartError`."""
    database = open_service_database("sns", settings, settings.database_url, migrations())
    signer = Signer(database.read_now(signing_keys.newest))
    places = FallbackPlaces.of(settings.fallback_urls)
    http_client = HttpClient(tls=trusted(places, settings))
    access = Access.of(settings)
    catalog = TopicCatalog()
    database.changed_elsewhere(catalog.doubt)

    # The outbox delivers through what itself adds entries to it.
    async def deliver(destination: str, outbox_entries: Sequence[Delivery]) -> Sequence[Outcome]:
        return await deliverer.deliver(destination, outbox_entries)

    def give_up(destination: str, delivery: Delivery, reason: str) -> Work | None:
        return last_tries.given_up(destination, delivery, reason)

    faults = Faults("sns", KNOWN)
    outbox = Outbox("sns", outbox_rows, database, clock, faults.around(deliver), give_up=give_up)
    trail = Trail("sns", settings.journal // 2)
    outcomes = Outcomes(database, clock, outbox, trail)
    last_tries = LastTries(outcomes, outbox)
    calls = FallbackCalls(http_client, places, clock)
    prefixes = {"lambda": FUNCTION_PREFIX, "firehose": STREAM_PREFIX}
    to_others = {service: prefix for service, prefix in prefixes.items() if calls.has(service)}
    fan_out = FanOut(catalog, signer, clock, outbox, trail, to_others)
    services = ServiceDeliveries(database, outcomes, calls)
    http = HttpDeliveries(database, outcomes, settings.http_timeout, HttpTargets(settings.http_targets))
    queues = QueueDeliveries(SqsCalls(http_client, settings.sqs_url, FleetCalls(access, clock)), outcomes, outbox)
    deliverer = Deliverer(
        {
            MULTICAST_PREFIX: queues.deliver_multicasts,
            HTTP_PREFIX: http.deliver,
            FUNCTION_PREFIX: services.to_functions,
            STREAM_PREFIX: services.to_streams,
            FAN_OUT_PREFIX: fan_out.deliver_chunks,
            REPLAY_PREFIX: fan_out.deliver_replays,
        },
        queues.deliver,
    )
    publisher = Publisher(database, catalog, fan_out, outbox, settings.settle_timeout)
    runtime = SnsRuntime(settings, clock, database, outbox, catalog, fan_out, publisher, signer)
    follow_resets(runtime)
    snapshots = Snapshots("sns", contents(runtime, migrations()), database, clock, settings)
    protocol = query_protocol()
    # Subscribers check signatures with the certificate.
    open_paths = frozenset({signer.key.certificate_path})

    async def start() -> None:
        await database.write(lambda transaction: deliveries.forget_old(transaction, clock.now() - _KEEP_SECONDS))
        await outbox.start()

    async def stop() -> None:
        await snapshots.stop()
        await outbox.stop()
        await http.close()
        await http_client.close()

    return Service(
        "sns",
        runtime,
        all_operations(),
        lambda request: protocol,
        lambda account_id: reset_state(runtime, account_id),
        guard=None if access.is_open else Guard("sns", access, GUARDED, database, clock),
        control_guard=None if access.is_open else ControlGuard("sns", access, clock, open_paths),
        authorize=Isolation(GUARDED, named_arns, elsewhere, database, clock),
        control={**routes(runtime), **snapshot_routes(snapshots)},
        resource=resource_of,
        faults=faults,
        trail=trail,
        start=start,
        stop=stop,
        max_body=_MAX_BODY,
    )


def all_operations() -> Mapping[tuple[str | None, str], Operation]:
    """Every operation that is built, by model and name."""
    return discover(operations)
