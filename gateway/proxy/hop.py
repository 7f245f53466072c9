"""The hop: one request passed on to its service and the answer passed back, byte for byte, as they come.

In: a `Request`, an `Upstream`. Out: the status that was sent. Raised: `UpstreamUnavailable` and `ConnectionLost` where
no byte of an answer was sent, so that the caller can answer; `AnswerBrokenOff` where one was; `ClientDisconnected`.

A request that has come whole, and says nothing about its connection, is passed on as it has come, with the gateway's
own lines behind its head. Any other small body is read whole first, so that head and body go in one write and can be
sent a second time where the service had just closed the connection (see `Upstream.exchange`). A larger one, or one of
unknown length, is passed on by a task of its own while the answer is awaited: a service may answer before it has read
everything. Neither direction is read faster than the other end takes it. With `Expect: 100-continue` a large body is
asked for once the service asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from awskit.http.exchange import BROKEN_OFF, Exchange
from awskit.http_client import Connection, ConnectionLost, Upstream
from awskit.wire.http import ClientDisconnected
from gateway.proxy.request import OWN_LINES, SMALL_BODY, Request

_OF_THE_CONNECTION = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)
_HOP_BY_HOP = _OF_THE_CONNECTION | OWN_LINES
_PLAIN_CONNECTION = frozenset({None, b"keep-alive", b"Keep-Alive", b"close"})
_CONTINUE_SECONDS = 1.0
PARTICULAR = frozenset({204, 304, BROKEN_OFF})
"""The statuses whose answers are not passed on as they have come."""


class AnswerBrokenOff(ConnectionError):
    """The service went away in the middle of its answer; the client's connection must end so that it notices."""


async def forward(
    request: Request, upstream: Upstream, head: bytes | None = None, *, begun: Connection | None = None
) -> int:
    """See the module. `head` is the request's own, where it is not to be that for a service of the fleet's.

    `begun` is the connection that the request, which has come whole, has been sent on before.
    """
    exchange = request.exchange
    headless = request.method == "HEAD"
    safe = headless or (request.method == "GET" and b"Action=" not in request.query)
    body = exchange.read_now()
    if head is None and body is not None and exchange.whole is not None and passes_as_it_is(request):
        data = as_it_has_come(request)
        connection = await upstream.exchange(data, headless=headless, safe=safe, begun=begun)
        if connection.complete and connection.status not in PARTICULAR:
            try:
                exchange.start_with(connection.status, connection.fields, connection.content_length)
                exchange.write(connection.take(), more=False)
                return connection.status
            finally:
                connection.finish()
        return await _answer(exchange, connection)
    if body is None and _is_small(request):
        body = await request.read_up_to(SMALL_BODY)
        if not exchange.exhausted:
            exchange.put_back(body)
            body = None
    if body is None:
        return await _stream(request, upstream, head or _head(request))
    data = (head or _head(request)) + (_chunked(body) if request.body_length is None else body)
    return await _answer(exchange, await upstream.exchange(data, headless=headless, safe=safe))


def _is_small(request: Request) -> bool:
    """Whether the body is small, or may be."""
    if b"expect" in request.headers and (request.body_length is None or b"authorization" not in request.headers):
        # To ask a signed small body of its client at once is quicker; a caller without a name is more often refused.
        return False
    if request.body_length is None:
        return True
    return request.body_length <= SMALL_BODY


async def _stream(request: Request, upstream: Upstream, head: bytes) -> int:
    exchange = request.exchange
    connection = await upstream.idle_or_new()
    pump: asyncio.Task[None] | None = None
    try:
        connection.begin(head, headless=request.method == "HEAD", whole=False)
        if request.headers.get(b"expect", b"").lower() == b"100-continue" and not await _is_wanted(connection):
            return await _answer(exchange, connection)
        pump = asyncio.get_running_loop().create_task(_pump(request, connection))
        await connection.head()
        return await _answer(exchange, connection)
    finally:
        if pump is not None:
            pump.cancel()
        connection.finish()


async def _is_wanted(connection: Connection) -> bool:
    """Whether the service asks for the body; a service that says nothing for a second is taken to."""
    try:
        async with asyncio.timeout(_CONTINUE_SECONDS):
            await connection.head_or_continue()
    except TimeoutError:
        return True
    return not connection.started


async def _pump(request: Request, connection: Connection) -> None:
    exchange = request.exchange
    chunked = request.body_length is None
    try:
        while not exchange.exhausted:
            body = await exchange.next_part()
            if chunked and body:
                connection.write(b"%x\r\n" % len(body))
                connection.write(body)
                connection.write(b"\r\n")
            elif body:
                connection.write(body)
            if connection.closed:
                return
            if connection.must_drain:
                await connection.drain()
    except ClientDisconnected:
        return  # what awaits the answer is told as well
    if chunked:
        connection.write(b"0\r\n\r\n")
    connection.end_of_request()


async def _answer(exchange: Exchange, connection: Connection) -> int:
    """Pass on the answer whose head is here."""
    status = connection.status
    try:
        if status == BROKEN_OFF:
            raise ConnectionLost("the service breaks it off, by a fault rule")
        exchange.start_with(status, _fields(connection), connection.content_length)
        while True:
            body = connection.take()
            complete = connection.complete
            exchange.write(body, more=not complete)
            if complete:
                return status
            if exchange.must_drain:
                await exchange.drain()
            await connection.more()
    except ConnectionLost as lost:
        raise AnswerBrokenOff(str(lost)) from lost
    finally:
        connection.finish()


def _fields(connection: Connection) -> bytes:
    if connection.status in (204, 304):
        headers = [header for header in connection.headers if header[0].lower() != b"content-length"]
        return b"".join([b"%b: %b\r\n" % header for header in headers])
    return connection.fields


def passed_head(request: Request) -> bytes:
    """The head as the client sent it, but for what is of its connection alone: for who is none of the fleet's."""
    lines = _lines(request, _OF_THE_CONNECTION)
    return b"%b\r\n%b\r\n\r\n" % (_request_line(request), b"\r\n".join(lines))


def _lines(request: Request, dropped: frozenset[bytes]) -> list[bytes]:
    headers: Mapping[bytes, bytes] = request.headers
    if headers.get(b"connection") not in _PLAIN_CONNECTION:
        named = headers[b"connection"].lower().replace(b" ", b"").split(b",")
        dropped = dropped.union(named).difference((b"host", b"authorization", b"content-length"))
    lines = [b"%b: %b" % header for header in request.exchange.headers if header[0] not in dropped]
    if request.body_length is None:
        lines.append(b"transfer-encoding: chunked")
    if b"host" not in headers:  # as HTTP/1.0 may
        lines.append(b"host: localhost")
    return lines


def _request_line(request: Request) -> bytes:
    target = request.path + b"?" + request.query if request.query else request.path
    return b"%b %b HTTP/1.1" % (request.method.encode(), target)


def _head(request: Request) -> bytes:
    lines = _lines(request, _HOP_BY_HOP)
    return b"%b\r\n%b\r\n%b\r\n" % (_request_line(request), b"\r\n".join(lines), _own_lines(request))


def passes_as_it_is(request: Request) -> bool:
    """Whether a request that has come whole says nothing that is the gateway's to say."""
    return OWN_LINES.isdisjoint(request.headers)


def as_it_has_come(request: Request) -> bytes:
    """A request that has come whole, with the gateway's own lines behind its head."""
    whole, end = request.exchange.whole, request.exchange.head_bound - 2
    assert whole is not None
    return b"%b%b%b" % (whole[:end], _own_lines(request), whole[end:])


def _own_lines(request: Request) -> bytes:
    """What the gateway has to say to the service, each line with its end."""
    own = b"x-ruststack-request-id: %b\r\n" % request.id.encode()
    return own if request.forwarded is None else b"%b\r\n%b" % (request.forwarded, own)


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
