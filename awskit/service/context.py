"""Who asks, where, and when: what an operation knows of its request beside the input."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from awskit.access.decision import Verdict
from awskit.access.identities import Identity
from awskit.wire.http import BodyStream, HttpRequest

RuntimeT = TypeVar("RuntimeT")


@dataclass(slots=True)
class RequestContext(Generic[RuntimeT]):
    """One request's context.

    `runtime` is the service's own bundle of parts (clock, database, settings, ...). `now` is the clock's reading when
    the request was dispatched, in seconds since the epoch. `response_headers` are added to a successful answer,
    `response_status` replaces its status (206).
    `identity` is who has signed it and `verdict` what let it in, where that is asked (see `awskit.access.modes`).
    `disconnected()` ends when the client has gone; only an operation without a streamed body may await it.
    """

    runtime: RuntimeT
    account_id: str
    region: str
    request_id: str
    operation: str
    now: float
    request: HttpRequest
    access_key_id: str | None
    disconnected: Callable[[], Awaitable[None]]
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    response_status: int | None = None
    identity: Identity | None = None
    verdict: Verdict | None = None

    @property
    def body(self) -> BodyStream | None:
        """The body of an operation whose payload is streamed."""
        return self.request.stream

    @property
    def host(self) -> str:
        """The `Host` the client called, with its port."""
        return self.request.header("host")

    @property
    def endpoint(self) -> str:
        """The URL the client called, without path: `http://localhost:4566`."""
        scheme = self.request.header("x-forwarded-proto") or "http"
        return f"{scheme}://{self.host}"
