"""What the gateway asks of the services themselves: health, metrics, reset, clock; of every instance of each.

Raised: `FleetError` where a service that has to be told something cannot be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from awskit.clock import Clock
from awskit.http_client import Response, Upstream

_HEALTH_SECONDS = 0.9
_TELL_SECONDS = 30.0

Health = dict[str, dict[str, Any]]


class FleetError(Exception):
    """Some services could not be told; the text says which and why."""


class Fleet:
    """The enabled services, by name."""

    def __init__(self, upstreams: Mapping[str, Upstream], clock: Clock) -> None:
        self._upstreams = upstreams
        self._clock = clock

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._upstreams)

    async def health(self) -> Health:
        """`{"s3": {"status": "running", "pid": 123}}`; "unavailable" where no instance answers."""
        found = await asyncio.gather(*(self._health(upstream) for upstream in self._upstreams.values()))
        return dict(zip(self._upstreams, found, strict=True))

    async def operations(self) -> dict[str, list[dict[str, Any]]]:
        """What each service counted (see `awskit.metrics`), the sum of its instances."""
        found = await asyncio.gather(*(self._operations(upstream) for upstream in self._upstreams.values()))
        return dict(zip(self._upstreams, found, strict=True))

    async def reset(self, service: str | None, account_id: str | None) -> tuple[str, ...]:
        """Empty the state of one service or all, of one account or all; the services' names come back."""
        names = (service,) if service is not None else self.names
        query = "?" + urlencode({"account": account_id}) if account_id is not None else ""
        await self._tell(names, f"/_ruststack/reset{query}")
        return names

    async def advance(self, seconds: float) -> dict[str, float]:
        """Move every service's clock, and the gateway's own, which comes back as `now` does it."""
        offset = self._clock.offset + seconds
        answers = await self._tell(self.names, f"/_ruststack/clock?advance={seconds!r}")
        return self._catch_up(offset, answers)

    async def now(self) -> dict[str, float]:
        """The clock that the services go by, which they keep across restarts: its time and its offset in seconds."""
        upstreams = self._upstreams.values()
        asked = [upstream.request_each("GET", "/_ruststack/clock", timeout=_HEALTH_SECONDS) for upstream in upstreams]
        found = await asyncio.gather(*asked)
        return self._catch_up(0.0, [answer for answers in found for answer in answers.values()])

    def _catch_up(self, offset: float, answers: Iterable[Response | OSError]) -> dict[str, float]:
        furthest = max([offset, *(float(_json(answer).get("offset", 0.0)) for answer in answers)])
        self._clock.advance(max(furthest - self._clock.offset, 0.0))
        return {"now": self._clock.now(), "offset": self._clock.offset}

    async def _tell(self, names: tuple[str, ...], target: str) -> list[Response]:
        """Their answers, all of them 200."""
        told: list[Response] = []
        asked = [self._upstreams[name].request_each("POST", target, timeout=_TELL_SECONDS) for name in names]
        failures = []
        for name, answers in zip(names, await asyncio.gather(*asked), strict=True):
            if not answers:
                failures.append(f"{name} has no address")
            for address, answer in answers.items():
                if isinstance(answer, OSError):
                    failures.append(f"{name} at {address} does not answer")
                elif answer.status != 200:
                    failures.append(f"{name} at {address} answered {answer.status}")
                else:
                    told.append(answer)
        if failures:
            raise FleetError("; ".join(failures))
        return told

    @staticmethod
    async def _health(upstream: Upstream) -> dict[str, Any]:
        answers = await upstream.request_each("GET", "/_ruststack/health", timeout=_HEALTH_SECONDS)
        instances = {address: _instance(answer) for address, answer in answers.items()}
        running = [instance for instance in instances.values() if instance["status"] == "running"]
        entry: dict[str, Any] = dict(running[0]) if running else {"status": "unavailable"}
        if len(instances) > 1:
            entry["instances"] = instances
        return entry

    @staticmethod
    async def _operations(upstream: Upstream) -> list[dict[str, Any]]:
        sums: dict[tuple[str, int], dict[str, Any]] = {}
        answers = await upstream.request_each("GET", "/_ruststack/metrics", timeout=_HEALTH_SECONDS)
        for answer in answers.values():
            for entry in _json(answer).get("requests", ()):
                total = sums.setdefault((entry["operation"], entry["status"]), {**entry, "count": 0, "seconds": 0.0})
                total["count"] += entry["count"]
                total["seconds"] += entry["seconds"]
        return [sums[key] for key in sorted(sums)]


def is_well(health: Health) -> bool:
    """Whether every service answers."""
    return all(entry["status"] == "running" for entry in health.values())


def _instance(answer: Response | OSError) -> dict[str, Any]:
    content = _json(answer)
    if content.get("status") != "running":
        return {"status": "unavailable"}
    return {"status": "running", **({"pid": content["pid"]} if "pid" in content else {})}


def _json(answer: Response | OSError) -> dict[str, Any]:
    if isinstance(answer, OSError) or answer.status != 200:
        return {}
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
