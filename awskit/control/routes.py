"""What a service answers under `/_ruststack/` to the gateway and to the person who runs it.

* `GET /_ruststack/health`, through the gateway `GET /_aws/sqs/health`: `{"service": "sqs", "status": "running",
  "pid": 123}`; `faults` are what is wrong with where its data lies, `failing` (503) is one that cannot write
* `GET /_ruststack/metrics`: `{"requests": [{"operation", "status", "count", "seconds"}, ...]}`
* `POST /_ruststack/reset[?account=111122223333]`: state emptied
* `GET /_ruststack/clock`, `POST /_ruststack/clock?advance=SECONDS` (or `set=TIME`, `offset=SECONDS`):
  `{"now": 1700000000.0, "offset": 60.0}`
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from awskit.control.kept_clock import KeptClock
from awskit.control.metrics import Metrics
from awskit.control.parameters import complaint
from awskit.wire.http import ClientDisconnected, HttpRequest, HttpResponse

Route = Callable[[HttpRequest], Awaitable[HttpResponse]]


def json_response(content: Any, status: int = 200) -> HttpResponse:
    """`content` as a JSON answer."""
    return HttpResponse(status, [("Content-Type", "application/json")], orjson.dumps(content))


def taking(route: Route, *names: str, further: tuple[str, ...] = ()) -> Route:
    """`route`, with no other parameters than these: anything else is answered with 400.

    The values of `further` ones are the route's own matter.
    """

    async def answer(request: HttpRequest) -> HttpResponse:
        wrong = complaint(request.query, names, further)
        return await route(request) if wrong is None else json_response({"message": wrong}, 400)

    return answer


class Control:
    """The control routes of one service: the ones that all have, and its own (`further`)."""

    def __init__(
        self,
        name: str,
        clock: KeptClock,
        reset: Callable[[str | None], Awaitable[None]],
        metrics: Metrics,
        further: Mapping[str, Route],
        health: Callable[[], Awaitable[Mapping[str, Any]]],
    ) -> None:
        self._name = name
        self._clock = clock
        self._empty = reset
        self._state = health
        self._metrics = metrics
        self._log = logging.getLogger(f"ruststack.{name}")
        self._routes: dict[str, Route] = {
            "/_ruststack/health": self._health,
            f"/_aws/{name}/health": self._health,
            "/_ruststack/metrics": self._requests,
            "/_ruststack/reset": taking(self._reset, "account"),
            "/_ruststack/clock": self._move_clock,
            **further,
        }
        self._prefixes = [path for path in self._routes if path.endswith("/")]

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The route's answer; 404 where there is none, 500 with the trace in the log where it fails."""
        route = self._routes.get(request.path)
        if route is None:
            prefix = next((prefix for prefix in self._prefixes if request.path.startswith(prefix)), None)
            if prefix is None:
                return json_response({"message": f"no such path: {request.path}"}, 404)
            route = self._routes[prefix]
        if not _is_text(request):
            return json_response({"message": "the query is no UTF-8"}, 400)
        try:
            return await route(request)
        except ClientDisconnected:
            raise
        except Exception:
            self._log.exception("%s %s failed", request.method, request.path)
            return json_response({"message": "internal failure"}, 500)

    async def _health(self, request: HttpRequest) -> HttpResponse:
        state = await self._state()
        status = 200 if state["status"] == "running" else 503
        return json_response({"service": self._name, **state, "pid": os.getpid()}, status)

    async def _requests(self, request: HttpRequest) -> HttpResponse:
        return json_response({"requests": self._metrics.snapshot()})

    async def _reset(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return json_response({"message": "reset takes POST"}, 405)
        await self._empty(dict(request.query).get("account"))
        return json_response({"service": self._name, "status": "reset"})

    async def _move_clock(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            try:
                await self._clock.move(dict(request.query))
            except ValueError as error:
                return json_response({"message": str(error)}, 400)
        return json_response(self._clock.reading())


def _is_text(request: HttpRequest) -> bool:
    """Whether the query is UTF-8; bytes of another encoding are surrogates, which no database takes."""
    if not request.query_string:
        return True
    try:
        return all(pair[0].encode() is not None and pair[1].encode() is not None for pair in request.query)
    except UnicodeEncodeError:
        return False
