"""One service at one or several addresses: requests go round them, a dead one is left out and taken back.

A host name is looked up when it is first needed and every few seconds from then on, so that a service which is scaled
out or in behind one name is followed. Connections are kept alive, per address, the last used first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from awskit.http_client.addresses import Address, Resolve, TcpAddress, parse_addresses
from awskit.http_client.connection import Connection, ConnectionLost
from awskit.http_client.endpoint import CONNECT_SECONDS, Endpoint
from awskit.http_client.first_of import Connecting, first_of
from awskit.http_client.messages import SAFE_METHODS, Headers, Response, read_response, serialize

if TYPE_CHECKING:
    from ssl import SSLContext

_OPEN_SECONDS = 0.8  # for a connection to any of the addresses, so that an answer is there within a second
_OPEN_TLS_SECONDS = 5.0  # the same, where they are perhaps far away and a handshake follows
_RETRY_SECONDS = 0.05
_SLOW_SECONDS = 5.0  # for a connection to who is known to be there: a busy host
_IDLE_SECONDS = 30.0
_TRIES = 4  # replicas may be stopped one after the other, each with the request on its way to it


class UpstreamUnavailable(ConnectionError):
    """No address of the service takes a connection."""


Sign = Callable[[str, str, str, bytes], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Resolver:
    """What looks host names up, and how often."""

    resolve: Resolve
    seconds: float


class Upstream:
    """A service, by its addresses. `HttpClient.upstream` makes it."""

    def __init__(
        self,
        addresses: str,
        read_buffer: memoryview,
        resolver: Resolver,
        on_connect: Callable[[], None],
        *,
        sign: Sign | None = None,
        restart_seconds: float = 0.0,
        tls: SSLContext | None = None,
    ) -> None:
        """`addresses` as in `awskit.http_client.addresses`; `read_buffer` as for `Connection`. Raises `AddressError`.

        `restart_seconds` is how long a request waits for a service that somebody starts again when it dies.
        `on_connect` is called before the first connection is made (and later ones): `tend` is needed from then on.
        `tls` as for `HttpClient`.
        """
        self._read_buffer = read_buffer
        self._resolver = resolver
        self._on_connect = on_connect
        self._sign = sign
        self._restart_seconds = restart_seconds
        self._tls = tls
        self._addresses = parse_addresses(addresses, tls=tls is not None)
        self._open_seconds = _OPEN_TLS_SECONDS if any(map(_is_secure, self._addresses)) else _OPEN_SECONDS
        self._endpoints: tuple[Endpoint, ...] = tuple(
            self._endpoint(address) for address in self._addresses if not address.is_name
        )
        self._has_names = any(address.is_name for address in self._addresses)
        self._resolving: asyncio.Task[None] | None = None
        self._resolved_at: float | None = None if self._has_names else 0.0
        self._connecting: set[Connecting] = set()
        self._turn = 0

    def _endpoint(self, address: Address) -> Endpoint:
        return Endpoint(address, self._read_buffer, self._tls)

    @property
    def authority(self) -> str:
        """What a `Host` header says for the first address."""
        return self._addresses[0].authority

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every address known now."""
        return self._endpoints

    def pick(self) -> Endpoint | None:
        """The living endpoint whose turn it is; None where none is known to be alive."""
        endpoints = self._endpoints
        if len(endpoints) == 1:
            endpoint = endpoints[0]
            return endpoint if endpoint.alive else None
        for _ in endpoints:
            self._turn = turn = (self._turn + 1) % len(endpoints)
            if endpoints[turn].alive:
                return endpoints[turn]
        return None

    async def request(
        self, method: str, target: str, headers: Headers = (), body: bytes = b"", *, timeout: float = 30.0
    ) -> Response:
        """Ask for `target` (path and query, as they go on the wire), within `timeout` seconds.

        `Host` is the address's own and `Content-Length` the body's, where `headers` name none. Raises
        `UpstreamUnavailable`, `ConnectionLost` (both `ConnectionError`) and `TimeoutError`.
        """
        data = self._serialize(method, target, headers, body)
        async with asyncio.timeout(timeout):
            connection = await self.exchange(data, headless=method == "HEAD", safe=method in SAFE_METHODS)
            try:
                return await read_response(connection)
            finally:
                connection.finish()

    def _serialize(self, method: str, target: str, headers: Headers, body: bytes) -> bytes:
        if self._sign is not None:
            headers = {**dict(headers), **self._sign(method, target, self.authority, body)}
        return serialize(method, target, headers, body, self.authority)

    async def request_each(
        self, method: str, target: str, headers: Headers = (), body: bytes = b"", *, timeout: float = 30.0
    ) -> dict[str, Response | OSError]:
        """Ask every address the same, at once: the answer, or why there is none, by address.

        Empty where the service's host name has no address.
        """
        self._on_connect()  # the connections made here serve later requests, which then make none
        if not self._endpoints:
            await self._look_up(self._open_seconds)
        data = self._serialize(method, target, headers, body)
        endpoints = self._endpoints
        safe = method in SAFE_METHODS
        answers = await asyncio.gather(
            *(_ask(endpoint, data, timeout, headless=method == "HEAD", safe=safe) for endpoint in endpoints)
        )
        return {str(endpoint.address): answer for endpoint, answer in zip(endpoints, answers, strict=True)}

    async def request_to(
        self, address: str, method: str, target: str, body: bytes = b"", *, timeout: float = 30.0
    ) -> Response:
        """Ask the one address that `request_each` calls so. Raises OSError, of which `TimeoutError` is one."""
        self._on_connect()
        for endpoint in self._endpoints:
            if str(endpoint.address) == address:
                data = self._serialize(method, target, (), body)
                safe = method in SAFE_METHODS
                answer = await _ask(endpoint, data, timeout, headless=method == "HEAD", safe=safe)
                if isinstance(answer, OSError):
                    raise answer
                return answer
        raise UpstreamUnavailable(f"{address} is no address of the service any more")

    async def exchange(
        self, request: bytes, *, headless: bool = False, safe: bool = False, begun: Connection | None = None
    ) -> Connection:
        """Send `request`, a whole one, and return the connection once the answer's head is here.

        Sent again, on a new connection, where the service closed the one before without an answer and certainly had
        not read the request; once also where the request is `safe` (asking twice changes nothing). The caller calls
        the connection's `finish`. `begun` is the connection that it has been sent on before. Raises
        `UpstreamUnavailable` and `ConnectionLost`.
        """
        connection = begun
        if connection is None:
            endpoint = self.pick()
            connection = endpoint.pop() if endpoint is not None else None
            if connection is None:
                connection = await self.connect(endpoint)
            connection.begin(request, headless=headless)
        tries = _TRIES
        while True:
            try:
                await connection.head()
                return connection
            except ConnectionLost as lost:
                tries -= 1
                if not tries or not (lost.unread or safe):
                    raise
                safe = False
            except BaseException:
                connection.finish()
                raise
            connection = await self.connect(self.pick())
            connection.begin(request, headless=headless)

    def idle(self) -> Connection | None:
        """A connection that a request may be sent on now; None where who has its turn has none: it keeps its turn."""
        turn = self._turn
        endpoint = self.pick()
        connection = None if endpoint is None else endpoint.pop()
        if connection is None:
            self._turn = turn
        return connection

    async def idle_or_new(self) -> Connection:
        """A connection for a request that cannot be sent twice: an idle one that is not just being closed, or new."""
        endpoint = self.pick()
        while endpoint is not None:
            connection = endpoint.pop()
            if connection is None:
                break
            await asyncio.sleep(0)  # one turn of the loop, in which it sees that the service has closed it
            if not connection.closed:
                return connection
        return await self.connect(endpoint)

    async def connect(self, endpoint: Endpoint | None) -> Connection:
        """A new connection, to `endpoint` if that works, else to another one. Raises `UpstreamUnavailable`."""
        self._on_connect()
        deadline = monotonic() + self._open_seconds
        if not self._endpoints:
            await self._look_up(self._open_seconds)
        others = sorted(self._endpoints, key=lambda other: not other.alive)
        candidates = [endpoint] if endpoint is not None else []
        candidates += [other for other in others if other is not endpoint]
        connection = await first_of(candidates, deadline, self._connecting)
        if connection is None and self._has_names:
            # perhaps the service is elsewhere by now
            await self._look_up(deadline - monotonic())
            connection = await first_of(
                [new for new in self._endpoints if new not in candidates], deadline, self._connecting
            )
        slow = any(candidate.slow for candidate in candidates)
        until = monotonic() + max(self._restart_seconds, _SLOW_SECONDS if slow else 0.0)
        while connection is None and monotonic() < until:
            await asyncio.sleep(_RETRY_SECONDS)
            connection = await first_of(candidates, monotonic() + CONNECT_SECONDS, self._connecting)
        if connection is None:
            raise UpstreamUnavailable(self._absence())
        return connection

    def _absence(self) -> str:
        distrusted = next((endpoint.distrust for endpoint in self._endpoints if endpoint.distrust), "")
        where = ", ".join(map(str, self._addresses))
        return f"{where}: its certificate is not trusted: {distrusted}" if distrusted else f"nothing answers at {where}"

    async def takes_connections(self) -> bool:
        """Whether an address takes one now."""
        try:
            connection = await self.connect(self.pick())
        except UpstreamUnavailable:
            return False
        connection.close()
        return True

    async def _look_up(self, timeout: float) -> None:
        if not self._has_names or timeout <= 0:
            return
        if self._resolving is None or self._resolving.done():
            self._resolving = asyncio.get_running_loop().create_task(self._resolve())
        # shielded: others wait for the same look-up, which a slow resolver may finish later
        await asyncio.wait([self._resolving], timeout=timeout)

    async def _resolve(self) -> None:
        found = [address for name in self._addresses for address in await self._resolver.resolve(name)]
        self._resolved_at = monotonic()
        if not found:
            return  # the resolver is away or the name is: what was known before may still serve
        known = {endpoint.address: endpoint for endpoint in self._endpoints}
        self._endpoints = tuple(known.get(address) or self._endpoint(address) for address in dict.fromkeys(found))
        for gone in set(known.values()).difference(self._endpoints):
            gone.close()

    async def tend(self) -> None:
        """What is to be done every half second: close what has been idle for long, probe the dead, look names up."""
        before = monotonic() - _IDLE_SECONDS
        for endpoint in self._endpoints:
            endpoint.sweep(before)
        if self._has_names and (self._resolved_at is None or self._resolved_at < monotonic() - self._resolver.seconds):
            await self._look_up(self._open_seconds)
        if len(self._endpoints) > 1:
            await asyncio.gather(*(endpoint.probe() for endpoint in self._endpoints if not endpoint.alive))

    def close(self) -> None:
        """Close every idle connection."""
        if self._resolving is not None:
            self._resolving.cancel()
        for task in tuple(self._connecting):
            task.cancel()
        for endpoint in self._endpoints:
            endpoint.close()


def _is_secure(address: Address) -> bool:
    return isinstance(address, TcpAddress) and bool(address.tls_name)


async def _ask(endpoint: Endpoint, data: bytes, timeout: float, *, headless: bool, safe: bool) -> Response | OSError:
    try:
        async with asyncio.timeout(timeout):
            # an idle connection where there is one: who asks again and again would open more than are ever closed
            connection = endpoint.pop()
            if connection is not None:
                try:
                    return await _answer_on(connection, data, headless)
                except ConnectionLost as lost:
                    if not lost.unread and not safe:
                        raise
            return await _answer_on(await endpoint.connect(endpoint.connect_seconds), data, headless)
    except OSError as error:  # TimeoutError is one
        return error


async def _answer_on(connection: Connection, data: bytes, headless: bool) -> Response:
    try:
        connection.begin(data, headless=headless)
        await connection.head()
        return await read_response(connection)
    finally:
        connection.finish()
