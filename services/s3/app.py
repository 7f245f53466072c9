"""The S3 service, put together: settings, database, blobs, operations, background work."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from awskit.access.control_guard import ControlGuard
from awskit.access.fleet_calls import FleetCalls
from awskit.access.process_access import Access
from awskit.clock import Clock
from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.fallback.calls import FallbackCalls
from awskit.fallback.places import FallbackPlaces
from awskit.fallback.trust import trusted
from awskit.faults.injection import Faults
from awskit.http_client import HttpClient
from awskit.journal.trail import Trail
from awskit.outbox import Delivery, GiveUp, LastTry, Outbox, Outcome, Work
from awskit.process.transient_folder import transient_folder
from awskit.service.application import Application, ControlRoute, Service
from awskit.service.operation import Operation, discover
from awskit.service.service_process import open_service_database
from awskit.sinks.route import sink_route
from awskit.sinks.store import SinkStore
from awskit.snapshots.routes import routes as snapshot_routes
from awskit.snapshots.snapshots import Snapshots
from awskit.wire.http import HttpRequest
from awskit.wire.model import load_model
from awskit.wire.rest_xml import RestXml, short_id
from services.s3 import operations
from services.s3.access.authorization import authorize
from services.s3.access.express_protocol import ExpressXml, is_for_express
from services.s3.access.guard import S3Guard
from services.s3.access.presigned_urls import wait_for_newer_signatures
from services.s3.access_logs.access_log import AccessLog
from services.s3.bodies import unknown_blobs
from services.s3.bodies.blobs import BlobStore
from services.s3.bodies.durable_files import DurableFiles
from services.s3.fault_errors import KNOWN
from services.s3.housekeeping.inventory_work import InventoryWork
from services.s3.housekeeping.lifecycle_work import LifecycleWork
from services.s3.middleware import bucket_first, middleware
from services.s3.notifications.event_records import request_id_of
from services.s3.notifications.other_services import OtherServices
from services.s3.notifications.senders import Senders
from services.s3.ownership.identities import Identities, SeenSigners
from services.s3.replication.replicas import REPLICATION, given_up, replicate
from services.s3.reset import follow_resets, reset
from services.s3.resources import resource_of
from services.s3.runtime import S3Runtime
from services.s3.settings import S3Settings
from services.s3.snapshots import contents
from services.s3.store import buckets, objects, uploads
from services.s3.store.database_identity import database_id
from services.s3.store.tables import outbox as outbox_rows
from services.s3.store.tables import sink_messages

_CONTROL_PATH = "/v20180820/"
_MAX_DOCUMENT = 4 * 1024 * 1024  # bytes: 10,000 parts of an upload with two checksums each are 3 MB
_MAX_HEAD = 8192  # bytes of a request's header section
# S3 does not say how long it tries. EventBridge, which takes events too, says a day and 185 times:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
_LAST_TRY = LastTry(86_400.0, 185)


def migrations() -> Path:
    """The folder of the schema's versions."""
    return Path(__file__).with_name("migrations")


def create_app(settings: S3Settings, clock: Clock | None = None) -> Application[S3Runtime]:
    """The ASGI application of a service with these settings. Raises `StartError`, `SettingsError`."""
    return Application(create_service(settings, clock or Clock()))


def create_service(settings: S3Settings, clock: Clock) -> Service[S3Runtime]:
    """Everything that `create_app` serves, put together; nothing is running yet."""
    database = open_service_database("s3", settings, settings.database_url, migrations())
    kept = settings.persistence or settings.database_url is not None
    folder = settings.data_dir / "s3" if kept else transient_folder("s3")
    places = FallbackPlaces.of(settings.fallback_urls)
    http_client = HttpClient(tls=trusted(places, settings))
    access = Access.of(settings)

    async def owner_of(name: str) -> str:
        bucket = await database.read(lambda transaction: buckets.find(transaction, name))
        return "" if bucket is None else bucket.account_id

    trail = Trail("s3", settings.journal // 2)

    def note(cause: str, message: str, destination: str, text: str) -> None:
        trail.note(clock.now(), "event", cause, message, destination, text)

    calls = FallbackCalls(http_client, places, clock)
    others = OtherServices(calls, note)
    senders = Senders(http_client, settings, FleetCalls(access, clock), owner_of, note)

    async def deliver(destination: str, outbox_entries: Sequence[Delivery]) -> Sequence[Outcome]:
        if destination == REPLICATION:
            return await replicate(runtime, outbox_entries)
        if others.take(destination):
            return await others.deliver(destination, outbox_entries)
        return await senders.deliver(destination, outbox_entries)

    faults = Faults("s3", KNOWN)
    outbox = Outbox(
        "s3", outbox_rows, database, clock, faults.around(deliver), last_try=_LAST_TRY, give_up=_giving_up(note)
    )
    runtime = S3Runtime(
        settings,
        clock,
        database,
        BlobStore(folder, DurableFiles(durable=settings.synchronous.upper() == "FULL")),
        Identities(access),
        SeenSigners(),
        outbox,
        senders.send,
        calls,
        SinkStore(sink_messages),
    )
    follow_resets(runtime)
    log = AccessLog(runtime)
    snapshots = Snapshots("s3", contents(runtime, migrations(), log.forget_configurations), database, clock, settings)
    background = Background(runtime, http_client, log, snapshots, None if kept else folder)
    s3 = RestXml(load_model("s3"))
    return Service(
        "s3",
        runtime,
        all_operations(),
        _protocols(s3),
        partial(reset, runtime),
        middleware=middleware(runtime, s3, log),
        guard=None if access.is_open else S3Guard(runtime),
        control_guard=None if access.is_open else ControlGuard("s3", access, clock),
        authorize=authorize,
        unreadable=bucket_first(database),
        control={**snapshot_routes(snapshots), **_sink_routes(runtime)},
        resource=resource_of,
        faults=faults,
        trail=trail,
        start=background.start,
        stop=background.stop,
        clock_advanced=partial(wait_for_newer_signatures, runtime),
        decides_origins=True,
        max_body=_MAX_DOCUMENT,
        too_large=_document_too_large,
        server="AmazonS3",
        request_id=short_id,
        max_head=_MAX_HEAD,
    )


def _protocols(s3: RestXml) -> Callable[[HttpRequest], RestXml]:
    """What picks a request's protocol: that of S3, of S3 Control, or of directory buckets' own endpoint."""
    s3_control, express = RestXml(load_model("s3control")), ExpressXml(load_model("s3"))

    def protocol(request: HttpRequest) -> RestXml:
        if request.path == "/" and is_for_express(request):
            return express
        return s3_control if request.path.startswith(_CONTROL_PATH) else s3

    return protocol


def _sink_routes(runtime: S3Runtime) -> Mapping[str, ControlRoute]:
    return {
        "/_aws/s3/lambda-events": sink_route(runtime.database, runtime.sinks, "lambda", "lambda_events"),
        "/_aws/s3/eventbridge-events": sink_route(runtime.database, runtime.sinks, "eventbridge", "eventbridge_events"),
    }


def _giving_up(note: Callable[[str, str, str, str], None]) -> GiveUp:
    """What follows where the outbox gives up: a replication has failed, and the way of an event shows it."""

    def give_up(destination: str, delivery: Delivery, reason: str) -> Work | None:
        if destination == REPLICATION:
            return given_up(delivery)
        note(request_id_of(delivery.payload), "", destination, f"given up: {reason}")
        return None

    return give_up


def _document_too_large() -> AwsError:
    return AwsError("MaxMessageLengthExceeded", "Your request was too big.")


def all_operations() -> Mapping[tuple[str | None, str], Operation]:
    """Every operation that is built, by model and name: S3 Control has namesakes of S3's, of other kinds of buckets."""
    return {(model or "s3", name): operation for (model, name), operation in discover(operations).items()}


class Background:
    """What goes on beside the requests: the outbox, midnight's work, access logs; at start, unknown files put aside."""

    def __init__(
        self,
        runtime: S3Runtime,
        http_client: HttpClient,
        log: AccessLog,
        snapshots: Snapshots,
        transient: Path | None,
    ) -> None:
        self._transient = transient
        self._runtime = runtime
        self._snapshots = snapshots
        self._access_log = log
        self._http_client = http_client
        self._at_midnight = (LifecycleWork(runtime), InventoryWork(runtime))
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self) -> None:
        self._runtime.blobs.open()
        await self._runtime.outbox.start()
        # Other processes may be about to commit what they have just put in place.
        grace = 86_400.0 if self._runtime.database.is_shared else 0.0
        before = time.time() - grace
        self._tasks.append(asyncio.create_task(self._access_log.run()))
        self._tasks.extend(asyncio.create_task(work.run()) for work in self._at_midnight)
        self._tasks.append(asyncio.create_task(self._put_unknown_aside(before)))

    async def stop(self) -> None:
        await self._snapshots.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for work in self._at_midnight:
            work.stop()
        await self._access_log.stop()
        await self._runtime.outbox.stop()
        await self._http_client.close()
        self._runtime.blobs.close()
        if self._transient is not None:
            shutil.rmtree(self._transient, ignore_errors=True)

    async def _put_unknown_aside(self, before: float) -> None:
        runtime = self._runtime
        try:
            own_id = await runtime.database.read(database_id)
            await unknown_blobs.put_aside(runtime.blobs, own_id, self._referenced, before)
        except Exception:
            logging.getLogger("ruststack.s3.objects").exception("the objects could not be looked through")

    async def _referenced(self, prefix: str) -> frozenset[str]:
        def work(transaction: Transaction) -> frozenset[str]:
            return frozenset((*objects.bodies(transaction, prefix), *uploads.blobs(transaction, prefix)))

        return await self._runtime.database.read(work)
