"""The hop of a request that has come whole, over a connection that is idle: callbacks, without a task of its own.

Most requests are such, and their answers come whole, too: what has been read of the service is passed on within the
callback that read it. Whatever else happens (the answer comes in parts, the service goes away, the server stops) is
handed to `otherwise`, a coroutine that goes on from there (see `gateway.proxy.hop`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any

from awskit.http_client import Connection
from gateway.metrics import GatewayMetrics
from gateway.proxy.hop import PARTICULAR, as_it_has_come
from gateway.proxy.request import Request

CLIENT_CLOSED = 499
"""nginx's status for it; in metrics and logs only."""

_NO_STATUS = 600


class WholeHop:
    """See the module. `started` is when it began, by `perf_counter`."""

    __slots__ = ("_metrics", "_otherwise", "_request", "_service", "connection", "started")

    def __init__(
        self,
        request: Request,
        service: str,
        connection: Connection,
        metrics: GatewayMetrics,
        otherwise: Callable[[Request, WholeHop], Coroutine[Any, Any, None]],
    ) -> None:
        self._request = request
        self._service = service
        self.connection = connection
        self._metrics = metrics
        self._otherwise = otherwise
        self.started = perf_counter()

    def begin(self) -> None:
        """Send the request to its service."""
        request = self._request
        exchange = request.exchange
        exchange.on_lost = self._client_lost
        exchange.waiting.add(self)
        self.connection.begin(as_it_has_come(request), headless=request.method == "HEAD")
        self.connection.tell(self)

    def wake(self) -> None:
        """Something has come of the service, or it has gone away."""
        connection = self.connection
        status = connection.status
        whole = connection.complete and connection.content_length is not None
        if not whole or status in PARTICULAR or status >= _NO_STATUS:
            self._hand_over()
            return
        exchange = self._request.exchange
        exchange.waiting.discard(self)
        failure: Exception | None = None
        try:
            if self._request.method == "HEAD":
                exchange.start_with(status, connection.fields, connection.content_length)
                exchange.write(b"", more=False)
            else:
                exchange.answer_with(status, connection.fields, connection.take())
        except Exception as error:
            failure = error
        connection.finish()
        self._metrics.observe(self._service, status, perf_counter() - self.started)
        exchange.ended(failure)

    def _hand_over(self) -> None:
        exchange = self._request.exchange
        exchange.waiting.discard(self)
        self.connection.tell(None)
        exchange.run(self._otherwise(self._request, self))

    def _client_lost(self) -> None:
        exchange = self._request.exchange
        exchange.waiting.discard(self)
        self.connection.tell(None)
        self.connection.finish()
        self._metrics.observe(self._service, CLIENT_CLOSED, perf_counter() - self.started)
        exchange.ended(None)

    def cancel(self, msg: Any = None) -> bool:
        """The server stops and does not wait any longer. Called while it goes through what it waits for."""
        asyncio.get_running_loop().call_soon(self._stop, msg)
        return True

    def _stop(self, msg: Any) -> None:
        exchange = self._request.exchange
        if self in exchange.waiting:
            self._hand_over()
            if exchange.task is not None:
                exchange.task.cancel(msg)
