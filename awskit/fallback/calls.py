"""Calls of AWS's own API to the emulators that stand in for other services.

In: an operation of a service, in an account and a region. Out: an `Answer`, whatever it says. Raised: OSError
(`TimeoutError` among them) where there is none, also where `RUSTSTACK_FALLBACK_URL` names nobody for the service.

A call is signed as the account itself: its number is the access key, which those emulators that know accounts take for
one. The secret is any: they do not ask for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from awskit.clock import Clock
from awskit.fallback.places import VARIABLE, FallbackPlaces
from awskit.http_client import HttpClient, Response
from awskit.sigv4.signing import SigningKey, sign

_TIMEOUT_SECONDS = 30.0
_SECRET = "test"
_MOST_OF_TEXT = 1_000
_THROTTLED = 429
_NOT_IMPLEMENTED = 501
_TEMPORARY_CODES = frozenset(
    {
        *("ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestThrottled"),
        *("ProvisionedThroughputExceededException", "LimitExceededException", "KMSThrottlingException", "SlowDown"),
        *("InternalFailure", "InternalFailureException", "InternalException", "ServiceUnavailableException"),
        *("ResourceInUseException", "ResourceConflictException", "ResourceNotReadyException"),
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an emulator has answered: `code` is the error's, "" where it succeeded or names none."""

    status: int
    code: str
    text: str
    body: bytes
    function_error: str = ""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_temporary(self) -> bool:
        """Whether the same may succeed later."""
        if self.succeeded or self.status == _NOT_IMPLEMENTED:
            return False
        return self.status >= 500 or self.status == _THROTTLED or is_temporary(self.code)


def is_temporary(code: str) -> bool:
    """Whether an error of that code says that the same may succeed later."""
    return code in _TEMPORARY_CODES


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose call it is."""

    account_id: str
    region: str


class FallbackCalls:
    """See the module."""

    def __init__(self, client: HttpClient, places: FallbackPlaces, clock: Clock) -> None:
        self._client = client
        self._places = places
        self._clock = clock

    def has(self, service: str) -> bool:
        """Whether somebody stands in for the service of that signing name."""
        return self._places.address(service) is not None

    async def json(self, service: str, owner: Owner, target: str, content: Any, version: str = "1.1") -> Answer:
        """An operation of the JSON protocol; `target` is its `X-Amz-Target`."""
        headers = {"content-type": f"application/x-amz-json-{version}", "x-amz-target": target}
        return await self.call(service, owner, "/", headers, orjson.dumps(content))

    async def call(self, service: str, owner: Owner, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A POST to `target`, which is a path and its query."""
        address = self._places.address(service)
        if address is None:
            raise ConnectionError(f"{VARIABLE} names nobody for {service}")
        upstream = self._client.upstream(address)
        key = SigningKey(owner.account_id, _SECRET)
        digest = hashlib.sha256(body).hexdigest()
        given = {"host": upstream.authority, **headers}
        now = self._clock.source_now
        signed = sign(key, (owner.region, service), "POST", target, given, now, digest)
        return _read(await upstream.request("POST", target, signed, body, timeout=_TIMEOUT_SECONDS))


def _read(response: Response) -> Answer:
    text = response.body[:_MOST_OF_TEXT].decode("utf-8", "replace")
    function_error = response.header("x-amz-function-error")
    if response.status < 300:
        return Answer(response.status, "", text, response.body, function_error)
    return Answer(response.status, _code(response), text, response.body, function_error)


def _code(response: Response) -> str:
    """`ResourceNotFoundException`, of the header or of the document, without what stands before or behind it."""
    code: Any = response.header("x-amzn-errortype")
    if not code:
        try:
            content = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            return ""
        if isinstance(content, dict):
            code = content.get("__type") or content.get("code") or content.get("Code") or content.get("Type")
    return code.partition(":")[0].rpartition("#")[2] if isinstance(code, str) else ""
