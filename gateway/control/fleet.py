"""What the gateway asks of the services themselves: health, metrics, reset, clock; of every instance of each.

Raised: `FleetError` where a service that has to be told something cannot be.
"""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from awskit.clock import Clock
from awskit.control.clock_moves import wanted_offset
from awskit.http_client import Response, Upstream
from awskit.nearest import did_you_mean

_HEALTH_SECONDS = 0.9
_TELL_SECONDS = 30.0

Health = dict[str, dict[str, Any]]


def no_such_service(name: str, names: Iterable[str]) -> str:
    """What is told to somebody who has named a service that is none of `names`."""
    known = tuple(names)
    return f"no such service: {name}{did_you_mean(name, known) or ';'} there are {', '.join(known)}"


class FleetError(Exception):
    """Some services could not be told; the text says which and why."""


class Fleet:
    """The enabled services, by name."""

    def __init__(self, upstreams: Mapping[str, Upstream], clock: Clock, done_scripts: Path | None = None) -> None:
        """`done_scripts` is the file in which a fleet's supervisor remembers which init scripts have succeeded."""
        self._done_scripts = done_scripts
        self._upstreams = upstreams
        self._clock = clock
        self._moving = asyncio.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._upstreams)

    async def health(self) -> Health:
        """`{"s3": {"status": "running", "pid": 123}}`; "unavailable" where no instance answers.

        "failing" where none can write its data; `faults` says what is wrong, also where it still runs.
        """
        found = await asyncio.gather(*(self._health(upstream) for upstream in self._upstreams.values()))
        return dict(zip(self._upstreams, found, strict=True))

    async def operations(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """What each service counted (see `awskit.control.metrics`), by service and by the address of the instance."""
        found = await asyncio.gather(*(self._operations(upstream) for upstream in self._upstreams.values()))
        return dict(zip(self._upstreams, found, strict=True))

    async def storage(self) -> dict[str, dict[str, Any]]:
        """Where each service keeps its data and how much (`awskit.control.storage`), by service, as one of it says."""
        found = await self.ask_each(self.names, "/_ruststack/storage")
        return {
            name: next((said for answer in answers.values() if (said := _json(answer))), {})
            for name, answers in found.items()
        }

    async def reset(self, service: str | None, account_id: str | None) -> tuple[str, ...]:
        """Empty the state of one service or all, of one account or all; the services' names come back.

        Where all of it goes, the clock is put back too, and scripts that are run once will be run again.
        """
        names = (service,) if service is not None else self.names
        query = "?" + urlencode({"account": account_id}) if account_id is not None else ""
        await self._tell(names, f"/_ruststack/reset{query}")
        if service is None and account_id is None:
            async with self._moving:
                await self._move_to(0.0)
            if self._done_scripts is not None:
                self._done_scripts.unlink(missing_ok=True)
        return names

    async def move_clock(self, asked: Mapping[str, str]) -> dict[str, float]:
        """Move every service's clock, and the gateway's own, which comes back as `now` does it.

        In: one of `awskit.control.clock_moves.wanted_offset`. Every service is told the same offset, so that one which
        was moved otherwise, or missed the last move, is where the others are. Raises ValueError where it cannot be.
        """
        async with self._moving:
            wanted_offset(self._clock, asked)
            await self.now()
            await self._move_to(wanted_offset(self._clock, asked))
            return self._reading()

    async def now(self) -> dict[str, float]:
        """The clock that the services go by, which they keep across restarts: its time and its offset in seconds."""
        upstreams = self._upstreams.values()
        asked = [upstream.request_each("GET", "/_ruststack/clock", timeout=_HEALTH_SECONDS) for upstream in upstreams]
        found = await asyncio.gather(*asked)
        read = [_json(answer) for answers in found for answer in answers.values()]
        offsets = [float(content["offset"]) for content in read if "offset" in content]
        if offsets and max(offsets) != self._clock.offset:
            self._clock.move_to(max(offsets))
        return self._reading()

    def service_named(self, name: str) -> tuple[str, ...]:
        """The enabled services that `name` means, by a pattern or as SDKs call them; none where none is meant."""
        plain = {"dynamodbstreams": "dynamodb", "s3control": "s3"}.get(name.lower(), name.lower())
        return tuple(fnmatch.filter(self.names, plain))

    async def ask_each(
        self, names: Iterable[str], target: str, body: bytes | None = None
    ) -> dict[str, dict[str, Response | OSError]]:
        """What every instance of the services answers to a GET, or to a POST of `body`, by service and address."""
        wanted = tuple(names)
        method, content = ("GET", b"") if body is None else ("POST", body)
        asked = [
            self._upstreams[name].request_each(method, target, (), content, timeout=_TELL_SECONDS) for name in wanted
        ]
        return dict(zip(wanted, await asyncio.gather(*asked), strict=True))

    async def ask_one(self, name: str, address: str, method: str, target: str, body: bytes, seconds: float) -> Response:
        """What one instance of a service answers. Raises `FleetError` where it does not."""
        try:
            return await self._upstreams[name].request_to(address, method, target, body, timeout=seconds)
        except OSError as error:
            raise FleetError(f"{name} at {address} does not answer: {error or type(error).__name__}") from error

    async def _move_to(self, offset: float) -> None:
        await self._tell(self.names, f"/_ruststack/clock?offset={offset!r}")
        self._clock.move_to(offset)

    def _reading(self) -> dict[str, float]:
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
        failing = [instance for instance in instances.values() if instance["status"] == "failing"]
        entry: dict[str, Any] = dict((running or failing or [{"status": "unavailable"}])[0])
        if len(instances) > 1:
            entry["instances"] = instances
        return entry

    @staticmethod
    async def _operations(upstream: Upstream) -> dict[str, list[dict[str, Any]]]:
        answers = await upstream.request_each("GET", "/_ruststack/metrics", timeout=_HEALTH_SECONDS)
        counted = {address: _json(answer).get("requests", ()) for address, answer in answers.items()}
        return {
            address: sorted(entries, key=lambda entry: (entry["operation"], entry["status"]))
            for address, entries in counted.items()
        }


def is_well(health: Health) -> bool:
    """Whether every service answers."""
    return all(entry["status"] == "running" for entry in health.values())


def _instance(answer: Response | OSError) -> dict[str, Any]:
    content = _json(answer, (200, 503))
    if content.get("status") not in ("running", "failing"):
        return {"status": "unavailable"}
    return {name: content[name] for name in ("status", "pid", "faults") if name in content}


def _json(answer: Response | OSError, statuses: tuple[int, ...] = (200,)) -> dict[str, Any]:
    if isinstance(answer, OSError) or answer.status not in statuses:
        return {}
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
