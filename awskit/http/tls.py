"""TLS on a connection whose first bytes have turned out to be TLS: between its transport and its protocol.

In: the transport, the protocol, the context, and what the client has sent so far. The protocol sees plain text, by a
transport that is this one; it is told by `secured` once the handshake is done. `ssl.SSLObject` does the work: the
loop's own `start_tls` cannot take back bytes that have been read, and the first has to be, to know that it is TLS.

Nothing is raised: a handshake that fails ends the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from typing import Any, Protocol, cast

HANDSHAKE = 0x16
"""The first byte of a TLS connection (RFC 8446, 5.1). No HTTP method begins with it."""

_READ_SIZE = 256 * 1024

_log = logging.getLogger("ruststack.http")


class Contexts(Protocol):
    """Where the contexts come from: by the address that the client has connected to, None where it has none."""

    def known(self, address: str | None) -> ssl.SSLContext | None:
        """The context, where it has been made before."""

    def make(self, address: str | None) -> ssl.SSLContext:
        """The context. Slow the first time: certificates may have to be made. Raises OSError, `ssl.SSLError`."""


class Upper(Protocol):
    """The protocol above."""

    def secured(self) -> None:
        """The handshake is done."""

    def data_received(self, data: bytes) -> None: ...
    def eof_received(self) -> bool | None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


class TlsTransport(asyncio.Transport, asyncio.Protocol):
    """See the module."""

    def __init__(self, lower: asyncio.Transport, upper: Upper, context: ssl.SSLContext) -> None:
        super().__init__()
        self._lower = lower
        self._upper = upper
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._shaken = False
        self._ended = False
        lower.set_protocol(self)

    # The protocol of the transport below

    def data_received(self, data: bytes) -> None:
        if self._ended:
            return  # this side has said that it is done, and does not read either
        self._incoming.write(data)
        if self._shaken or self._shake_hands():
            self._read()

    def _shake_hands(self) -> bool:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except ssl.SSLError as error:
            _log.info("a TLS handshake has failed: %s", error.reason or error)
            self._flush()  # the alert
            self._ended = True
            self._lower.close()
            return False
        self._flush()
        self._shaken = True
        self._upper.secured()
        return True

    def _read(self) -> None:
        while not self._ended and not self._lower.is_closing():
            try:
                data = self._object.read(_READ_SIZE)
            except ssl.SSLWantReadError:
                self._flush()
                return
            except ssl.SSLError:
                data = b""
            if not data:
                self.close()
                return
            self._upper.data_received(data)

    def eof_received(self) -> bool | None:
        return self._upper.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._upper.connection_lost(exc)

    def pause_writing(self) -> None:
        self._upper.pause_writing()

    def resume_writing(self) -> None:
        self._upper.resume_writing()

    # The transport of the protocol above

    def write(self, data: Any) -> None:
        if not self._shaken or self._ended:
            return
        left = memoryview(data)
        try:
            while left:
                left = left[self._object.write(left) :]
        except ssl.SSLError:
            self.abort()
            return
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._lower.write(self._outgoing.read())

    def _say_goodbye(self) -> None:
        """TLS's own end of what is sent; the client's is not waited for."""
        if self._shaken and not self._ended:
            with contextlib.suppress(ssl.SSLError):  # the client's has not come yet
                self._object.unwrap()
            self._flush()
        self._ended = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._say_goodbye()
        self._lower.write_eof()

    def close(self) -> None:
        if not self._lower.is_closing():
            self._say_goodbye()
            self._lower.close()

    def abort(self) -> None:
        self._ended = True
        self._lower.abort()

    def is_closing(self) -> bool:
        return self._lower.is_closing()

    def pause_reading(self) -> None:
        self._lower.pause_reading()

    def resume_reading(self) -> None:
        self._lower.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._lower.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._lower.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._object if name == "ssl_object" else self._lower.get_extra_info(name, default)


def begin(protocol: Any, contexts: Contexts, lower: asyncio.Transport, data: bytes) -> None:
    """Have `protocol` speak TLS from now on: its `transport` is changed once there is a context; `data` came before."""
    found = lower.get_extra_info("sockname")
    address = found[0] if isinstance(found, tuple) else None
    context = contexts.known(address)
    if context is not None:
        _secure(protocol, lower, context, data)
        return
    lower.pause_reading()
    loop = asyncio.get_running_loop()
    making = loop.run_in_executor(None, contexts.make, address)

    def made(done: asyncio.Future[ssl.SSLContext]) -> None:
        if lower.is_closing():
            return
        error = done.exception()
        if error is not None:
            _log.error("TLS is not possible: %s", error)
            lower.abort()
            return
        lower.resume_reading()
        _secure(protocol, lower, done.result(), data)

    making.add_done_callback(made)


def _secure(protocol: Any, lower: asyncio.Transport, context: ssl.SSLContext, data: bytes) -> None:
    protocol.transport = transport = TlsTransport(lower, cast(Upper, protocol), context)
    transport.data_received(data)
