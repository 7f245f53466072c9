"""A service's ASGI application: request in, operation run, answer out.

In: ASGI's `http` and `lifespan` scopes. Out: the operation's answer, or the error's, in the protocol of the request.
Nothing is raised to the server: an `AwsError` is rendered, a bug is logged with its trace and answered as
`InternalFailure`, a client that went away is forgotten.

Beside AWS's operations each service answers the gateway and the person who runs it under `/_ruststack/`: `health`,
`metrics`, `reset`, `clock`; and what it registers itself (`/_aws/sqs/messages`).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

from awskit.caller import caller_of
from awskit.clock import Clock
from awskit.context import RequestContext
from awskit.control import Control
from awskit.database import Database, Transaction
from awskit.errors import AwsError, internal_failure, not_implemented
from awskit.kept_clock import KeptClock
from awskit.metrics import Metrics
from awskit.operation import Operation
from awskit.wire.http import ClientDisconnected, HttpRequest, HttpResponse
from awskit.wire.protocol import OperationShape, WireProtocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]
Middleware = Callable[[HttpRequest, Handle], Awaitable[HttpResponse]]
ControlRoute = Callable[[HttpRequest], Awaitable[HttpResponse]]
Hook = Callable[[], Awaitable[None]]

# Not every path that begins with an underscore: a bucket that the host names may hold `_next/static/app.js`.
_CONTROL_PATHS = ("/_ruststack/", "/_aws/")
_MAX_BODY = 64 * 1024 * 1024


class Runtime(Protocol):
    """What the application itself needs of a service's runtime."""

    @property
    def clock(self) -> Clock: ...
    @property
    def database(self) -> Database: ...


RuntimeT = TypeVar("RuntimeT", bound=Runtime)


async def _nothing() -> None:
    """A hook of a service that has nothing to do."""


def _nothing_now() -> None:
    """The same, without waiting."""


@dataclass(frozen=True)
class Service(Generic[RuntimeT]):
    """Everything that makes one service, put together in its `app.py`.

    `protocol` picks the wire protocol by the request's head. `middleware` stands around the whole request (S3's CORS,
    virtual hosts, websites; DynamoDB's compressed bodies). `authorize` runs between parsing and the handler.
    `control` are further routes under `/_aws/...`, by exact path or, where it ends with `/`, by prefix.
    `reset` empties the state of one account, or of all where it is None. `start` and `stop` hold background work.
    `stopping` is called when the server is told to stop, before it waits for the requests in flight: what waits for
    something to happen (long polls) ends then.
    """

    name: str
    runtime: RuntimeT
    operations: Mapping[tuple[str | None, str], Operation]
    protocol: Callable[[HttpRequest], WireProtocol]
    reset: Callable[[str | None], Awaitable[None]]
    middleware: Middleware | None = None
    authorize: Callable[[RequestContext[RuntimeT], OperationShape, Mapping[str, Any]], Awaitable[None]] | None = None
    control: Mapping[str, ControlRoute] = field(default_factory=dict)
    start: Hook = _nothing
    stop: Hook = _nothing
    stopping: Callable[[], None] = _nothing_now
    max_body: int = _MAX_BODY


class Application(Generic[RuntimeT]):
    """The ASGI callable for one `Service`."""

    def __init__(self, service: Service[RuntimeT]) -> None:
        self._service = service
        self._runtime = service.runtime
        self._operations = service.operations
        self._log = logging.getLogger(f"ruststack.{service.name}")
        self._metrics = Metrics()
        self._clock = KeptClock(service.runtime.clock, service.runtime.database)
        self._control = Control(service.name, self._clock, service.reset, self._metrics, service.control)

    def stopping(self) -> None:
        """The server has been told to stop."""
        self._service.stopping()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = _request_of(scope, receive)
        try:
            if request.path.startswith(_CONTROL_PATHS):
                response = await self._answer_control(request)
            elif self._service.middleware is not None:
                response = await self._service.middleware(request, self._handle)
            else:
                response = await self._handle(request)
            await _send(response, request, send)
        except ClientDisconnected:
            return

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._clock.take_up()
                await self._service.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._service.stop()
                self._runtime.database.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer_control(self, request: HttpRequest) -> HttpResponse:
        await self._read_body(request)
        return await self._control.answer(request)

    async def _handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one AWS request; raises nothing but `ClientDisconnected`."""
        started = perf_counter()
        request_id = request.headers.get("x-ruststack-request-id") or str(uuid.uuid4())
        protocol = self._service.protocol(request)
        shape: OperationShape | None = None
        try:
            if not protocol.resolves_by_head:
                await self._read_body(request)
            shape = protocol.resolve(request)
            assert shape is not None
            if not shape.streaming_input:
                await self._read_body(request)
            response = await self._run(protocol, shape, request, request_id)
        except ClientDisconnected:
            raise
        except AwsError as error:
            response = protocol.serialize_error(error, request, shape, request_id)
        except Exception:
            self._log.exception("request %s %s %s failed", request_id, request.method, request.path)
            response = protocol.serialize_error(internal_failure(), request, shape, request_id)
        name = shape.name if shape is not None else "Unknown"
        self._metrics.observe(name, response.status, perf_counter() - started)
        if self._log.isEnabledFor(logging.DEBUG):
            self._log.debug("%s %s %s %s -> %d", request_id, request.method, request.path, name, response.status)
        return response

    async def _run(
        self, protocol: WireProtocol, shape: OperationShape, request: HttpRequest, request_id: str
    ) -> HttpResponse:
        operation = self._operations.get((None, shape.name)) or self._operations.get((shape.service, shape.name))
        if operation is None:
            raise not_implemented(shape.service, shape.name)
        input = protocol.parse(shape, request)
        context = self._context(request, request_id, shape.name)
        if self._service.authorize is not None:
            await self._service.authorize(context, shape, input)
        output = await self._call(operation, context, input)
        response = protocol.serialize(shape, output, request_id)
        if context.response_headers:
            response.headers.extend(context.response_headers)
        if context.response_status is not None:
            response.status = context.response_status
        return response

    async def _call(
        self, operation: Operation, context: RequestContext[RuntimeT], input: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        handler = operation.handler
        result: Mapping[str, Any]
        if operation.kind == "async":
            result = await handler(context, input)
            return result

        def work(transaction: Transaction) -> Mapping[str, Any]:
            output: Mapping[str, Any] = handler(context, input, transaction)
            return output

        database = self._runtime.database
        if operation.kind == "read":
            return await database.read(work)
        return await database.write(work)

    def _context(self, request: HttpRequest, request_id: str, operation: str) -> RequestContext[RuntimeT]:
        caller = caller_of(request)
        body = request.stream
        assert isinstance(body, _AsgiBody)
        return RequestContext(
            self._runtime,
            caller.account_id,
            caller.region,
            request_id,
            operation,
            self._runtime.clock.now(),
            request,
            caller.access_key_id,
            body.disconnected,
        )

    async def _read_body(self, request: HttpRequest) -> None:
        stream = request.stream
        if isinstance(stream, _AsgiBody) and not stream.exhausted:
            request.body = await stream.read(self._service.max_body)


class _AsgiBody:
    """A request body over ASGI's `receive`; see `awskit.wire.http.BodyStream`."""

    __slots__ = ("_receive", "exhausted")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.exhausted = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.exhausted:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            self.exhausted = not message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            if chunk:
                yield chunk

    async def read(self, limit: int) -> bytes:
        """The rest of the body. AwsError (413) where it is longer than `limit` bytes."""
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self.exhausted = True
            whole: bytes = message.get("body", b"")
            return whole
        chunks: list[bytes] = []
        size = 0
        while True:
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            chunk = message.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise AwsError("RequestEntityTooLarge", "The request body is too large.", 413)
            if not message.get("more_body", False):
                self.exhausted = True
                return b"".join(chunks)
            message = await self._receive()

    async def disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _request_of(scope: MutableMapping[str, Any], receive: Receive) -> HttpRequest:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1")
        value = raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return HttpRequest(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        stream=_AsgiBody(receive),
    )


async def _send(response: HttpResponse, request: HttpRequest, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    body = response.body
    if isinstance(body, bytes):
        if response.status not in (204, 304) and not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(body)).encode()))
        if "expect" in request.headers and isinstance(request.stream, _AsgiBody) and not request.stream.exhausted:
            # The client may now send its body or not: what follows on this connection could be taken for either.
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async with _until_disconnected(request) as gone:
        async for chunk in body:
            if gone.done():
                raise ClientDisconnected
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@asynccontextmanager
async def _until_disconnected(request: HttpRequest) -> AsyncIterator[asyncio.Future[None]]:
    """A future that is done once the client has gone, since sending to it raises nothing."""
    stream = request.stream
    assert isinstance(stream, _AsgiBody)
    gone = asyncio.ensure_future(stream.disconnected())
    try:
        yield gone
    finally:
        gone.cancel()
