"""`GET /_ruststack/requests`: what the services were asked last, put together from every process of each.

The query has the filters of `awskit.journal.filters`, `limit` (the last 100 where it is not given) and `follow=1`: the
answer then goes on, as server-sent events of one request each, also of processes that come later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from awskit.bounds.integers import is_natural
from awskit.http_client import Response as Answer
from awskit.journal.filters import NAMES, predicate
from gateway.control.fleet import Fleet, no_such_service
from gateway.control.parameters import reads
from gateway.proxy.fallback import Fallback

_LIMIT = 100
_MOST = 100_000
_LOOK_SECONDS = 0.2
_SILENT_LOOKS = 75  # after which a comment tells that the connection is alive

Entry = dict[str, Any]


class NoJournal(Exception):
    """A service keeps none; the text says why."""


class Journals:
    """Those of the services, and of what was passed to other emulators. `stopping` is set when the gateway ends."""

    def __init__(self, fleet: Fleet, fallback: Fallback, stopping: asyncio.Event) -> None:
        self._fleet = fleet
        self._passed = fallback.passed
        self._passed_on = fallback.may_take
        self._stopping = stopping

    def check_service(self, name: str) -> None:
        """ValueError where it is neither a service of the fleet's nor one that another emulator stands in for."""
        if not self._fleet.service_named(name) and not self._passed_on(name):
            raise ValueError(no_such_service(name, self._fleet.names))

    async def read(self, filters: Mapping[str, str], limit: int) -> tuple[list[Entry], dict[str, int]]:
        """The last `limit` requests in the order of time, and how far the journal of each process is."""
        return await self._read(filters, limit, {})

    async def follow(self, filters: Mapping[str, str], limit: int) -> AsyncIterator[list[Entry]]:
        """The last `limit`, then what comes, until the gateway ends; an empty list where nothing has come for long."""
        entries, counts = await self.read(filters, limit)
        yield entries
        silent = 0
        while not await self._stops_within(_LOOK_SECONDS):
            entries, counts = await self._read(filters, _MOST, counts)
            silent = 0 if entries else silent + 1
            if entries or silent % _SILENT_LOOKS == 0:
                yield entries

    async def _read(
        self, filters: Mapping[str, str], limit: int, counts: Mapping[str, int]
    ) -> tuple[list[Entry], dict[str, int]]:
        names = self._fleet.service_named(filters.get("service", "*"))
        after = ",".join(f"{instance}:{count}" for instance, count in counts.items())
        target = f"/_ruststack/requests?{urlencode({**filters, 'limit': limit, 'after': after})}"
        found: list[Entry] = []
        reached = dict(counts)
        for answers in (await self._fleet.ask_each(names, target)).values():
            for answer in answers.values():
                if isinstance(answer, Answer) and answer.status == 200:
                    content = orjson.loads(answer.body)
                    found += content["requests"]
                    reached[content["instance"]] = content["count"]
                elif isinstance(answer, Answer) and answer.status == 409:
                    raise NoJournal(orjson.loads(answer.body)["message"])
        passed = self._passed
        wanted = predicate(filters)
        found += islice(filter(wanted, passed.after(counts.get(passed.instance, 0))), limit)
        reached[passed.instance] = passed.count
        found.sort(key=lambda entry: entry["time"])
        return found[-limit:] if limit else [], reached

    async def _stops_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stopping.wait()
        except TimeoutError:
            return False


def add_journal(app: FastAPI, journals: Journals) -> None:
    """The route."""

    @app.get("/_ruststack/requests", openapi_extra=reads((*NAMES, "limit", "follow")))
    async def requests(request: Request) -> Response:
        filters = dict(request.query_params)
        try:
            streams = "text/event-stream" in request.headers.get("accept", "")
            follows = _truth("follow", filters.pop("follow", "0")) or streams
            limit = _limit(filters.pop("limit", str(_LIMIT)))
            predicate(filters)
            journals.check_service(filters.get("service", "*"))
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)
        try:
            found, _ = await journals.read(filters, 0 if follows else limit)
        except NoJournal as error:
            return JSONResponse({"message": str(error)}, 409)
        if follows:
            events = _events(journals.follow(filters, limit))
            return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        return JSONResponse({"requests": found})


def _limit(text: str) -> int:
    if not is_natural(text, 0, _MOST):
        raise ValueError(f"limit is a number from 0 to {_MOST}, not {text[:100]!r}")
    return int(text)


def _truth(name: str, text: str) -> bool:
    if text.lower() in ("1", "true"):
        return True
    if text.lower() in ("", "0", "false"):
        return False
    raise ValueError(f"{name} is 1 or 0, not {text[:100]!r}")


async def _events(read: AsyncIterator[list[Entry]]) -> AsyncIterator[bytes]:
    async for entries in read:
        yield b"".join(b"data: %b\n\n" % orjson.dumps(entry) for entry in entries) or b": nothing new\n\n"
