"""What happens to messages between requests: filters, tries of deliveries, dead letters, moves. A ring, too.

An event says what has `cause`d it (the id of a request or of a message) and which `message` came of it, so that a
message's way can be put together over all services (see `gateway.control.trail`).

`GET /_ruststack/trail?refs=A,B` of one process: the events, and the journal's requests, that have one of them. `GET
/_ruststack/trail?after=INSTANCE:REQUESTS:EVENTS,...`: all that has come after an earlier answer of this process, which
said so in `reached`; without one, all that is remembered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import Any

from awskit.control.routes import json_response
from awskit.journal.ring import Journal
from awskit.wire.http import HttpRequest, HttpResponse

Text = str | Callable[[], str]
_TEXT_CUT = 300


class Trail:
    """The last `size` events of one process. A `text` that costs something is made when it is read."""

    def __init__(self, service: str, size: int) -> None:
        self._service = service
        self._events: deque[tuple[float, str, str, str, str, Text]] = deque(maxlen=size)
        self._count = 0

    def note(self, now: float, kind: str, cause: str, message: str, resource: str, text: Text = "") -> None:
        """Keep an event; `message` is "" where none came of it."""
        self._events.append((now, kind, cause, message, resource, text))
        self._count += 1

    @property
    def count(self) -> int:
        """How many events have been noted since the process began."""
        return self._count

    def since(self, count: int) -> list[dict[str, Any]]:
        """What has come after the first `count` events, as far as it is remembered, the oldest first."""
        new = min(self._count - count, len(self._events))
        return [self._told(*event) for event in islice(self._events, len(self._events) - new, None)] if new > 0 else []

    def of(self, refs: frozenset[str]) -> list[dict[str, Any]]:
        """The events of these, the oldest first."""
        found = [event for event in self._events if event[2] in refs or event[3] in refs]
        return [self._told(*event) for event in found]

    def _told(self, now: float, kind: str, cause: str, message: str, resource: str, text: Text) -> dict[str, Any]:
        return {
            "time": round(now, 6),
            "service": self._service,
            "event": kind,
            "cause": cause,
            "message": message or None,
            "resource": resource,
            "text": (text if isinstance(text, str) else text())[:_TEXT_CUT],
        }


def route(journal: Journal | None, trail: Trail) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """What answers it."""

    async def answer(request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        if "refs" in query:
            refs = frozenset(filter(None, query["refs"].split(",")))
            requests = [] if journal is None else [entry for entry in journal.entries() if _is_of(entry, refs)]
            requests.reverse()
            return json_response({"requests": requests, "events": trail.of(refs)})
        if journal is None:
            return json_response({"message": "no journal is kept: RUSTSTACK_JOURNAL is 0"}, 409)
        try:
            requests_before, events_before = _reached(journal.instance, query.get("after", ""))
        except ValueError:
            return json_response({"message": "after is INSTANCE:REQUESTS:EVENTS, of each process"}, 400)
        requests = list(journal.entries(requests_before))
        requests.reverse()
        events, reached = trail.since(events_before), f"{journal.instance}:{journal.count}:{trail.count}"
        return json_response({"requests": requests, "events": events, "reached": reached})

    return answer


def _reached(instance: str, after: str) -> tuple[int, int]:
    """How many requests and events of this process are known already. Raises ValueError."""
    for part in after.split(","):
        name, _, counts = part.partition(":")
        if name == instance:
            requests, _, events = counts.partition(":")
            return int(requests), int(events)
    return 0, 0


def _is_of(entry: Mapping[str, Any], refs: frozenset[str]) -> bool:
    if entry["id"] in refs or not refs.isdisjoint(ref for line in entry["messages"] for ref in line):
        return True
    trace = entry["trace"]
    return trace is not None and any(ref in trace for ref in refs if ref.startswith(("Root=", "1-")))
