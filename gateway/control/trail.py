"""`GET /_ruststack/trace/ID`: the way of a message over all services, in the order of time.

In: the id of a request, of a message, or an `X-Amzn-Trace-Id`. Out: `{"trace": [...]}`: requests, as in the journal
(`what` is `request`) and what happened between them (`event`, see `awskit.journal.trail`); 404 where nothing is known.

Requests and events name each other's ids: what is found leads on to more, until nothing new turns up.

`GET /_ruststack/trail?after=REACHED`: everything that has come since the answer whose `reached` that was, of all
processes, in the order of time: `{"trail": [...], "reached": "...", "lost": 0}`. `lost` counts the requests that were
forgotten before they were asked for. Whoever passes it on, as OpenTelemetry's spans, goes on asking.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from awskit.http_client import Response as Answer
from gateway.control.fleet import Fleet

_PATH = "/_ruststack/trace/{reference:path}"
_REACHED = re.compile(r"([0-9a-f]+:[0-9]{1,18}:[0-9]{1,18}(,|$))*")
_ROUNDS = 8
_MOST_REFS = 200  # of an id each: a batch of batches

Found = dict[str, Any]


class NoTrail(Exception):
    """A service has refused to tell: with this text and status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


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
    found.sort(key=_time)
    return found


async def everything(fleet: Fleet, after: str) -> dict[str, Any]:
    """What has come since the answer that had reached `after`; "" for all that is remembered. Raises `NoTrail`."""
    before = dict(part.split(":", 1) for part in after.split(",") if part)
    found: list[Found] = []
    reached, lost = dict(before), 0
    for answers in (await fleet.ask_each(fleet.names, f"/_ruststack/trail?{urlencode({'after': after})}")).values():
        for answer in answers.values():
            if not isinstance(answer, Answer):
                continue
            content = orjson.loads(answer.body)
            if answer.status != 200:
                raise NoTrail(content["message"], answer.status)
            instance, counts = content["reached"].split(":", 1)
            known = int(before[instance].partition(":")[0]) if instance in before else 0
            lost += int(counts.partition(":")[0]) - known - len(content["requests"])
            reached[instance] = counts
            found += _told(content)
            await asyncio.sleep(0)  # a journal is thousands of requests: others have their turn between two
    found.sort(key=_time)
    return {"trail": found, "reached": ",".join(f"{name}:{counts}" for name, counts in reached.items()), "lost": lost}


async def _ask(fleet: Fleet, refs: Iterable[str]) -> list[Found]:
    found: list[Found] = []
    target = f"/_ruststack/trail?{urlencode({'refs': ','.join(sorted(refs))})}"
    for answers in (await fleet.ask_each(fleet.names, target)).values():
        for answer in answers.values():
            if isinstance(answer, Answer) and answer.status == 200:
                found += _told(orjson.loads(answer.body))
                await asyncio.sleep(0)
    return found


def _told(content: Mapping[str, Any]) -> list[Found]:
    told: list[Found] = []
    for what, name in (("request", "requests"), ("event", "events")):
        for one in content[name]:
            one["what"] = what
            told.append(one)
    return told


def _time(one: Mapping[str, Any]) -> float:
    return float(one["time"])


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
        return _json({"trace": found})

    @app.get("/_ruststack/trail")
    async def trail(after: str = "") -> Response:
        if not _REACHED.fullmatch(after):
            return JSONResponse({"message": f"after is what was reached, not {after[:100]!r}"}, 400)
        try:
            return _json(await everything(fleet, after))
        except NoTrail as error:
            return JSONResponse({"message": str(error)}, error.status)


def _json(content: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
