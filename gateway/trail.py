"""`GET /_ruststack/trace/ID`: the way of a message over all services, in the order of time.

In: the id of a request, of a message, or an `X-Amzn-Trace-Id`. Out: `{"trace": [...]}`: requests, as in the journal
(`what` is `request`) and what happened between them (`event`, see `awskit.journal.trail`); 404 where nothing is known.

Requests and events name each other's ids: what is found leads on to more, until nothing new turns up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from awskit.http_client import Response as Answer
from gateway.fleet import Fleet

_PATH = "/_ruststack/trace/{reference:path}"
_ROUNDS = 8
_MOST_REFS = 200  # of an id each: a batch of batches

Found = dict[str, Any]


async def trace(fleet: Fleet, reference: str) -> list[Found]:
    """Everything that has to do with it."""
    root = next((part for part in reference.split(";") if part.startswith("Root=")), reference)
    refs: set[str] = {root}
    found: list[Found] = []
    for _ in range(_ROUNDS):
        found = await _ask(fleet, refs)
        more = refs.union(*(_refs_of(one, refs, root) for one in found))
        if more == refs or len(more) > _MOST_REFS:
            break
        refs = more
    found.sort(key=lambda one: float(one["time"]))
    return found


async def _ask(fleet: Fleet, refs: Iterable[str]) -> list[Found]:
    found: list[Found] = []
    target = f"/_ruststack/trail?{urlencode({'refs': ','.join(sorted(refs))})}"
    for answers in (await fleet.ask_each(fleet.names, target)).values():
        for answer in answers.values():
            if isinstance(answer, Answer) and answer.status == 200:
                content = orjson.loads(answer.body)
                found += [{"what": "request", **entry} for entry in content["requests"]]
                found += [{"what": "event", **event} for event in content["events"]]
    return found


def _refs_of(one: Mapping[str, Any], refs: set[str], root: str) -> set[str]:
    """What it leads on to. A request that is only there for one of its messages does not lead to the others."""
    if one["what"] == "event":
        return {ref for ref in (one["cause"], one["message"]) if ref}
    lines: list[list[str]] = one["messages"]
    if one["id"] in refs or (one["trace"] is not None and root in one["trace"]):
        return {one["id"], *(ref for line in lines for ref in line)}
    return {ref for line in lines if not refs.isdisjoint(line) for ref in line}


def add_trail(app: FastAPI, fleet: Fleet) -> None:
    """The route."""

    @app.get(_PATH)
    async def traced(reference: str) -> Response:
        found = await trace(fleet, reference)
        if not found:
            return JSONResponse({"message": f"nothing is remembered of {reference}"}, 404)
        return JSONResponse({"trace": found})
