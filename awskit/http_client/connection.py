"""One HTTP/1.1 connection to a service: asyncio's callbacks on one side, a small pull interface on the other.

An answer in the form that `awskit.http.exchange` gives the services' answers is read by two searches; any other one is
parsed, with seven calls for its headers alone.

One exchange at a time: `begin`, `write` as often as needed, `head`, then `more` and `take` until `complete`, then
`finish`. `head` and `more` raise `ConnectionLost`. Reading stops while more than `_HIGH_WATER` bytes wait to be taken,
and `drain` waits while the service does not read, so that neither side's bytes pile up here.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable
from typing import Protocol, cast

import httptools

from awskit.eager_task import Wakeup

Header = tuple[bytes, bytes]

_HIGH_WATER = 64 * 1024
_OF_THE_CONNECTION = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"})
_LENGTH = b"Content-Length: "
_MOST_DIGITS = 18
_BODILESS = (b"204", b"304")
# what is for the parser: lines about the connection, a second length, lines that go on in the next one
_NOT_PLAIN = re.compile(
    rb"\n(?:connection|content-length|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)[ \t]*:|\n[ \t]"
).search
_TCP_CLOSE = 7  # tcpi_state, the first byte of Linux's struct tcp_info, once a reset has come


class ConnectionLost(ConnectionError):
    """The service closed the connection before the answer was whole.

    `unread` is whether it certainly did not read the whole request, which may then be sent again whatever it asks for:
    the peer's kernel refused its bytes (a reset), or they have not left this process.
    """

    def __init__(self, message: str, *, unread: bool = False) -> None:
        super().__init__(message)
        self.unread = unread


class Waiter(Protocol):
    """Who waits for the next thing that happens on a connection."""

    def wake(self) -> None:
        """It has happened: called once, within a callback of the loop."""


class Connection(asyncio.BufferedProtocol):
    """See the module.

    `status`, `fields` and `content_length` are the answer's once `head` has returned: the header lines as they were
    sent, each with its end, but for those that are about this connection alone.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_idle: Callable[[Connection], None],
        read_buffer: memoryview,
        *,
        direct: bool = False,
    ) -> None:
        """`on_idle(connection)` is called when an exchange is over and another one may follow.

        `direct`: one of the fleet's own processes answers, and no proxy that has lines of its own about the connection.

        `read_buffer` may be shared by all connections of a loop: what is read into it is copied at once.
        """
        self._loop = loop
        self._on_idle = on_idle
        self._read_buffer = read_buffer
        self._direct = direct
        self._transport = cast(asyncio.Transport, None)
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: Waiter | None = None
        self._drained: asyncio.Future[None] | None = None
        self._lost: ConnectionLost | None = None
        self._busy = False
        self._reading_paused = False
        self._keep_alive = True
        self.idle_since = 0.0
        self._reset(headless=False, whole=True)

    def _reset(self, *, headless: bool, whole: bool) -> None:
        self._headless = headless
        self._sent = whole
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._raw_remaining = 0
        self._is_parsed = False
        self.content_length: int | None = None
        self._chunked = False
        self._says_close = False
        self.continued = False
        self.started = False
        self.complete = False
        self.status = 0
        self._plain_fields: bytes | None = None
        self._headers: list[Header] = []

    # The exchange

    def begin(self, data: bytes, *, headless: bool = False, whole: bool = True) -> None:
        """Send a request's head, or all of it where it is `whole`; else `write` and `end_of_request` follow.

        `headless` is for HEAD: the answer is complete with its head, whatever length it names.
        """
        self._reset(headless=headless, whole=whole)
        self._busy = True
        if self._lost is None:
            self._transport.write(data)

    def write(self, data: bytes) -> None:
        """Send a part of the request's body; nothing where the connection is gone (`head` tells)."""
        if self._lost is None:
            self._transport.write(data)

    def end_of_request(self) -> None:
        """The request has been sent whole, so that the connection may serve another one."""
        self._sent = True

    @property
    def closed(self) -> bool:
        return self._lost is not None

    async def head(self) -> None:
        """Return once the answer's head is here."""
        while not self.started:
            await self._change()

    async def head_or_continue(self) -> None:
        """Return once the answer's head, or a `100 Continue` (then `continued` is true), is here."""
        while not self.started and not self.continued:
            await self._change()

    async def more(self) -> None:
        """Return once there is something to `take`, or the answer is `complete`."""
        while not self._chunks and not self.complete:
            await self._change()

    @property
    def fields(self) -> bytes:
        """The answer's header lines."""
        fields = self._plain_fields
        return fields if fields is not None else b"".join([b"%b: %b\r\n" % header for header in self._headers])

    @property
    def headers(self) -> list[Header]:
        """The same, as names and values."""
        fields = self._plain_fields
        if fields is None:
            return self._headers
        split = [line.partition(b":") for line in fields.split(b"\r\n")[:-1]]
        return [(name, value.strip(b" \t")) for name, _, value in split]

    def take(self) -> bytes:
        """What has come of the answer's body since the last time; reading goes on."""
        chunks = self._chunks
        if not chunks:
            return b""
        self._chunks = []
        self._buffered = 0
        if self._reading_paused:
            self._reading_paused = False
            if self._lost is None:
                self._transport.resume_reading()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    @property
    def must_drain(self) -> bool:
        """Whether the service reads more slowly than it is written to."""
        return self._drained is not None

    async def drain(self) -> None:
        """Wait until the service reads on, or is gone."""
        if self._drained is not None:
            await self._drained

    def finish(self) -> None:
        """The exchange is over, well or not: the connection serves another one where it can, else it is closed."""
        if self._lost is not None or not self._busy:
            return
        self._busy = False
        if self.complete and self._sent and self._keep_alive:
            self._on_idle(self)
        else:
            self._fail("the exchange was given up")

    def close(self) -> None:
        """Close an idle connection."""
        self._fail("the connection was closed")

    def _change(self) -> Wakeup:
        """To be awaited: the next thing that happens."""
        if self._lost is not None:
            raise ConnectionLost(str(self._lost), unread=self._lost.unread)  # one that is kept would hold its frames
        self._waiter = waiter = Wakeup(self._loop)
        return waiter

    def tell(self, waiter: Waiter | None) -> None:
        """Let `waiter` know of the next thing that happens, in the place of who awaits it; None: nobody any more."""
        self._waiter = waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.wake()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        # Whose client reads slowly waits for that client, and not here: no more is read ahead than it takes.
        return self._read_buffer if self._waiter is not None else self._read_buffer[:_HIGH_WATER]

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._read_buffer[:nbytes])
        if self._raw_remaining:
            self._receive_raw(data)
        elif self._busy and not self.complete:
            if self._is_parsed or self._headless or not self._receive_plain(data):
                self._parse(data)
        else:
            self._fail("the service said more than its answer")
            return
        if self._buffered >= _HIGH_WATER and not self._reading_paused and not self.complete and self._lost is None:
            self._reading_paused = True
            self._transport.pause_reading()
        self._wake()

    def _receive_plain(self, data: bytes) -> bool:
        """Whether `data` begins with a whole head of the usual form, whose answer has been taken up then."""
        end = data.find(b"\r\n\r\n")
        last = data.rfind(b"\r\n", 0, max(0, end)) + 2
        length, status = data[last + len(_LENGTH) : end], data[9:12]
        if end < 0 or not (data.startswith(b"HTTP/1.1 ") and data.startswith(_LENGTH, last)):
            return False
        if status < b"200" or status in _BODILESS or not status.isdigit():
            return False
        if not length.isdigit() or len(length) > _MOST_DIGITS:
            return False
        first = data.find(b"\r\n") + 2
        if not self._direct and _NOT_PLAIN(data[first - 1 : last].lower()) is not None:
            return False
        self._take_up(int(status), int(length), data[first : end + 2], data[end + 4 :])
        return True

    def _take_up(self, status: int, length: int, fields: bytes, body: bytes) -> None:
        """An answer that has `length` bytes, of which `body` is here."""
        self.status = status
        self.content_length = self._raw_remaining = length
        self._plain_fields = fields
        self._keep_alive = self.started = True
        if not length:
            self.complete = True
            self._keep_alive = not body
        elif body:
            self._receive_raw(body)

    def _parse(self, data: bytes) -> None:
        self._is_parsed = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._keep_alive = False
            if not self.complete:
                self._fail(f"the service's answer is not HTTP: {error}")
        if self.started and (self._headless or not self.complete):
            self._bypass_parser()

    def _bypass_parser(self) -> None:
        """The parser expects a body after HEAD, and would copy the rest of one of known length: it is replaced."""
        if self._headless:
            self._parser = httptools.HttpResponseParser(self)
        elif self.content_length is not None and not self._chunked and not self._raw_remaining:
            self._raw_remaining = self.content_length - self._buffered
            self._parser = httptools.HttpResponseParser(self)

    def _receive_raw(self, data: bytes) -> None:
        size = len(data)
        if size > self._raw_remaining:
            data = data[: self._raw_remaining]
            size = len(data)
            self._keep_alive = False
        self._raw_remaining -= size
        self._chunks.append(data)
        self._buffered += size
        if not self._raw_remaining:
            self.complete = True

    def eof_received(self) -> None:
        if self._busy and self.started and not self.complete and self.content_length is None and not self._chunked:
            self.complete = True
        self._lose("the service closed the connection", unread=self._was_refused())

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(
            f"the connection to the service broke: {exc}" if exc else "the connection is closed",
            unread=isinstance(exc, ConnectionResetError | BrokenPipeError),
        )
        self._parser = cast(httptools.HttpResponseParser, None)  # it holds this connection

    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():  # who waited may have been cancelled
            drained.set_result(None)

    def _was_refused(self) -> bool:
        """After the peer's FIN: whether bytes of this request have not left, or were answered by a reset."""
        if self._transport.get_write_buffer_size():
            return True
        pseudo = self._transport.get_extra_info("socket")
        if pseudo is None or pseudo.family == socket.AF_UNIX:
            return False
        with socket.socket(fileno=os.dup(pseudo.fileno())) as duplicate:
            return duplicate.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _TCP_CLOSE

    def _fail(self, message: str) -> None:
        self._lose(message, unread=False)
        self._transport.abort()

    def _lose(self, message: str, *, unread: bool) -> None:
        if self._lost is None:
            self._lost = ConnectionLost(message, unread=unread)
            self.resume_writing()
            self._wake()

    # The parser's side

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.started:
            return  # a trailer
        lowered = name.lower()
        if lowered == b"transfer-encoding":
            self._chunked = True
        elif lowered not in _OF_THE_CONNECTION:
            self._headers.append((name, value))
            if lowered == b"content-length":
                self.content_length = int(value)
        elif lowered == b"connection" and b"close" in value.lower():
            self._says_close = True

    def on_headers_complete(self) -> None:
        if self.started:
            self._keep_alive = False  # a second answer, which nobody asked for
            return
        status = self._parser.get_status_code()
        if status < 200:
            self.continued = self.continued or status == 100
            self._headers = []
            self.content_length = None
            return
        self.status = status
        self.started = True
        self._keep_alive = self._parser.should_keep_alive() or (self._headless and not self._says_close)
        if self._headless:
            self.complete = True

    def on_body(self, body: bytes) -> None:
        if self.complete:
            self._keep_alive = False
            return
        self._chunks.append(body)
        self._buffered += len(body)

    def on_message_complete(self) -> None:
        if self.started:
            self.complete = True
