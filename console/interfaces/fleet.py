"""The fleet's control paths: how it is, its clock, what it counts; and whatever else is under `/_ruststack/`.

Raised: `ControlError` where a path refuses, `FleetAway` where nobody answers.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from awskit.http_client import ConnectionLost, Response, Upstream, UpstreamUnavailable
from awskit.http_client.messages import serialize
from awskit.sigv4.signing import sign
from console.interfaces.aws_client import USER_AGENT
from console.interfaces.credentials import Credentials
from console.interfaces.errors import ControlError, FleetAway

_CONTROL = "ruststack"
_REGION = "us-east-1"
_TIMEOUT = 30.0


class FleetClient:
    """See the module. `credentials` sign where the fleet asks who asks."""

    def __init__(self, gateway: Upstream, credentials: Credentials | None = None) -> None:
        self._gateway = gateway
        self._credentials = credentials

    async def health(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Each enabled service, and what stands in for others where something does.

        `{"services": {"s3": {"status": "running", "pid": 123, "instances": {...}}}, "fallback": {"ssm": {...}}}`
        """
        found: dict[str, dict[str, dict[str, Any]]] = await self.ask("GET", "/_ruststack/health", accepted=(200, 503))
        return found

    async def clock(self) -> dict[str, float]:
        """`{"now": epoch seconds, "offset": seconds}`: the time that the services go by."""
        found: dict[str, float] = await self.ask("GET", "/_ruststack/clock")
        return found

    async def counters(self) -> list[tuple[str, dict[str, str], float]]:
        """What `/metrics` says: a name, its labels, its value."""
        # asked without a name: signed, it would be a bucket called so
        answer = await self._send("GET", "/metrics", b"", signed=False)
        return [_sample(line) for line in answer.body.decode().splitlines() if line and line[0] != "#"]

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        content: Any = None,
        accepted: tuple[int, ...] = (200,),
        timeout: float = _TIMEOUT,
    ) -> Any:
        """The JSON that a control path answers; `content` goes as JSON, bytes as they are."""
        target = path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        body = content if isinstance(content, bytes) else b"" if content is None else orjson.dumps(content)
        answer = await self._send(method, target, body, timeout=timeout)
        if answer.status not in accepted:
            raise ControlError(_message(answer), answer.status)
        return orjson.loads(answer.body) if answer.body else {}

    async def follow(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Any]:
        """The server-sent events of a control path, each as the JSON that it is; None where it says that it lives."""
        target = f"{path}?{urlencode(query, quote_via=quote)}"
        rest = b""
        async with aclosing(self.pieces(target, {"accept": "text/event-stream"})) as pieces:
            async for piece in pieces:
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line.startswith(b"data: "):
                        yield orjson.loads(line[6:])
                    elif line.startswith(b":"):
                        yield None

    async def pieces(self, target: str, headers: Mapping[str, str] | None = None) -> AsyncGenerator[bytes, None]:
        """What a control path answers, piece by piece. Raised before the first one: `ControlError`, `FleetAway`."""
        given = {**self._headers("GET", target, b""), **(headers or {})}
        data = serialize("GET", target, given, b"", self._gateway.authority)
        try:
            connection = await self._gateway.exchange(data, safe=True)
        except (UpstreamUnavailable, ConnectionLost) as error:
            raise FleetAway(str(error)) from error
        try:
            if connection.status != 200:
                raise ControlError(f"{target.partition('?')[0]} answered {connection.status}", connection.status)
            while True:
                yield connection.take()
                if connection.complete:
                    return
                await connection.more()
        except ConnectionLost as error:
            raise FleetAway(str(error)) from error
        finally:
            connection.finish()

    async def _send(
        self, method: str, target: str, body: bytes, *, signed: bool = True, timeout: float = _TIMEOUT
    ) -> Response:
        headers = self._headers(method, target, body) if signed else {"user-agent": USER_AGENT}
        try:
            return await self._gateway.request(method, target, headers, body, timeout=timeout)
        except (ConnectionError, TimeoutError) as error:
            raise FleetAway(str(error) or "the answer takes too long") from error

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        headers = {"host": self._gateway.authority}
        if self._credentials is not None:
            digest = hashlib.sha256(body).hexdigest()
            given = {**headers, **self._credentials.headers}
            headers = sign(self._credentials.key, (_REGION, _CONTROL), method, target, given, time.time(), digest)
        return {**headers, "user-agent": USER_AGENT}


def _sample(line: str) -> tuple[str, dict[str, str], float]:
    """One line of Prometheus's text format, as the gateway writes it: no value of a label has a comma or quotes."""
    series, _, value = line.rpartition(" ")
    name, _, labels = series.rstrip("}").partition("{")
    pairs = (label.partition("=") for label in labels.split(",") if label)
    return name, {label: said.strip('"') for label, _, said in pairs}, float(value)


def _message(answer: Response) -> str:
    try:
        return str(orjson.loads(answer.body)["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"the fleet answered {answer.status}"
