"""The hop: one request passed on to its service and the answer passed back, byte for byte, as they come.

In: a `Request`, ASGI's `send`, an `Upstream`. Out: the status that was sent. Raised: `UpstreamUnavailable` and
`ConnectionLost` where no byte of an answer was sent, so that the caller can answer; `AnswerBrokenOff` where one was;
`ClientGone`.

A small body is read whole first, so that head and body go in one write and can be sent a second time where the
service had just closed the connection (see `Upstream.exchange`). A larger one, or one of unknown length, is passed on
by a task of its own while the answer is awaited: a service may answer before it has read everything. Neither direction
is read faster than the other end takes it. With `Expect: 100-continue` a large body is asked for once the service asks
for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from awskit.http_client import Connection, ConnectionLost, Upstream
from awskit.http_client.connection import Header
from gateway.request import SMALL_BODY, ClientGone, Request, Send

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
        b"x-ruststack-request-id",
    }
)
_PLAIN_CONNECTION = frozenset({None, b"keep-alive", b"Keep-Alive", b"close"})
_CONTINUE_SECONDS = 1.0
_CLOSE: Header = (b"connection", b"close")


class AnswerBrokenOff(ConnectionError):
    """The service went away in the middle of its answer; the client's connection must end so that it notices."""


async def forward(request: Request, send: Send, upstream: Upstream) -> int:
    """See the module."""
    safe = request.method in ("GET", "HEAD") and b"Action=" not in request.query
    headless = request.method == "HEAD"
    if request.body_read:
        connection = await upstream.exchange(_head(request), headless=headless, safe=safe)
        return await _answer(request, send, connection)
    if _is_small(request):
        body = await request.read_up_to(SMALL_BODY)
        if request.body_read:
            data = _head(request) + (_chunked(body) if request.body_length is None else body)
            connection = await upstream.exchange(data, headless=headless, safe=safe)
            return await _answer(request, send, connection)
        request.put_back(body)
    return await _stream(request, send, upstream)


def _is_small(request: Request) -> bool:
    """Whether the body is small, or may be."""
    if b"expect" in request.headers and (request.body_length is None or b"authorization" not in request.headers):
        # To ask a signed small body of its client at once is quicker; a caller without a name is more often refused.
        return False
    if request.body_length is None:
        return True
    return request.body_length <= SMALL_BODY


async def _stream(request: Request, send: Send, upstream: Upstream) -> int:
    connection = await upstream.idle_or_new()
    pump: asyncio.Task[None] | None = None
    try:
        connection.begin(_head(request), headless=request.method == "HEAD", whole=False)
        if request.headers.get(b"expect", b"").lower() == b"100-continue" and not await _is_wanted(connection):
            # The client has not sent its body and will not: what follows on its connection could not be told from one.
            return await _answer(request, send, connection, (_CLOSE,))
        pump = asyncio.get_running_loop().create_task(_pump(request, connection))
        await connection.head()
        return await _answer(request, send, connection)
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
    chunked = request.body_length is None
    try:
        while not request.body_read:
            body = await request.read()
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
    except ClientGone:
        request.client_left()
        return
    if chunked:
        connection.write(b"0\r\n\r\n")
    connection.end_of_request()


async def _answer(request: Request, send: Send, connection: Connection, further: tuple[Header, ...] = ()) -> int:
    status = connection.status
    headers = [header for header in connection.headers if header[0] not in _HOP_BY_HOP]
    headers += further
    if status == 304 or status == 204:
        headers = [header for header in headers if header[0] != b"content-length"]
    request.answering = True
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        while True:
            body = connection.take()
            complete = connection.complete
            await send({"type": "http.response.body", "body": body, "more_body": not complete})
            if complete:
                return status
            await connection.more()
    except ConnectionLost as lost:
        raise AnswerBrokenOff(str(lost)) from lost
    finally:
        connection.finish()


def _head(request: Request) -> bytes:
    scope = request.scope
    headers: Mapping[bytes, bytes] = request.headers
    dropped = _HOP_BY_HOP
    if headers.get(b"connection") not in _PLAIN_CONNECTION:
        named = headers[b"connection"].lower().replace(b" ", b"").split(b",")
        dropped = dropped.union(named).difference((b"host", b"authorization", b"content-length"))
    lines = [b"%b: %b" % header for header in scope["headers"] if header[0] not in dropped]
    if request.body_length is None:
        lines.append(b"transfer-encoding: chunked")
    target = request.path + b"?" + request.query if request.query else request.path
    lines.append(b"x-ruststack-request-id: %b\r\n\r\n" % request.id.encode())
    return b"%b %b HTTP/1.1\r\n%b" % (request.method.encode(), target, b"\r\n".join(lines))


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
