"""The HTTP side of every server process: connections, for uvicorn's `Server`, which opens and closes them.

In: bytes. Out: an `Exchange` for each request, in their order, given to the application's `handle(exchange)`, a
coroutine that runs at once (see `awskit.eager_task`); an ASGI application is given them by `awskit.http.asgi`.
Nothing is raised: what is no HTTP/1 is answered with 400 and the connection is closed, as is a head of more than
`MAX_HEAD` bytes.

An application is called once all that has come with a request's head has been read: a small request is whole by then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, cast

import httptools

from awskit.eager_task import EagerTask
from awskit.http.asgi import AsgiHandler
from awskit.http.exchange import STATUS_LINES, Exchange, Header
from awskit.http.uvicorn_parts import Config, ServerState

MAX_HEAD = 64 * 1024

_LINGER_SECONDS = 2.0

_TOO_LARGE = b"Your request header section exceeds the maximum allowed size."
_INVALID = b"Invalid HTTP request received."

Handle = Callable[[Exchange], Coroutine[Any, Any, None]]

_log = logging.getLogger("ruststack.http")


class HttpProtocol(asyncio.Protocol):
    """One connection; see the module. Made by uvicorn."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.loop = _loop or asyncio.get_running_loop()
        self._handle = cast(Handle, getattr(config.app, "handle", None) or AsgiHandler(config.loaded_app))
        self._state = server_state
        self._keep_alive_seconds = config.timeout_keep_alive
        self._parser: httptools.HttpRequestParser | None = self._new_parser()
        self.transport = cast(asyncio.Transport, None)
        self._default_headers: list[Header] | None = None
        self._default_lines = b""
        # the request being parsed
        self._in_head = False
        self._completed = False
        self._head_size = 0
        self._url = b""
        self._headers: list[Header] = []
        self._awaits_continue = False
        self._without_upgrade = b""
        self._parsed: Exchange | None = None
        # the one being handled, and those behind it
        self._exchange: Exchange | None = None
        self._pipeline: deque[Exchange] = deque()
        self._going_on = False
        # their connection
        self.drained: asyncio.Future[None] | None = None
        self._reading_paused = False
        self._idle_since = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._state.connections.add(cast(Any, self))

    def data_received(self, data: bytes) -> None:
        if len(data) > MAX_HEAD and self._parsed is None:
            # a request begins here: its body, which may be long, is fed apart from its head, which may not
            self._feed(data[:MAX_HEAD])
            data = data[MAX_HEAD:]
        self._feed(data)
        if self._pipeline:
            self._go_on()
            if self._pipeline:
                self.pause_reading()

    def _feed(self, data: bytes) -> None:
        if self._parser is None or self.transport.is_closing():
            return
        self._completed = False
        fed = data
        while fed:
            try:
                self._parser.feed_data(fed)
                break
            except httptools.HttpParserUpgrade as upgrade:
                # Nothing is upgraded to, but this parser takes what follows for another protocol, the body included.
                self._parser = self._new_parser()
                fed = self._without_upgrade + fed[upgrade.args[0] :]
            except httptools.HttpParserError:
                _log.warning("a request that is not HTTP")
                self._refuse(_INVALID)
                return
        if not self._in_head or self._completed:
            self._head_size = 0
            return
        self._head_size += len(data)
        if self._head_size >= MAX_HEAD:
            self._refuse(_TOO_LARGE)

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # a request after one that ends the connection is not an error: it is not answered
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _refuse(self, text: bytes) -> None:
        """Read no more, and say why in the place of an answer, once what came before has its own."""
        self._parser = None
        broken = self._parsed
        if broken is not None and broken is not self._exchange:
            self._pipeline.remove(broken)
        if self._is_answering() and (broken is None or broken is not self._exchange):
            self._end_with_the_last()
            return
        if broken is not None and not broken.complete:
            broken.lose()
            if broken.started:
                self.transport.close()
                return
        head = b"%b%bContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        self.transport.write(head % (STATUS_LINES[400], self.default_lines(), len(text)) + text)
        self._close_slowly()

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(cast(Any, self))
        self._pipeline.clear()
        self.resume_writing()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._parser = None  # it holds this connection
        if self._exchange is not None:
            self._exchange.lose()

    def pause_writing(self) -> None:
        if self.drained is None:
            self.drained = self.loop.create_future()

    def resume_writing(self) -> None:
        drained, self.drained = self.drained, None
        if drained is not None and not drained.done():  # who waited may have been cancelled
            drained.set_result(None)
        if self._pipeline:
            self._go_on()

    # The parser's side

    def on_message_begin(self) -> None:
        self._in_head = True
        self._url = b""
        self._headers = []
        self._awaits_continue = False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self._awaits_continue = True
        self._headers.append((name, value.rstrip(b" \t")))  # white space around it is no part of a value

    def on_headers_complete(self) -> None:
        self._in_head = False
        parser = self._parser
        assert parser is not None
        if parser.should_upgrade():
            self._without_upgrade = self._head_without_upgrade(parser)
            return
        url = httptools.parse_url(self._url)
        path: bytes = url.path
        if not path.isascii():
            raise ValueError("a path that is not ASCII")
        http_version = parser.get_http_version()
        self._parsed = exchange = Exchange(
            self,
            parser.get_method().decode("ascii"),
            path,
            url.query or b"",
            self._headers,
            http_1_1=http_version == "1.1",
            keep_alive=http_version != "1.0" and parser.should_keep_alive(),
            awaits_continue=self._awaits_continue and http_version == "1.1",
        )
        self._pipeline.append(exchange)
        self._headers = []  # trailers are no part of the head

    def _head_without_upgrade(self, parser: httptools.HttpRequestParser) -> bytes:
        method = parser.get_method()
        if method == b"CONNECT":
            raise ValueError("a tunnel through a server that is no proxy")
        lines = [b"%b %b HTTP/%b" % (method, self._url, parser.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self._headers if header[0] != b"upgrade"]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def on_body(self, body: bytes) -> None:
        if self._parsed is not None:
            self._parsed.feed(body)

    def on_message_complete(self) -> None:
        self._completed = True
        if self._parsed is not None:
            exchange, self._parsed = self._parsed, None
            exchange.feed_end()
            if exchange.complete and not exchange.keep_alive:
                self.transport.close()

    # The exchanges' side

    def _go_on(self) -> None:
        """Handle what has been parsed, one after the other, and as fast as the client takes the answers."""
        if self._going_on:
            return
        self._going_on = True
        while self._pipeline and self._exchange is None and self.drained is None and not self.transport.is_closing():
            exchange = self._exchange = self._pipeline.popleft()
            if exchange.awaits_continue and exchange.received:
                # It has no body to send, and yet waits, as AWS's own command line does for a minute; AWS says it too.
                exchange.say_continue()
            task = exchange.task = EagerTask(self.loop, self._handle(exchange), self._state.tasks, exchange.ended)
            task.start()
        self._going_on = False

    def answered(self, *, keep_alive: bool) -> None:
        """The answer has been written whole."""
        self._state.total_requests += 1
        if not keep_alive:
            if self._parsed is not None and self._parsed is self._exchange:
                self._close_slowly()
            else:
                self.transport.close()
        elif not self.transport.is_closing():
            self.resume_reading()
            self._idle_since = monotonic()
            if self._idle_timer is None:
                self._look_again_in(self._keep_alive_seconds)

    def handled(self) -> None:
        """Whatever handled the exchange is over."""
        self._exchange = None
        if self._pipeline:
            self._go_on()

    def default_lines(self) -> bytes:
        """The header lines that every answer has: uvicorn changes the date among them once a second."""
        headers = self._state.default_headers
        if headers is not self._default_headers:
            self._default_headers = headers
            # uvicorn has their names in lower case
            self._default_lines = b"".join(b"%b: %b\r\n" % (name.title(), value) for name, value in headers)
        return self._default_lines

    def pause_reading(self) -> None:
        if not self._reading_paused and not self.transport.is_closing():
            self._reading_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()

    # Its end

    def _look_again_in(self, seconds: float) -> None:
        self._idle_timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Close the connection where it has been idle for long. The timer is set once for many requests."""
        self._idle_timer = None
        if self.transport.is_closing():
            return
        left = self._idle_since + self._keep_alive_seconds - monotonic()
        if self._is_answering() or left > 0.01:
            self._look_again_in(left if left > 0.01 else 1.0)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """The server stops: what is being answered is answered."""
        if self._is_answering():
            self._end_with_the_last()
        else:
            self.transport.close()

    def _end_with_the_last(self) -> None:
        (self._pipeline[-1] if self._pipeline else cast(Exchange, self._exchange)).keep_alive = False

    def _close_slowly(self) -> None:
        """Say that nothing follows, and close once the client has sent its request whole, or in a moment.

        To close while it still sends would reset the connection, and the answer would be lost with it.
        """
        if self.transport.is_closing():
            return
        self.resume_reading()
        self.transport.write_eof()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._idle_timer = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _is_answering(self) -> bool:
        return bool(self._pipeline) or (self._exchange is not None and not self._exchange.complete)
