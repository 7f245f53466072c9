"""What machines ask every few seconds: health, RustStack's and LocalStack's, the clock, and Prometheus's metrics.

Apart from `gateway.control.routes`, so that a gateway that is asked nothing else never loads FastAPI (20 MB).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from awskit import __version__
from awskit.fallback.places import EVERYTHING_ELSE
from gateway.control.fleet import Fleet, is_well
from gateway.control.init_state import init_state
from gateway.errors import Answer
from gateway.metrics import GatewayMetrics, exposition
from gateway.proxy.fallback import Fallback
from gateway.settings import SERVICES

PATHS = frozenset({b"/_ruststack/health", b"/_ruststack/ready", b"/_localstack/health", b"/metrics"})
CLOCK_PATH = b"/_ruststack/clock"

# What LocalStack counts as a service of its own and RustStack serves elsewhere
_FURTHER = {"dynamodbstreams": "dynamodb", "sts": None, "iam": None}


class Probes:
    """Answers for `PATHS`. `init_state_file` is that of `gateway.control.init_state`."""

    def __init__(self, fleet: Fleet, fallback: Fallback, metrics: GatewayMetrics, init_state_file: str) -> None:
        self._fleet = fleet
        self._fallback = fallback
        self._metrics = metrics
        self._init_state_file = init_state_file

    async def answer(self, path: bytes, method: str) -> Answer:
        """The answer for one of `PATHS`, or a GET of `CLOCK_PATH`.

        Other emulators are shown, and are no part of whether the fleet is well.
        """
        if path == CLOCK_PATH:
            return json_answer(await self._fleet.now(), 200)
        if method not in ("GET", "HEAD"):
            return json_answer({"message": "this takes GET"}, 405)
        if path == b"/metrics":
            text = exposition(self._metrics, await self._fleet.operations()).encode()
            return _answer(200, b"text/plain; version=0.0.4; charset=utf-8", text)
        services = await self._fleet.health()
        ok = is_well(services)
        if path == b"/_ruststack/ready":
            return _ready(ok, services, init_state(self._init_state_file))
        standbys = await self._fallback.health()
        if path == b"/_localstack/health":
            states = dict(sorted((_localstack(services) | _localstack_standbys(standbys)).items()))
            return json_answer({"services": states, "edition": "community", "version": __version__}, 200)
        content: dict[str, Any] = {
            "status": "ok" if ok else "unavailable",
            "version": __version__,
            "services": services,
        }
        if standbys:
            content["fallback"] = standbys
        return json_answer(content, 200 if ok else 503)


def _ready(ok: bool, services: dict[str, dict[str, Any]], init: dict[str, Any]) -> Answer:
    """200 once every service answers and the scripts of ready.d have been run, which may ask for health themselves."""
    ready = ok and init["completed"]["READY"]
    return json_answer({"ready": ready, "services": services, "init": init}, 200 if ready else 503)


def _localstack(services: dict[str, dict[str, Any]]) -> dict[str, str]:
    states = {name: _localstack_state(services.get(name)) for name in SERVICES}
    for name, served_by in _FURTHER.items():
        states[name] = states[served_by] if served_by is not None else "running"
    return states


def _localstack_standbys(standbys: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Those that are named: what else the others have they know themselves."""
    return {
        name: "running" if entry["status"] == "running" else "error"
        for name, entry in standbys.items()
        if name != EVERYTHING_ELSE
    }


def _localstack_state(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "disabled"
    return "running" if entry["status"] == "running" else "error"


def json_answer(content: Any, status: int) -> Answer:
    """`content` as an answer."""
    return _answer(status, b"application/json", orjson.dumps(content))


def _answer(status: int, content_type: bytes, body: bytes) -> Answer:
    return Answer(status, [(b"Content-Type", content_type), (b"Content-Length", str(len(body)).encode())], body)
