"""`/_ruststack/faults`: the fault rules of the whole fleet (see `awskit.faults.rules`), which the gateway hands out.

`POST` adds a rule, or `{"faults": [...]}`, or with `?dry_run=1` only sees whether they can be used; one that would
strike nothing cannot be; `GET` lists them, each with its `hits`, the sum of all processes; `DELETE` ends them all, or
`?id=...`. Every process of a service has the same, also one that comes later: while there are rules, the gateway looks
once a second whether one has others. They last as long as a process that has them; `times` counts in each process for
itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from awskit.http_client import Response as Answer
from awskit.nearest import did_you_mean
from awskit.policy.patterns import matches
from gateway.control.fleet import Fleet, FleetError, no_such_service
from gateway.control.parameters import READS_BODY

_PATH = "/_ruststack/faults"
_LOOK_SECONDS = 1.0
_MOST = 1000

FaultRule = dict[str, Any]
_log = logging.getLogger("ruststack.gateway")


class FaultRules:
    """Those of the fleet. `stopping` is set when the gateway ends."""

    def __init__(self, fleet: Fleet, stopping: asyncio.Event) -> None:
        self._fleet = fleet
        self._stopping = stopping
        self._rules: list[FaultRule] = []
        self._version = 0
        self._changing = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None

    async def listed(self) -> list[FaultRule]:
        """Every rule with its hits."""
        async with self._changing:
            hits = await self._find()
            return [{**rule, "hits": hits.get(rule["id"], 0)} for rule in self._rules]

    async def add(self, given: Iterable[FaultRule]) -> list[FaultRule]:
        """Add these; they come back with their ids. ValueError where one cannot be used: none is added then."""
        added = await self.checked(given)
        async with self._changing:
            await self._find()
            ids = {rule["id"] for rule in added}
            rules = [rule for rule in self._rules if rule["id"] not in ids] + added
            if len(rules) > _MOST:
                raise ValueError(f"there are {_MOST} rules at most")
            await self._hand_out(rules)
        return added

    async def checked(self, given: Iterable[FaultRule]) -> list[FaultRule]:
        """These, with their ids. ValueError where one cannot be used, or would strike nothing."""
        rules = [{**rule, "id": rule.get("id") or uuid4().hex[:8]} for rule in given]
        for rule in rules:
            service = str(rule.get("service", "*"))
            if not self._services_of(rule):
                raise ValueError(no_such_service(service, self._fleet.names))
        told = await self._told(rules)
        taken = {rule_id for said in told.values() for rule_id in said["taken"]}
        for rule in rules:
            if rule["id"] not in taken and all(name in told for name in self._services_of(rule)):
                raise ValueError(self._why_nothing(rule, told))
        return rules

    async def _told(self, rules: list[FaultRule]) -> dict[str, Any]:
        """What the services that answer say of rules: see `awskit.faults.route`. ValueError."""
        content = orjson.dumps({"faults": rules})
        told: dict[str, Any] = {}
        for name, answers in (await self._fleet.ask_each(self._fleet.names, f"{_PATH}?check=1", content)).items():
            for answer in answers.values():
                if isinstance(answer, Answer) and answer.status in (200, 400):
                    told[name] = orjson.loads(answer.body)
                    if answer.status == 400:
                        raise ValueError(told[name]["message"])
        return told

    def _services_of(self, rule: FaultRule) -> list[str]:
        pattern = str(rule.get("service", "*"))
        return [name for name in self._fleet.names if matches(name, pattern, ignore_case=True)]

    def _why_nothing(self, rule: FaultRule, told: Mapping[str, Any]) -> str:
        """Why a rule strikes nothing, though there is its service."""
        named, operation = self._services_of(rule), str(rule.get("operation", "*"))
        if rule.get("delivery") is not None:
            delivering = [name for name, said in told.items() if said["delivers"]]
            if not any(name in delivering for name in named):
                return f"{', '.join(named)} delivers nothing to others; {', '.join(delivering) or 'no service'} does"
            return f"a delivery has no operation, and so none that is {operation!r}: leave it out"
        elsewhere = [
            name
            for name, said in told.items()
            if any(matches(one, operation, ignore_case=True) for one in said["operations"])
        ]
        if elsewhere:
            return f"{', '.join(named)} has no operation {operation!r}, but {', '.join(elsewhere)} has"
        known = [one for name in named for one in told[name]["operations"]]
        has_none = f"{named[0]} has no" if len(named) == 1 else f"none of {', '.join(named)} has an"
        return f"{has_none} operation {operation!r}{did_you_mean(operation, known)}"

    async def remove(self, rule_id: str | None) -> int:
        """End one, or all; how many there were."""
        async with self._changing:
            await self._find()
            kept = [rule for rule in self._rules if rule_id is not None and rule["id"] != rule_id]
            removed = len(self._rules) - len(kept)
            await self._hand_out(kept)
            return removed

    async def _hand_out(self, rules: list[FaultRule]) -> None:
        """Let all go by `rules`, which have been checked. Raises `FleetError` where one cannot be told."""
        self._rules, self._version = rules, max(self._version + 1, time.time_ns() // 1000)
        failures = []
        for name, answers in (await self._fleet.ask_each(self._fleet.names, _PATH, self._content())).items():
            for address, answer in answers.items():
                if not isinstance(answer, Answer) or answer.status != 200:
                    failures.append(f"{name} at {address} does not answer")
        if rules and (self._looking is None or self._looking.done()):
            self._looking = asyncio.get_running_loop().create_task(self._look())
        if failures:
            raise FleetError("; ".join(failures))

    def _content(self) -> bytes:
        return orjson.dumps({"version": self._version, "faults": self._rules})

    async def _find(self) -> Mapping[str, int]:
        """The hits in all processes. Newer rules, of another gateway or of one before, are taken up."""
        hits: dict[str, int] = {}
        newest = self._version
        found: dict[str, FaultRule] = {}
        for answers in (await self._fleet.ask_each(self._fleet.names, _PATH)).values():
            for answer in answers.values():
                if not isinstance(answer, Answer) or answer.status != 200:
                    continue
                content = orjson.loads(answer.body)
                if content["version"] > newest:
                    newest, found = content["version"], {}
                for rule in content["faults"]:
                    hits[rule["id"]] = hits.get(rule["id"], 0) + rule.pop("hits")
                    if content["version"] == newest > self._version:
                        found.setdefault(rule["id"], rule)
        if newest > self._version:
            self._rules, self._version = list(found.values()), newest
        return hits

    async def _look(self) -> None:
        """While there are rules: give them to each process that has not got them."""
        while self._rules and not await self._stops():
            async with self._changing:
                try:
                    for name, answers in (await self._fleet.ask_each(self._fleet.names, _PATH)).items():
                        if any(self._is_behind(answer) for answer in answers.values()):
                            await self._fleet.ask_each([name], _PATH, self._content())
                except Exception:
                    _log.exception("fault rules could not be handed out; again in a second")

    def _is_behind(self, answer: Answer | OSError) -> bool:
        return isinstance(answer, Answer) and orjson.loads(answer.body).get("version", 0) < self._version

    async def _stops(self) -> bool:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self._stopping.wait()
        except TimeoutError:
            return False


def add_faults(app: FastAPI, rules: FaultRules) -> None:
    """The routes."""

    @app.get(_PATH)
    async def listed() -> Response:
        return JSONResponse({"faults": await rules.listed()})

    @app.post(_PATH, openapi_extra=READS_BODY)
    async def add(request: Request, dry_run: bool = False) -> Response:
        try:
            content = _document(await request.body())
            if not isinstance(content, dict):
                raise ValueError("a rule is an object")
            if "faults" in content and len(content) > 1:
                raise ValueError("beside faults, a list of rules, there is nothing to say")
            given = content.get("faults", [content])
            if not isinstance(given, list) or not all(isinstance(rule, dict) for rule in given):
                raise ValueError("faults is a list of rules")
            if dry_run:
                return JSONResponse({"faults": await rules.checked(given)})
            return JSONResponse({"faults": await rules.add(given)}, 201)
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)

    @app.delete(_PATH)
    async def remove(id: str | None = None) -> Response:
        removed = await rules.remove(id)
        if id is not None and not removed:
            return JSONResponse({"message": f"no such rule: {id}"}, 404)
        return JSONResponse({"removed": removed})


def _document(body: bytes) -> Any:
    """What it holds. ValueError where it is no JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is a rule as JSON, which this is not: {error}") from None
