"""A service's application: request in, operation run, answer out.

In: exchanges (`handle`), or ASGI's `http` and `lifespan` scopes. Out: the operation's answer, or the error's, in the
protocol of the request.
Nothing is raised to the server: an `AwsError` is rendered, a bug is logged with its trace and answered as
`InternalFailure`, a client that went away is forgotten.

Beside AWS's operations each service answers the gateway and the person who runs it under `/_ruststack/`: `health`,
`metrics`, `reset`, `clock`; and what it registers itself (`/_aws/sqs/messages`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

from awskit.access.control_guard import ControlGuard
from awskit.access.identities import Identity
from awskit.clock import Clock
from awskit.control.kept_clock import KeptClock
from awskit.control.metrics import Metrics
from awskit.control.routes import Control, json_response
from awskit.control.storage import storage_route
from awskit.database import Database, Transaction
from awskit.errors import AwsError, internal_failure, not_implemented, unavailable
from awskit.faults.injection import ConnectionBroken, Faults
from awskit.faults.route import route as faults_route
from awskit.faults.rules import Rule
from awskit.http.asgi import AsgiExchange, Receive, Scope, Send
from awskit.http.exchange import BROKEN_OFF, MAX_HEAD, Exchange
from awskit.http.request_ids import RequestIds
from awskit.journal.lines import line
from awskit.journal.ring import Journal
from awskit.journal.route import route as journal_route
from awskit.journal.trail import Trail
from awskit.journal.trail import route as trail_route
from awskit.process.data_file import DataFile
from awskit.process.storage_faults import StorageHealth, fault_of
from awskit.service.context import RequestContext
from awskit.service.entrance import Entrance, EntranceSettings
from awskit.service.operation import Operation
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, caller_of
from awskit.wire.http import BodyTooLarge, ClientDisconnected, HttpRequest, HttpResponse
from awskit.wire.protocol import OperationShape, WireProtocol

Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]
Middleware = Callable[[HttpRequest, Handle], Awaitable[HttpResponse]]
ControlRoute = Callable[[HttpRequest], Awaitable[HttpResponse]]
Hook = Callable[[], Awaitable[None]]

_REQUEST_ID = "x-ruststack-request-id"
# an id as the gateway makes them: whoever reaches a service directly can send anything
_is_request_id = re.compile(r"[0-9A-Za-z-]{36}").fullmatch
_MAX_BODY = 64 * 1024 * 1024


class ApplicationSettings(EntranceSettings, Protocol):
    """`journal` is how many requests are remembered."""

    @property
    def journal(self) -> int: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def persistence(self) -> bool: ...


class Runtime(Protocol):
    """What the application itself needs of a service's runtime."""

    @property
    def clock(self) -> Clock: ...
    @property
    def database(self) -> Database: ...
    @property
    def settings(self) -> ApplicationSettings: ...


RuntimeT = TypeVar("RuntimeT", bound=Runtime)
ContextT = TypeVar("ContextT", contravariant=True)


class Guardian(Protocol[ContextT]):
    """What lets requests in (`awskit.access.guard`)."""

    @property
    def verifies(self) -> bool: ...

    def authenticate(self, request: HttpRequest) -> Identity | None: ...

    async def permit(self, context: ContextT, shape: OperationShape, input: Mapping[str, Any]) -> None: ...


async def _nothing() -> None:
    """A hook of a service that has nothing to do."""


def _nothing_now() -> None:
    """The same, without waiting."""


def _no_resource(input: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True)
class Service(Generic[RuntimeT]):
    """Everything that makes one service, put together in its `app.py`.

    `protocol` picks the wire protocol by the request's head. `middleware` stands around the whole request (S3's CORS,
    virtual hosts, websites; DynamoDB's compressed bodies). `guard` says who asks, before the request is
    looked into, and whether they may, once its input is parsed; None: nobody is asked. `authorize` runs after
    it, before the handler.
    `unreadable` is asked before a request that the protocol refuses is answered so, and may raise what weighs more.
    `control` are further routes under `/_aws/...`, by exact path or, where it ends with `/`, by prefix.
    `reset` empties the state of one account, or of all where it is None. `start` and `stop` hold background work.
    `decides_origins` is for S3, whose buckets say themselves which pages may ask for what is in them.
    `stopping` is called when the server is told to stop, before it waits for the requests in flight: what waits for
    something to happen (long polls) ends then. `clock_advanced` is waited for before who moves the clock is answered.
    `max_body` is how many bytes a body may have that
    is not streamed, `too_large` what is said of more. `server` is what the service says in the `Server` header; of
    AWS's, SQS and SNS say nothing. `request_id` gives a request's id (a UUID) the form that the service's ids have.
    `max_head` is how many bytes a request's headers may have. `resource` says in a word what an operation's input is
    about (`bucket/key`, a table's, queue's, topic's name), for the journal and for `faults`, which are made on purpose.
    `trail` is what happens to messages beside requests.
    """

    name: str
    runtime: RuntimeT
    operations: Mapping[tuple[str | None, str], Operation]
    protocol: Callable[[HttpRequest], WireProtocol]
    reset: Callable[[str | None], Awaitable[None]]
    middleware: Middleware | None = None
    guard: Guardian[RequestContext[RuntimeT]] | None = None
    control_guard: ControlGuard | None = None
    authorize: (
        Callable[[RequestContext[RuntimeT], OperationShape, Mapping[str, Any]], Awaitable[None] | None] | None
    ) = None
    unreadable: Callable[[HttpRequest, OperationShape, AwsError], Awaitable[None]] | None = None
    control: Mapping[str, ControlRoute] = field(default_factory=dict)
    start: Hook = _nothing
    stop: Hook = _nothing
    stopping: Callable[[], None] = _nothing_now
    max_body: int = _MAX_BODY
    too_large: Callable[[], AwsError] = BodyTooLarge
    decides_origins: bool = False
    clock_advanced: Hook | None = None
    server: str | None = None
    request_id: Callable[[str], str] = str
    max_head: int = MAX_HEAD
    resource: Callable[[Mapping[str, Any]], str] = _no_resource
    faults: Faults | None = None
    trail: Trail | None = None


class Application(Generic[RuntimeT]):
    """What answers the requests to one `Service`. Called as ASGI, it answers those of callers in this process, too."""

    reads_text = True  # of the connections that it is served by

    def __init__(self, service: Service[RuntimeT]) -> None:
        """Raises `SettingsError` where a proxy that is to be trusted is no address."""
        self._service = service
        self.server = service.server
        self._runtime = service.runtime
        self._operations = service.operations
        self._guard = service.guard
        self._log = logging.getLogger(f"ruststack.{service.name}")
        self._metrics = Metrics()
        self._storage = StorageHealth()
        self._data_file: DataFile | None = None
        self._clock = KeptClock(service.runtime.clock, service.runtime.database, service.clock_advanced)
        self._max_head = service.max_head
        self._id_form = service.request_id
        self._ids = RequestIds()
        self._entrance = Entrance(
            service.runtime.settings, service.protocol, self._log, decides_origins=service.decides_origins
        )
        self._tells = self._log.isEnabledFor(logging.DEBUG)  # of each request
        size = service.runtime.settings.journal or (1 if self._tells else 0)
        self._journal = Journal(service.name, size, service.resource) if size else None
        self._faults = service.faults or Faults(service.name)
        self._faults.know_operations(frozenset(name for _, name in service.operations))
        further = {
            "/_ruststack/requests": journal_route(self._journal),
            "/_ruststack/faults": faults_route(self._faults),
            "/_ruststack/storage": storage_route(
                service.name, service.runtime.settings, getattr(service.runtime.settings, "database_url", None)
            ),
            "/_ruststack/trail": trail_route(self._journal, service.trail or Trail(service.name, 0)),
            **service.control,
        }
        self._control = Control(service.name, self._clock, service.reset, self._metrics, further, self._health)

    def stopping(self) -> None:
        """The server has been told to stop."""
        self._service.stopping()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            exchange = AsgiExchange(scope, receive, send)
            await self.handle(exchange)
            await exchange.drain()

    async def handle(self, exchange: Exchange | AsgiExchange) -> None:
        """Answer the exchange."""
        started = perf_counter()
        request = _request_of(exchange)
        response: HttpResponse | None = None
        headers = request.headers
        entrance = self._entrance
        given = headers.get(_REQUEST_ID)
        peer = exchange.peer_address
        if peer is not None:  # not by a socket of the fleet's own
            entrance.say_who(headers, peer)
        request.id = self._id_form(given if given is not None and _is_request_id(given) else self._ids.new())
        control = request.path.startswith("/_") and entrance.is_control(request)
        try:
            response = None if entrance.is_usual(headers) else entrance.answer(request)
            if response is None:
                if control:
                    response = await self._answer_control(request)
                elif exchange.head_bound > self._max_head and _size_of(headers) > self._max_head:
                    response = self._head_too_large(request, self._max_head)
                elif self._service.middleware is not None:
                    response = await self._service.middleware(request, self._handle)
                else:
                    response = await self._handle(request)
                if "origin" in headers:
                    entrance.tell_page(response, of_control=control)
            await _answer(exchange, response)
        except ConnectionBroken as broken:
            response = None
            self._break_off(exchange, request, broken.rule_id)
        except ClientDisconnected:
            response = None
        except Exception as error:
            if exchange.started:
                raise
            response = self._failure(error, request)
            await _answer(exchange, response)
        finally:
            if self._journal is not None and not control:
                noted = self._journal.note(request, response, self._runtime.clock, perf_counter() - started)
                if noted and self._tells:
                    self._log.debug("%s", line(self._journal.newest()))
            request.context = None

    @staticmethod
    def _break_off(exchange: Exchange | AsgiExchange, request: HttpRequest, rule_id: str) -> None:
        """Let the client lose its connection, by the gateway where it has come through that."""
        request.fault, request.error = rule_id, ("ConnectionBroken", "the connection was broken on purpose")
        if _REQUEST_ID in request.headers:
            exchange.answer(BROKEN_OFF, [])
        else:
            exchange.break_off()

    def _head_too_large(self, request: HttpRequest, limit: int) -> HttpResponse:
        text = "Your request header section exceeds the maximum allowed size."
        error = AwsError("RequestHeaderSectionTooLarge", text, members={"MaxSizeAllowed": limit})
        request.error = (error.code, error.message)
        return self._service.protocol(request).serialize_error(error, request, None, request.id)

    def _failure(self, error: Exception, request: HttpRequest) -> HttpResponse:
        """The answer to what no operation has answered."""
        failed = self._failed(error, request)
        request.error = (failed.code, failed.message)
        return self._service.protocol(request).serialize_error(failed, request, None, request.id)

    def _failed(self, error: Exception, request: HttpRequest) -> AwsError:
        """What the client is told of an exception that is being handled: of a bug, little; the rest is in the log."""
        fault = fault_of(error)
        if fault is None:
            self._log.exception("request %s %s %s failed", request.id, request.method, request.path)
            return internal_failure()
        self._log.error("request %s %s %s failed: %s", request.id, request.method, request.path, fault.text)
        self._storage.note(fault)
        return unavailable(fault.text)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send(await self._start())
            else:
                await self._service.stop()
                self._runtime.database.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> dict[str, str]:
        """Start what goes on beside the requests; what the server is told of it."""
        try:
            await self._runtime.database.replicas.start()
            await self._clock.take_up()
            await self._service.start()
            self._data_file = self._opened_file()
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            return {"type": "lifespan.startup.failed", "message": fault.text}
        return {"type": "lifespan.startup.complete"}

    def _opened_file(self) -> DataFile | None:
        """The database's file; None where it is on a server, or nothing is kept."""
        settings = self._runtime.settings
        if not settings.persistence or getattr(settings, "database_url", None) is not None:
            return None
        return DataFile(settings.data_dir / f"{self._service.name}.db")

    async def _health(self) -> Mapping[str, Any]:
        """`status` running or, while nothing can be written, failing; `faults` where there are any."""
        if self._storage.is_failing():
            try:
                await self._clock.rewrite()
            except Exception as error:
                fault = fault_of(error)
                if fault is not None:
                    self._storage.note(fault)
            else:
                self._storage.writing_works()
        gone = None if self._data_file is None else self._data_file.fault()
        if gone is not None and gone.text not in self._storage.texts():
            self._log.error("%s", gone.text)
            self._storage.note(gone)
        texts = self._storage.texts()
        status = "failing" if gone is not None or self._storage.is_failing() else "running"
        return {"status": status, **({"faults": texts} if texts else {})}

    async def _answer_control(self, request: HttpRequest) -> HttpResponse:
        by_gateway = _REQUEST_ID in request.headers
        try:  # a service that delivers to another one may have much for it
            await self._read_body(request, None if by_gateway else _MAX_BODY)
        except AwsError as error:
            return json_response({"message": error.message}, error.status)
        guard = self._service.control_guard
        refused = None if guard is None else guard.refusal(request)
        return await self._control.answer(request) if refused is None else json_response({"message": refused}, 403)

    async def _handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one AWS request; raises nothing but `ClientDisconnected`."""
        started = perf_counter()
        request_id = request.id
        protocol = self._service.protocol(request)
        shape: OperationShape | None = None
        identity: Identity | None = None
        try:
            by_head = protocol.resolves_by_head
            if not by_head and not self._has_read_body(request):
                await self._read_body(request)
            if self._guard is not None:
                identity = self._guard.authenticate(request)
            shape = protocol.resolve(request)
            assert shape is not None
            request.operation = shape.name
            if by_head and not shape.streaming_input and not self._has_read_body(request):
                await self._read_body(request)
            response = await self._run(protocol, shape, request, identity)
        except ClientDisconnected:
            raise
        except AwsError as error:
            response = protocol.serialize_error(error, request, shape, request_id)
            # its frames hold it, and what it came of: with it all that the request brought along
            error.__traceback__ = error.__cause__ = error.__context__ = None
            request.error = (error.code, error.message)
        except Exception as error:
            failed = self._failed(error, request)
            request.error = (failed.code, failed.message)
            response = protocol.serialize_error(failed, request, shape, request_id)
        name = shape.name if shape is not None else "Unknown"
        self._metrics.observe(name, response.status, perf_counter() - started)
        return response

    async def _run(
        self, protocol: WireProtocol, shape: OperationShape, request: HttpRequest, identity: Identity | None
    ) -> HttpResponse:
        operation = self._operations.get((None, shape.name)) or self._operations.get((shape.service, shape.name))
        if operation is None:
            raise not_implemented(shape.service, shape.name)
        try:
            input = protocol.parse(shape, request)
        except AwsError as error:
            if self._service.unreadable is not None:
                await self._service.unreadable(request, shape, error)
            raise
        context = self._context(request, shape.name, identity)
        request.context, request.input = context, input
        breaking: Rule | None = None
        if self._faults.rules:
            resource = self._service.resource(input)
            breaking = await self._faults.strike(request, context.account_id, context.region, resource)
        if self._guard is not None:
            await self._guard.permit(context, shape, input)
        if self._service.authorize is not None:
            asking = self._service.authorize(context, shape, input)
            if asking is not None:
                await asking
        if operation.kind == "async":
            output: Mapping[str, Any] = await operation.handler(context, input)
        else:
            output = await self._in_transaction(operation, context, input)
        response = protocol.serialize(shape, output, request.id)
        if context.response_headers:
            response.headers.extend(context.response_headers)
        if context.response_status is not None:
            response.status = context.response_status
        if breaking is not None:
            raise ConnectionBroken(breaking.id)
        return response

    async def _in_transaction(
        self, operation: Operation, context: RequestContext[RuntimeT], input: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        handler = operation.handler

        def work(transaction: Transaction) -> Mapping[str, Any]:
            output: Mapping[str, Any] = handler(context, input, transaction)
            return output

        database = self._runtime.database
        if operation.kind == "read":
            return await database.read(work)
        return await database.write(work)

    def _context(self, request: HttpRequest, operation: str, identity: Identity | None) -> RequestContext[RuntimeT]:
        caller = caller_of(request)
        assert request.stream is not None
        context = RequestContext(
            self._runtime,
            caller.account_id,
            caller.region,
            request.id,
            operation,
            self._runtime.clock.now(),
            request,
            caller.access_key_id,
            request.stream.disconnected,
        )
        if identity is not None:
            context.identity, context.account_id = identity, identity.account_id
        elif self._guard is not None and self._guard.verifies:
            context.access_key_id, context.account_id = None, DEFAULT_ACCOUNT_ID
        return context

    def _has_read_body(self, request: HttpRequest) -> bool:
        """Whether the body is read: it is, here, where all of it has come."""
        stream = request.stream
        if stream is None or stream.exhausted:
            return True
        body = stream.read_now()
        if body is None:
            return False
        if len(body) > self._service.max_body:
            raise self._service.too_large()
        request.body = body
        return True

    async def _read_body(self, request: HttpRequest, limit: int | None = None) -> None:
        stream = request.stream
        if stream is not None and not stream.exhausted:
            try:
                request.body = await stream.read(self._service.max_body if limit is None else limit)
            except BodyTooLarge:
                raise self._service.too_large() from None


def _request_of(exchange: Exchange | AsgiExchange) -> HttpRequest:
    path, query = exchange.path.decode("latin-1"), exchange.query.decode("latin-1")
    return HttpRequest(exchange.method, path, query, exchange.texts(), stream=exchange)


def _size_of(headers: Mapping[str, str]) -> int:
    """The bytes of the header lines that the client has sent."""
    size = sum(map(len, headers)) + sum(map(len, headers.values())) + 4 * len(headers)
    added = headers.get(_REQUEST_ID)
    return size if added is None else size - len(_REQUEST_ID) - len(added) - 4


async def _answer(exchange: Exchange | AsgiExchange, response: HttpResponse) -> None:
    if isinstance(response.body, bytes):
        exchange.answer(response.status, response.headers, response.body)
    else:
        await _stream(response, response.body, exchange)


async def _stream(response: HttpResponse, body: AsyncIterator[bytes], exchange: Exchange | AsgiExchange) -> None:
    async for chunk in body:
        if not exchange.started:  # a body that fails at its beginning can still be answered otherwise
            exchange.start(response.status, response.headers)
        exchange.write(chunk)
        if exchange.must_drain:
            await exchange.drain()
        if exchange.client_gone:
            raise ClientDisconnected
    if not exchange.started:
        exchange.start(response.status, response.headers)
    exchange.write(b"", more=False)
