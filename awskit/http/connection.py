"""The HTTP side of every server process: connections, for uvicorn's `Server`, which opens and closes them.

In: bytes. Out: an `Exchange` for each request, in their order, given to the application's `handle(exchange)`, a
coroutine that runs at once (see `awskit.eager_task`), or None where the application itself calls `ended` of the
exchange; an ASGI application is given them by `awskit.http.asgi`.
Nothing is raised: what is no HTTP/1 is answered with 400 and the connection is closed, as is a head of more than
`MAX_HEAD` bytes, or as much between the parts of a body or behind it. A client that takes too long (see
`awskit.http.patience`) is answered with 408 where it still reads. With as many connections as there may be, one that is
idle makes room for a new one; where none is, the new one is answered with 503. With `contexts` a connection may speak
TLS as well (see `awskit.http.tls`): its first byte tells.

Most requests are read by `awskit.http.plain_requests`, and by a parser what that leaves.

An application is called once all that has come with a request's head has been read: a small request is whole by then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from time import monotonic
from typing import Any, cast

import httptools

from awskit.bounds.integers import LONG_DIGITS
from awskit.http import tls
from awskit.http.asgi import AsgiHandler
from awskit.http.exchange import MAX_HEAD, STATUS_LINES, Exchange, Header
from awskit.http.patience import Limits, Patience, Waiting
from awskit.http.plain_requests import PlainRequest, PlainRequests
from awskit.http.tls import HANDSHAKE, Contexts
from awskit.http.uvicorn_parts import Config, ServerState

_LINGER_SECONDS = 2.0

_TOO_LARGE = b"Your request header section exceeds the maximum allowed size."
_INVALID = b"Invalid HTTP request received."
_TOO_SLOW = b"Your socket connection to the server was not read from or written to within the timeout period."
_TOO_MANY = b"Please reduce your request rate."

Handle = Callable[[Exchange], Coroutine[Any, Any, None] | None]

_log = logging.getLogger("ruststack.http")


class Occasions:
    """When something that anybody can bring about may be logged: once a second, whatever the number of connections."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def is_one(self) -> bool:
        now = monotonic()
        if now - self._last < 1.0:
            return False
        self._last = now
        return True


class HttpProtocol(asyncio.Protocol):
    """One connection; see the module. Made by uvicorn."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
        occasions: Occasions,
        plain_requests: PlainRequests[Any],
        contexts: Contexts | None = None,
    ) -> None:
        self.loop = _loop or asyncio.get_running_loop()
        self._handle = cast(Handle, getattr(config.app, "handle", None) or AsgiHandler(config.loaded_app))
        self._state = server_state
        self.waiting: set[Any] = server_state.tasks
        self._limits = limits
        self._occasions = occasions
        self._plain_requests = plain_requests
        self._contexts = contexts
        self.secure = False
        self._patience = Patience(limits)
        self._parser: httptools.HttpRequestParser | None = self._new_parser()
        self.transport = cast(asyncio.Transport, None)
        self.peer: str | None = None
        self._default_headers: list[Header] | None = None
        self._default_lines = b""
        # the request being parsed
        self._takes_more = True  # until something says that nothing follows
        self._in_head = False
        self._completed = False
        self._requests = 0
        self._head_size = 0
        self._head_bound = 0
        self._body_size = 0
        self._url = b""
        self._headers: list[Header] = []
        self._without_upgrade = b""
        self._parsed: Exchange | None = None
        # the one being handled, and those behind it
        self._exchange: Exchange | None = None
        self._pipeline: deque[Exchange] = deque()
        self._going_on = False
        # their connection
        self.drained: asyncio.Future[None] | None = None
        self._reading_paused = False
        self._ending = False
        self._idle_since = monotonic()
        self._timer: asyncio.TimerHandle | None = None

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        found = transport.get_extra_info("peername")
        if isinstance(found, tuple):
            self.peer = found[0]
        connections = cast("set[HttpProtocol]", self._state.connections)
        limit = self._limits.connections
        full = len(connections) >= limit and not self._make_room(connections)
        if full and len(connections) >= limit + max(1, limit // 8):  # as many as that are being told
            self.transport.abort()
            return
        connections.add(self)
        if full:
            self._refuse(503, _TOO_MANY)
            return
        self._look_again_in(min(self._limits.look_seconds, self._limits.idle))

    def _make_room(self, connections: set[HttpProtocol]) -> bool:
        """Close a connection that is idle; whether there was one."""
        idle = next((connection for connection in connections if connection.is_idle), None)
        if idle is None:
            return False
        connections.discard(idle)
        idle.transport.close()
        return True

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request is here, and one may come."""
        return not self._ending and not self._in_head and self._parsed is None and not self._is_answering()

    def data_received(self, data: bytes) -> None:
        if self._takes_more and not self._in_head and self._parsed is None and not self.transport.is_closing():
            plain = self._plain_requests.read(data)
            if plain is not None:
                self._take_up(data, plain)
                return
        if len(data) > MAX_HEAD and self._parsed is None:
            # a request begins here: its body, which may be long, is fed apart from its head, which may not
            self._feed(data[:MAX_HEAD])
            data = data[MAX_HEAD:]
        self._feed(data)
        if self._pipeline:
            self._go_on()
            if self._pipeline:
                self.pause_reading()

    def _take_up(self, data: bytes, plain: PlainRequest) -> None:
        """A request that is here whole, and that no parser has seen."""
        method, path, query, headers, head_bound = plain
        self._requests += 1
        self._body_size += len(data) - head_bound
        exchange = Exchange(
            self, method, path, query, http_1_1=True, keep_alive=True, awaits_continue=False, head_bound=head_bound
        )
        if self._plain_requests.of_text:
            exchange.is_whole(data, None, headers)
        else:
            exchange.is_whole(data, headers, None)
        if self._exchange is None and not self._pipeline and self.drained is None:
            self._exchange = exchange
            self._begin(exchange)
            return
        self._pipeline.append(exchange)
        self._go_on()
        if self._pipeline:
            self.pause_reading()

    def _feed(self, data: bytes) -> None:
        if self._parser is None or self.transport.is_closing():
            return
        self._completed = False
        self._head_bound = self._head_size + len(data)
        body_size = self._body_size
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
                if self._is_first(data) and data[0] == HANDSHAKE and self._contexts is not None:
                    self._begin_tls(self._contexts, data)
                    return
                if self._occasions.is_one():
                    _log.warning("a request that is not HTTP")
                self._refuse(400, _INVALID)
                return
        if self._completed or self._body_size != body_size:
            self._head_size = 0
            return
        # a head, or what is neither head nor body: the sizes of chunks and what may follow them, trailers
        self._head_size += len(data)
        if self._head_size >= MAX_HEAD:
            self._refuse(400, _TOO_LARGE)

    def _is_first(self, data: bytes) -> bool:
        """Whether nothing came before `data`."""
        return self._requests <= 1 and self._head_bound == len(data) and not self._url and not self.secure

    def _begin_tls(self, contexts: Contexts, data: bytes) -> None:
        """What no HTTP parser takes is asked here whether it is TLS, so that plain HTTP pays nothing for it."""
        self._in_head = True  # so long a handshake may take
        tls.begin(self, contexts, self.transport, data)

    def secured(self) -> None:
        """What follows comes by TLS."""
        self.secure = True
        self._in_head = False
        self._parser = self._new_parser()
        self._idle_since = monotonic()

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # a request after one that ends the connection is not an error: it is not answered
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _refuse(self, status: int, text: bytes) -> None:
        """Read no more, and say why in the place of an answer, once what came before has its own."""
        self._parser = None
        self._takes_more = False
        broken = self._parsed
        if self._ending:
            self.transport.close()
            return
        if broken is not None and broken.complete:  # the answer was there before the rest of its request
            self._close_slowly()
            return
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
        self.transport.write(head % (STATUS_LINES[status], self.default_lines(), len(text)) + text)
        self._close_slowly()

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(cast(Any, self))
        self._pipeline.clear()
        self.resume_writing()
        if self._timer is not None:
            self._timer.cancel()
        self._parser = self._timer = None  # they hold this connection
        self._takes_more = False
        parsed, self._parsed = self._parsed, None
        for exchange in (self._exchange, parsed):
            if exchange is not None:
                exchange.lose()

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
        self._requests += 1
        self._url = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # not a trailer
            self._headers.append((name.lower(), value.rstrip(b" \t")))  # white space around it is no part of a value

    def on_headers_complete(self) -> None:
        self._in_head = False
        parser = self._parser
        assert parser is not None
        if parser.should_upgrade():
            self._without_upgrade = self._head_without_upgrade(parser)
            return
        path, query = _path_and_query(self._url)
        http_version = parser.get_http_version()
        headers = self._headers
        by_name = dict(headers)
        _check_head(headers, by_name, http_version)
        expected = by_name.get(b"expect")
        self._parsed = exchange = Exchange(
            self,
            parser.get_method().decode("ascii"),
            path,
            query,
            http_1_1=http_version == "1.1",
            keep_alive=http_version != "1.0" and parser.should_keep_alive(),
            awaits_continue=expected is not None and expected.lower() == b"100-continue" and http_version == "1.1",
            head_bound=self._head_bound,
        )
        exchange.has_head(headers, by_name)
        self._takes_more = exchange.keep_alive
        self._pipeline.append(exchange)
        self._headers = []

    def _head_without_upgrade(self, parser: httptools.HttpRequestParser) -> bytes:
        method = parser.get_method()
        if method == b"CONNECT":
            raise ValueError("a tunnel through a server that is no proxy")
        lines = [b"%b %b HTTP/%b" % (method, self._url, parser.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self._headers if header[0] != b"upgrade"]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
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
            self._begin(exchange)
        self._going_on = False

    def _begin(self, exchange: Exchange) -> None:
        coroutine = self._handle(exchange)
        if coroutine is not None:
            exchange.run(coroutine)

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
        self._timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """See whether the client has had its time. The timer is one for many requests."""
        self._timer = None
        if self.transport.is_closing():
            return
        now = monotonic()
        waiting, progress = self._waited_for()
        over = self._patience.is_over(now, waiting, self._requests, progress)
        left = self._limits.look_seconds
        if waiting is None and self.is_idle:
            left = self._idle_since + self._limits.idle - now
            over = left <= 0.01
        if not over:
            self._look_again_in(min(left, self._limits.look_seconds))
        elif waiting is None:
            self.transport.close()
        elif waiting is Waiting.READING:
            self.transport.abort()
        else:
            self._refuse(408, _TOO_SLOW)

    def _waited_for(self) -> tuple[Waiting | None, int]:
        """What the client has to do before anything goes on, and how far it is."""
        if self.drained is not None:
            return Waiting.READING, self.transport.get_write_buffer_size()
        parsed = self._parsed
        if parsed is not None:
            # a service that does not read, or has not asked for the body yet, is not the client's fault
            late = not self._reading_paused and not parsed.awaits_continue
            return (Waiting.BODY if late else None), self._body_size
        return (Waiting.HEAD if self._in_head and not self._is_answering() else None), 0

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
        self._ending = True
        self._takes_more = False
        self.resume_reading()
        self.transport.write_eof()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _is_answering(self) -> bool:
        return bool(self._pipeline) or (self._exchange is not None and not self._exchange.complete)


def _path_and_query(url: bytes) -> tuple[bytes, bytes]:
    """The parts of a request's target. Raises what the parser does where it is none, ValueError for a strange path."""
    if url.startswith(b"/") and b"#" not in url:  # its characters have been looked at
        path, _, query = url.partition(b"?")
    else:
        parsed = httptools.parse_url(url)
        path, query = parsed.path, parsed.query or b""
    if not path.isascii():
        raise ValueError("a path that is not ASCII")
    return path, query


def _check_head(headers: Sequence[Header], by_name: Mapping[bytes, bytes], http_version: str) -> None:
    """Raise ValueError where the head has not one `Host` (RFC 9112, 3.2), or a length of more digits than one has."""
    if b"host" not in by_name:
        if http_version == "1.1":
            raise ValueError("no Host")
    elif len(by_name) < len(headers) and sum(name == b"host" for name, _ in headers) > 1:
        raise ValueError("not one Host")
    length = by_name.get(b"content-length")
    if length is not None and len(length) > LONG_DIGITS:  # the parser takes any number of zeros
        raise ValueError("a length of too many digits")
