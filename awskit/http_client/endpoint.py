"""One address of a service, with its idle connections."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from awskit.http_client.addresses import Address, TcpAddress
from awskit.http_client.connection import Connection

if TYPE_CHECKING:
    from ssl import SSLContext

CONNECT_SECONDS = 0.4
_CONNECT_TLS_SECONDS = 3.0  # some round trips, and two processes' arithmetic
_LATELY_SECONDS = 10.0
_MAX_IDLE = 128


class Endpoint:
    """One address with its idle connections. It is `alive` until a connection to it fails."""

    def __init__(self, address: Address, read_buffer: memoryview, tls: SSLContext | None = None) -> None:
        self.address = address
        self._read_buffer = read_buffer
        self._tls = tls if isinstance(address, TcpAddress) and address.tls_name else None
        self.connect_seconds = CONNECT_SECONDS if self._tls is None else _CONNECT_TLS_SECONDS
        """How long a connection may take to be made."""
        self.alive = True
        self.slow = False
        """Whether the last connection took too long, though it has served one lately: it is busy, not away."""
        self.distrust = ""
        """Why the certificate that it showed last is not trusted."""
        self._served_at = float("-inf")
        self._idle: list[Connection] = []

    def pop(self) -> Connection | None:
        """An idle connection, or None where there is none."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if not connection.closed:
                return connection
        return None

    def push(self, connection: Connection) -> None:
        connection.idle_since = self._served_at = monotonic()
        if len(self._idle) < _MAX_IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    async def connect(self, timeout: float) -> Connection:
        """A new connection. OSError (TimeoutError included) where there is none within `timeout` seconds."""
        loop = asyncio.get_running_loop()

        direct = not isinstance(self.address, TcpAddress)

        def factory() -> Connection:
            return Connection(loop, self.push, self._read_buffer, direct=direct)

        try:
            async with asyncio.timeout(timeout):
                address = self.address
                if not isinstance(address, TcpAddress):
                    _, connection = await loop.create_unix_connection(factory, address.path)
                elif self._tls is None:
                    _, connection = await loop.create_connection(factory, address.host, address.port)
                else:
                    _, connection = await loop.create_connection(
                        factory, address.host, address.port, ssl=self._tls, server_hostname=address.tls_name
                    )
        except OSError as error:
            self.alive = False
            self.distrust = getattr(error, "verify_message", "")  # of `ssl`'s errors, one kind of OSError
            self.slow = isinstance(error, TimeoutError) and monotonic() - self._served_at < _LATELY_SECONDS
            raise
        self.alive = True
        self.distrust = ""
        return connection

    async def probe(self) -> None:
        """Look whether the address takes connections again, and keep the one made."""
        try:
            self.push(await self.connect(self.connect_seconds))
        except OSError:
            return

    def sweep(self, before: float) -> None:
        """Close connections that have been idle since `before`."""
        kept = []
        for connection in self._idle:
            if connection.idle_since < before:
                connection.close()
            elif not connection.closed:
                kept.append(connection)
        self._idle = kept

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle = []
