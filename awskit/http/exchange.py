"""One request at the server that it has come to, and its answer: what lies between a connection and an application.

In: what `awskit.http.connection` parsed. Out: bytes on its connection. An application reads the body (see `BodyStream`)
and answers: `answer` with a whole answer, or `start`, then `write` until nothing `more` follows. Writing never waits;
who writes much asks `must_drain` and awaits `drain`. To a client that has gone, writing does nothing. What breaks the
answer's promise (more or fewer bytes than its Content-Length, a line break in a header) raises RuntimeError.
Header names go out as they are given: whoever answers writes them as AWS does (`Content-Type`, `x-amz-request-id`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

from awskit.eager_task import EagerTask
from awskit.wire.http import BodyStream, ClientDisconnected

Header = tuple[bytes, bytes]

BROKEN_OFF = 444
"""nginx's status for no answer: by it a service lets the gateway end the client's connection, which gets none."""

MAX_HEAD = 64 * 1024  # bytes of a request

_JOINED = 16 * 1024  # up to here copying a body behind its head is cheaper than writing them apart
_HIGH_WATER = 64 * 1024
# as AWS writes them, and as ASGI's applications do
_CONTENT_LENGTH = frozenset({"Content-Length", "content-length"})
_CONNECTION = frozenset({"Connection", "connection"})
_FRAMING = _CONTENT_LENGTH | _CONNECTION | {"Transfer-Encoding", "transfer-encoding"}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_BODILESS = frozenset({204, 304})
STATUS_LINES = {n: f"HTTP/1.1 {n} {_PHRASES.get(n, '')}\r\n".encode() for n in range(100, 600)}

_log = logging.getLogger("ruststack.http")


class Connection(Protocol):
    """What an exchange asks of the connection that it has come by."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    peer: str | None
    """The other end's address; None over a unix socket."""
    secure: bool
    """Whether it speaks TLS."""
    waiting: set[Any]
    """What the server waits for when it stops, and has to `cancel` in the end."""
    drained: asyncio.Future[None] | None
    """There while the client reads more slowly than it is written to, and done once it has caught up."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def default_lines(self) -> bytes:
        """The header lines that every answer has."""

    def answered(self, *, keep_alive: bool) -> None:
        """The answer has been written whole."""

    def handled(self) -> None:
        """Whatever handled the exchange is over."""


class Exchange(BodyStream):
    """See the module. `path` and `query` are as sent; header names are in lower case, `by_name` has the last value
    of each. The head was at most `head_bound` bytes. Of a request that `awskit.http.plain_requests` has read, `whole`
    are all its bytes, `head_bound` of them the head; else it is None.

    `task` is what handles it. `awaits_continue` is whether the client waits for `100 Continue`, `received` whether all
    of the request has come. `complete` is whether the whole answer has been written, `client_gone` whether the
    connection ended before (`on_lost` is called then).
    """

    # what most exchanges never change costs them nothing
    whole: bytes | None = None
    _texts: dict[str, str] | None = None
    _by_name: Mapping[bytes, bytes] | None = None
    _headers: list[Header] | None = None
    received = exhausted = started = complete = client_gone = False
    task: EagerTask | None = None
    on_lost: Callable[[], object] | None = None
    _size = 0
    _waiters: list[asyncio.Future[None]] | None = None
    _head = b""
    _bodiless = _chunked = False
    _missing: int | None = None

    def __init__(
        self,
        connection: Connection,
        method: str,
        path: bytes,
        query: bytes,
        *,
        http_1_1: bool,
        keep_alive: bool,
        awaits_continue: bool,
        head_bound: int,
    ) -> None:
        self._connection = connection
        self.method = method
        self.path = path
        self.query = query
        self.head_bound = head_bound
        self._http_1_1 = http_1_1
        self.keep_alive = keep_alive
        self.awaits_continue = awaits_continue
        self._chunks: list[bytes] = []

    @property
    def headers(self) -> list[Header]:
        """All headers in their order, their names in lower case."""
        if self._headers is None:
            self._headers = list(self.by_name.items())
        return self._headers

    @property
    def by_name(self) -> Mapping[bytes, bytes]:
        """The last value of each header."""
        if self._by_name is None:
            texts = self._texts or {}
            self._by_name = {name.encode("latin-1"): value.encode("latin-1") for name, value in texts.items()}
        return self._by_name

    def texts(self) -> dict[str, str]:
        """The headers as text, by name; the values of one that comes several times are joined by a comma."""
        if self._texts is None:
            self._texts = texts_of(self.headers)
        return self._texts

    @property
    def http_version(self) -> str:
        return "1.1" if self._http_1_1 else "1.0"

    @property
    def peer_address(self) -> str | None:
        """The address of the connection's other end; None over a unix socket."""
        return self._connection.peer

    @property
    def secure(self) -> bool:
        """Whether the request has come by TLS."""
        return self._connection.secure

    @property
    def peer(self) -> tuple[str, int] | None:
        """The client's address and port; None over a unix socket."""
        found = self._connection.transport.get_extra_info("peername")
        return (found[0], found[1]) if isinstance(found, tuple) else None

    # The request's body

    async def next_part(self) -> bytes:
        while not self._chunks and not self.received and not self.client_gone:
            await self._wait()
        if self.client_gone:
            raise ClientDisconnected
        return self._take()

    def read_now(self) -> bytes | None:
        return self._take() if self.received and not self.client_gone else None

    def put_back(self, data: bytes) -> None:
        """Let what was read be read again."""
        self._chunks.insert(0, data)
        self._size += len(data)
        self.exhausted = False

    def _take(self) -> bytes:
        self.exhausted = self.received
        chunks = self._chunks
        if not chunks:
            return b""
        self._chunks = []
        self._size = 0
        self._connection.resume_reading()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def disconnected(self) -> None:
        """Return once the client has gone, or has its whole answer."""
        while not self.client_gone and not self.complete:
            await self._wait()

    async def _wait(self) -> None:
        connection = self._connection
        if self.awaits_continue and not self.started:
            self.say_continue()
        connection.resume_reading()
        waiter = connection.loop.create_future()
        if self._waiters is None:
            self._waiters = []
        self._waiters.append(waiter)
        await waiter

    def say_continue(self) -> None:
        """`100 Continue`, to a client that waits for it."""
        self.awaits_continue = False
        self._connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _wake(self) -> None:
        waiters = self._waiters
        if waiters is not None:
            self._waiters = None
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    # The connection's side

    def has_head(self, headers: list[Header], by_name: Mapping[bytes, bytes]) -> None:
        """The head has been parsed."""
        self._headers, self._by_name = headers, by_name

    def is_whole(self, data: bytes, by_name: Mapping[bytes, bytes] | None, texts: dict[str, str] | None) -> None:
        """All of the request is in `data`, its headers in one of the two."""
        self.whole, self._by_name, self._texts = data, by_name, texts
        if len(data) > self.head_bound:
            self._chunks.append(data[self.head_bound :])
        self.received = True

    def feed(self, data: bytes) -> None:
        """A part of the request's body has come."""
        if self.complete:
            return
        self._chunks.append(data)
        self._size += len(data)
        if self._size > _HIGH_WATER:
            self._connection.pause_reading()
        if self._waiters is not None:
            self._wake()

    def feed_end(self) -> None:
        """All of the request has come."""
        self.received = True
        if self._chunks:
            self.awaits_continue = False
        if self._waiters is not None:
            self._wake()

    def lose(self) -> None:
        """The connection has ended: nobody reads what is left."""
        self._chunks = []
        self._size = 0
        if not self.complete and not self.client_gone:
            self.client_gone = True
            if self.on_lost is not None:
                self.on_lost()
        self._wake()

    @property
    def waiting(self) -> set[Any]:
        """What the server waits for when it stops (see `Connection`)."""
        return self._connection.waiting

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Let it handle the exchange, and run until it first waits."""
        self.task = task = EagerTask(self._connection.loop, coroutine, self._connection.waiting, self.ended)
        task.start()

    def ended(self, error: BaseException | None) -> None:
        """What handled it is over; what it left undone means a 500 or, where the answer has begun, a broken one."""
        if not self.complete and not self.client_gone:
            if error is None:
                _log.error("%s %r was not answered whole", self.method, self.path)
            if self.started:
                self._connection.transport.close()
            else:
                self.keep_alive = False
                self.answer(500, [("Content-Type", "text/plain; charset=utf-8")], b"Internal Server Error")
        if error is not None:
            _log.error("%s %r failed", self.method, self.path, exc_info=error)
        self.task = self.on_lost = None  # they hold this exchange
        self._connection.handled()

    # The answer

    def answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> None:
        """The whole answer. Its Content-Length is that of `body`, where `headers` name none (as they do for HEAD)."""
        fields, length = self._fields(status, headers, len(body))
        if length == len(body) and self.method != "HEAD" and status not in _BODILESS:
            self.answer_with(status, fields, body)
        else:
            self.start_with(status, fields, length)
            self.write(body, more=False)

    def answer_with(self, status: int, fields: bytes, body: bytes) -> None:
        """The whole answer, which has a body: its header lines are bytes already, as for `start_with`."""
        if self.started:
            raise RuntimeError("the answer has been started before")
        line = STATUS_LINES[status]
        self.started = True
        if self.client_gone:
            return
        connection = self._connection
        if self.awaits_continue and not self.received:
            self.keep_alive = False
        end = b"\r\n" if self.keep_alive else b"Connection: close\r\n\r\n"
        if len(body) <= _JOINED:
            connection.transport.write(b"%b%b%b%b%b" % (line, connection.default_lines(), fields, end, body))
        else:
            connection.transport.writelines((b"%b%b%b%b" % (line, connection.default_lines(), fields, end), body))
        self.complete = True
        if self._waiters is not None:
            self._wake()
        connection.answered(keep_alive=self.keep_alive)

    def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """The answer's head; it leaves with the first part of the body. Without Content-Length the body is chunked."""
        self.start_with(status, *self._fields(status, headers, None))

    def _fields(self, status: int, headers: Iterable[tuple[str, str]], length: int | None) -> tuple[bytes, int | None]:
        """The header lines, and the Content-Length among them: `length` where they name none."""
        lines = []
        says_length = False
        for name, value in headers:
            if name in _FRAMING:
                if name in _CONTENT_LENGTH:
                    length = int(value)
                    says_length = True
                else:  # this server's own affair
                    if name in _CONNECTION and "close" in value.lower():
                        self.keep_alive = False
                    continue
            lines.append(f"{name}: {value}\r\n")
        if length is not None and not says_length and status not in _BODILESS:
            lines.append(f"Content-Length: {length}\r\n")
        fields = "".join(lines)
        count = len(lines)
        if fields.count("\n") != count or fields.count("\r") != count or "\0" in fields:
            raise RuntimeError(f"a line break in one of the headers {lines!r}")
        return fields.encode("latin-1"), length

    def start_with(self, status: int, fields: bytes, length: int | None) -> None:
        """`start`, where the header lines are bytes already: each with its line end, none of them about framing or the
        connection but for the Content-Length, which is `length`.
        """
        if self.started:
            raise RuntimeError("the answer has been started before")
        line = STATUS_LINES[status]
        self.started = True
        if self.awaits_continue and not self.received:
            # The client may now send its body or not: what follows could be taken for either.
            self.keep_alive = False
        further = b"\r\n" if self.keep_alive else b"Connection: close\r\n\r\n"
        if self.method == "HEAD" or status in _BODILESS:
            self._bodiless = True
        elif length is not None:
            self._missing = length
        elif self._http_1_1:
            self._chunked = True
            further = b"Transfer-Encoding: chunked\r\n" + further
        self._head = b"%b%b%b%b" % (line, self._connection.default_lines(), fields, further)

    def write(self, data: bytes, *, more: bool = True) -> None:
        """A part of the body, the last one where there is no `more`."""
        if self.client_gone:
            return
        if self.complete or not self.started:
            raise RuntimeError("a part of an answer that has not been started, or is complete")
        if self._bodiless:
            data = b""
        elif self._chunked:
            data = _chunk(data, more)
        elif self._missing is not None:
            self._missing -= len(data)
            if self._missing < 0 or (self._missing and not more):
                raise RuntimeError(f"the answer's body differs from its Content-Length by {self._missing} bytes")
        transport = self._connection.transport
        head = self._head
        if not head:
            transport.write(data)
        elif len(data) <= _JOINED:
            transport.write(head + data)
        else:
            transport.writelines((head, data))
        self._head = b""
        if not more:
            self.complete = True
            if self._waiters is not None:
                self._wake()
            self._connection.answered(keep_alive=self.keep_alive)

    def break_off(self) -> None:
        """End the connection in the middle of the answer, so that the client notices."""
        self.client_gone = True
        self._connection.transport.close()

    @property
    def must_drain(self) -> bool:
        """Whether the client reads more slowly than it is written to."""
        return self._connection.drained is not None

    async def drain(self) -> None:
        """Return once the client has read enough of what was written, or has gone."""
        connection = self._connection
        while connection.drained is not None:
            if connection.drained.cancelled():  # with whoever waited before
                connection.drained = connection.loop.create_future()
            await connection.drained


def texts_of(pairs: list[Header]) -> dict[str, str]:
    """Headers as text, by name; the values of one that comes several times are joined by a comma."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    if len(headers) < len(pairs):
        headers = {}
        for name, value in ((raw.decode("latin-1"), given.decode("latin-1")) for raw, given in pairs):
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _chunk(data: bytes, more: bool) -> bytes:
    end = b"" if more else b"0\r\n\r\n"
    return b"%x\r\n%b\r\n%b" % (len(data), data, end) if data else end
