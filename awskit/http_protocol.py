"""The HTTP side of every server process: uvicorn's protocol on httptools, at two thirds of its cost.

Behaviour is uvicorn's, and ASGI's, but for this:

* An answer's head is sent together with the first part of its body, in one write: one system call and one wake-up of
  the peer less. (ASGI asks servers to wait for the first body message.)
* The keep-alive timer is set once for a connection and looks at the clock when it is due, instead of being made anew
  for every request.
* A request's head of more than `MAX_HEAD` bytes is answered with 400; neither uvicorn nor its parser has a limit.
* Header values are checked for line breaks only, header names not at all: they are our own.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast
from urllib.parse import unquote

import httptools

from awskit.uvicorn_parts import (
    STATUS_LINE,
    ASGISendEvent,
    HTTPScope,
    HttpToolsProtocol,
    RequestResponseCycle,
    service_unavailable,
)

MAX_HEAD = 64 * 1024

_JOINED = 16 * 1024  # up to here copying a body behind its head is cheaper than writing them apart
_TOO_LARGE = "Your request header section exceeds the maximum allowed size."
_INVALID = "Invalid HTTP request received."


class HttpProtocol(HttpToolsProtocol):
    """See the module; made by uvicorn for each connection."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._head_size = 0
        self._idle_since = 0.0

    def data_received(self, data: bytes) -> None:
        if len(data) > MAX_HEAD and (self.cycle is None or not self.cycle.more_body):
            # a request begins here: its body, which may be long, is fed apart from its head, which may not
            self._feed(data[:MAX_HEAD])
            data = data[MAX_HEAD:]
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        if self.parser is None or self.transport.is_closing():
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.send_400_response(_INVALID)
            return
        except httptools.HttpParserUpgrade:
            pass  # nothing is upgraded to: the request is answered as it is
        if self.scope is None or "method" in self.scope:
            self._head_size = 0
            return
        self._head_size += len(data)
        if self._head_size >= MAX_HEAD:
            self.send_400_response(_TOO_LARGE)

    def on_headers_complete(self) -> None:
        parser, scope = self.parser, cast("dict[str, Any]", self.scope)
        http_version = parser.get_http_version()
        if http_version != "1.1":
            scope["http_version"] = http_version
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["method"] = parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        busy = len(self.connections) if self.limit_concurrency is not None else 0
        app = service_unavailable if self.limit_concurrency is not None and busy >= self.limit_concurrency else self.app
        before = self.cycle
        self.cycle = _Cycle(
            scope=cast(HTTPScope, scope),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=http_version != "1.0" and parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_again_in(self.timeout_keep_alive)

    def _look_again_in(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self.transport.is_closing():
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if self._is_answering() or left > 0.01:
            self._look_again_in(left if left > 0.01 else 1.0)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


class _Cycle(RequestResponseCycle):
    """One request and its answer."""

    _head = b""

    async def send(self, message: ASGISendEvent) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_complete:
            raise RuntimeError("a message was sent after the answer was complete")
        if self.response_started:
            self._send_body(cast("dict[str, Any]", message))
        else:
            self.response_started = True
            self.waiting_for_100_continue = False
            self._head = self._serialize_head(cast("dict[str, Any]", message))

    def _serialize_head(self, message: dict[str, Any]) -> bytes:
        status: int = message["status"]
        lines = [STATUS_LINE[status]]
        says_close = False
        for name, value in [*self.default_headers, *message.get("headers", ())]:
            if b"\n" in value or b"\r" in value or b"\0" in value:
                raise RuntimeError(f"a line break in the header {name!r}")
            if name == b"content-length":
                self.expected_content_length = int(value)
                self.chunked_encoding = False
            elif name == b"connection" and b"close" in value.lower():
                self.keep_alive = False
                says_close = True
            elif name == b"transfer-encoding":
                continue  # this server's own affair
            lines.append(b"%b: %b\r\n" % (name, value))
        if not self.keep_alive and not says_close:
            lines.append(b"connection: close\r\n")
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in (204, 304):
            self._frame_unknown_length(lines)
        lines.append(b"\r\n")
        return b"".join(lines)

    def _frame_unknown_length(self, lines: list[bytes]) -> None:
        if self.scope["http_version"] == "1.1":
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")

    def _send_body(self, message: dict[str, Any]) -> None:
        body: bytes = message.get("body", b"")
        more_body: bool = message.get("more_body", False)
        if self.scope["method"] == "HEAD":
            body = b""
            self.expected_content_length = 0
        elif self.chunked_encoding:
            body = _chunk(body, more_body)
        elif self.chunked_encoding is False:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("the answer's body is longer than its Content-Length")
        self._write(body)
        if not more_body:
            if self.expected_content_length != 0:
                raise RuntimeError("the answer's body is shorter than its Content-Length")
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()

    def _write(self, body: bytes) -> None:
        head = self._head
        if not head:
            self.transport.write(body)
            return
        self._head = b""
        if len(body) <= _JOINED:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))


def _chunk(body: bytes, more_body: bool) -> bytes:
    end = b"" if more_body else b"0\r\n\r\n"
    return b"%x\r\n%b\r\n%b" % (len(body), body, end) if body else end
