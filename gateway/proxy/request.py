"""One request as the gateway handles it: its exchange, its id, and what its head says of its body."""

from __future__ import annotations

from collections.abc import Mapping

from awskit.http.exchange import Exchange

OWN_LINES = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-ruststack-request-id"})
"""What the gateway says to services, and nobody else does."""

SMALL_BODY = 64 * 1024  # read whole before the service is asked, so that the request can be sent twice


class Request:
    """See the module.

    `headers` maps a name to its last value; `exchange.headers` has them all. `forwarded` are the lines that say who the
    client is (see `gateway.proxy.forwarding`).
    """

    __slots__ = ("exchange", "forwarded", "headers", "id", "method", "path", "query")

    def __init__(self, exchange: Exchange, request_id: str, forwarded: bytes | None = None) -> None:
        self.exchange = exchange
        self.method = exchange.method
        self.path = exchange.path
        self.query = exchange.query
        self.headers: Mapping[bytes, bytes] = exchange.by_name
        self.id = request_id
        self.forwarded = forwarded

    @property
    def body_length(self) -> int | None:
        """None for a chunked body, 0 where there is none."""
        if b"transfer-encoding" in self.headers:
            return None
        length = self.headers.get(b"content-length")
        return int(length) if length else 0

    async def read_up_to(self, limit: int) -> bytes:
        """The body's beginning: all of it (`exchange.exhausted`), or, where it is longer, something over `limit` bytes.

        Raises `ClientDisconnected`.
        """
        exchange = self.exchange
        body = exchange.read_now()
        if body is not None:
            return body
        parts = []
        size = 0
        while not exchange.exhausted and size <= limit:
            parts.append(await exchange.next_part())
            size += len(parts[-1])
        return b"".join(parts)
