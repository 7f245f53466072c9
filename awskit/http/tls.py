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
_LONGEST_RECORD = 16 * 1024

_log = logging.getLogger("ruststack.http")


class Contexts(Protocol):
    """Where the contexts come from: by the address that the client has connected to, and the name that it asks for."""

    def known(self, address: str | None, name: str | None) -> ssl.SSLContext | None:
        """The context, where it has been made before."""

    def make(self, address: str | None, name: str | None) -> ssl.SSLContext:
        """The context. Slow: a certificate is made. Called in a thread. Raises OSError, `ssl.SSLError`."""


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
    _Greeting(protocol, contexts, lower).data_received(data)


class _Greeting(asyncio.Protocol):
    """Takes what the client sends until it is known which certificate it wants, and that one is there."""

    def __init__(self, protocol: Any, contexts: Contexts, lower: asyncio.Transport) -> None:
        self._protocol = protocol
        self._contexts = contexts
        self._lower = lower
        self._data = b""
        self._chosen = False
        lower.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._chosen or not is_whole(self._data):
            return
        self._chosen = True
        found = self._lower.get_extra_info("sockname")
        address = found[0] if isinstance(found, tuple) else None
        name = server_name(self._data)
        context = self._contexts.known(address, name)
        if context is not None:
            self._go_on(context)
            return
        self._lower.pause_reading()
        making = asyncio.get_running_loop().run_in_executor(None, self._contexts.make, address, name)
        making.add_done_callback(self._made)

    def _made(self, making: asyncio.Future[ssl.SSLContext]) -> None:
        error = making.exception()
        if error is not None:
            _log.error("TLS is not possible: %s", error)
            self._lower.abort()
        elif not self._lower.is_closing():
            self._lower.resume_reading()
            self._go_on(making.result())

    def _go_on(self, context: ssl.SSLContext) -> None:
        transport = TlsTransport(self._lower, cast(Upper, self._protocol), context)
        self._protocol.transport = transport
        transport.data_received(self._data)

    def eof_received(self) -> bool | None:
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)


def is_whole(data: bytes) -> bool:
    """Whether the first record has come, or what has come can be none."""
    return len(data) >= 5 and len(data) - 5 >= min(int.from_bytes(data[3:5]), _LONGEST_RECORD)


def server_name(data: bytes) -> str | None:
    """The host name that a ClientHello asks for (RFC 8446, 4.1.2; RFC 6066, 3), where it is in the first record."""
    try:
        rest = memoryview(data)[5 + 4 + 2 + 32 :]  # record, handshake, version, random
        for width in (1, 2, 1):  # session id, cipher suites, compression methods
            _, rest = _counted(rest, width)
        extensions, _ = _counted(rest, 2)
        while extensions:
            kind = int.from_bytes(extensions[:2])
            content, extensions = _counted(extensions[2:], 2)
            if kind == 0:
                names, _ = _counted(content, 2)
                name, _ = _counted(names[1:], 2)
                return bytes(name).decode("ascii") or None
    except ValueError:
        pass  # no ClientHello: the handshake says so
    return None


def _counted(data: memoryview, width: int) -> tuple[memoryview, memoryview]:
    """What follows a number of `width` bytes that says how long it is, and the rest. Raises ValueError."""
    length = int.from_bytes(data[:width])
    if len(data) < width + length:
        raise ValueError("too short")
    return data[width : width + length], data[width + length :]
