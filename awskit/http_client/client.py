"""The client: the upstreams that a process talks to, with what has to be done for them in the background."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from awskit.http_client.addresses import Resolve, resolve
from awskit.http_client.messages import Headers, Response
from awskit.http_client.upstream import Resolver, Sign, Upstream

if TYPE_CHECKING:
    from ssl import SSLContext

_LOG = logging.getLogger(__name__)
_TEND_SECONDS = 0.5
_READ_SIZE = 256 * 1024  # a quarter of the system calls and wake-ups of 64 KB: a large answer goes a third faster


class HttpClient:
    """Connections to other services, shared by everything in this process. Used within one event loop."""

    def __init__(
        self,
        resolve: Resolve = resolve,
        resolve_seconds: float = 3.0,
        *,
        sign: Sign | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        """`resolve` looks host names up (see `awskit.http_client.addresses`), again every `resolve_seconds`.

        `sign` gives further headers to each whole request: by (method, target, host, body). `tls` says whom to trust
        at `https://` addresses, which are refused without it.
        """
        self._resolver = Resolver(resolve, resolve_seconds)
        self._sign = sign
        self._tls = tls
        self._upstreams: dict[str, Upstream] = {}
        self._read_buffer = memoryview(bytearray(_READ_SIZE))
        self._tending: asyncio.Task[None] | None = None

    def upstream(self, addresses: str, *, restart_seconds: float = 0.0) -> Upstream:
        """The service at `addresses`, as `RUSTSTACK_SQS_URL` has them; see `Upstream`. Raises `AddressError`."""
        upstream = self._upstreams.get(addresses)
        if upstream is None:
            upstream = self._upstreams[addresses] = Upstream(
                addresses,
                self._read_buffer,
                self._resolver,
                self._tend_from_now_on,
                sign=self._sign,
                restart_seconds=restart_seconds,
                tls=self._tls,
            )
        return upstream

    async def request(
        self, method: str, url: str, headers: Headers = (), body: bytes = b"", *, timeout: float = 30.0
    ) -> Response:
        """Ask for an `http://` URL; otherwise as `Upstream.request`."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        upstream = self.upstream(f"{parts.scheme}://{parts.netloc}")
        return await upstream.request(method, target, headers, body, timeout=timeout)

    def _tend_from_now_on(self) -> None:
        if self._tending is None:
            self._tending = asyncio.get_running_loop().create_task(self._tend())

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            for upstream in tuple(self._upstreams.values()):
                try:
                    await upstream.tend()
                except Exception:
                    # who is not looked up any more is not followed to its new addresses
                    _LOG.exception("%s could not be tended", upstream.authority)

    async def close(self) -> None:
        """Close every idle connection and end the background work. Exchanges under way are the callers'."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
            self._tending = None
        for upstream in self._upstreams.values():
            upstream.close()
        self._upstreams.clear()
