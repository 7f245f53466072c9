"""Requests for services that the fleet does not have, where other emulators stand in for them.

In: the service's name as `gateway.routing.service_routing` tells it. Out: the `Upstream` of the emulator that takes it,
to which the hop passes the request unchanged (`gateway.proxy.hop.passed_head`). Where signatures are verified,
`refusal` says why one is not let in: the emulators behind trust the gateway. What was passed is in the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awskit.clock import Clock
from awskit.fallback.places import EVERYTHING_ELSE, FallbackPlaces
from awskit.fallback.trust import trusted
from awskit.http_client import HttpClient, Upstream
from awskit.policy.patterns import matches
from awskit.wire.http import HttpRequest
from gateway.errors import GatewayError
from gateway.proxy.passed_requests import PassedRequests
from gateway.proxy.request import Request
from gateway.routing.service_routing import PREFLIGHT
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from awskit.access.process_access import Access

_LARGEST_SIGNED = 64 * 1024 * 1024  # bytes of a body whose signature is verified, for which it must be here whole


@dataclass(frozen=True, slots=True)
class _Standby:
    """An emulator, by the name that the setting gives it."""

    address: str
    upstream: Upstream


class Fallback:
    """See the module."""

    def __init__(self, settings: GatewaySettings, clock: Clock, access: Access | None) -> None:
        """Raises `SettingsError` where an address or a bundle cannot be used, or a place is one of the fleet's own."""
        places = FallbackPlaces.of(settings.fallback_urls)
        own = settings.own_services | {PREFLIGHT}
        places.refuse(own)
        places.refuse_itself(settings.host, settings.port)
        client = HttpClient(tls=trusted(places, settings))
        self._standbys = {name: _Standby(text, client.upstream(text)) for name, text in places.written.items()}
        self._by_service = {name: client.upstream(text) for name, text in places.named.items()}
        everything = self._standbys.get(EVERYTHING_ELSE)
        self._everything_else = None if everything is None else everything.upstream
        self._own = own
        self._client = client
        self._clock = clock
        self._access = access
        self.passed = PassedRequests(settings.journal if self._standbys else 0, clock)

    @property
    def is_there(self) -> bool:
        """Whether anything stands in for any service."""
        return bool(self._standbys)

    def upstream_for(self, service: str) -> Upstream | None:
        """What stands in for `service`; None where the fleet has it, or nothing does."""
        if service in self._own:
            return None
        return self._by_service.get(service, self._everything_else)

    def may_take(self, pattern: str) -> bool:
        """Whether anything stands in for a service that the pattern may mean."""
        named = (*self._by_service, *self._standbys)
        return self._everything_else is not None or any(
            matches(name, pattern, ignore_case=True) for name in named if name != EVERYTHING_ELSE
        )

    async def health(self) -> Mapping[str, Any]:
        """`{"lambda": {"status": "running", "address": "http://..."}}`, by the names of the setting."""
        found = await asyncio.gather(*(standby.upstream.takes_connections() for standby in self._standbys.values()))
        return {
            name: {"status": "running" if answers else "unavailable", "address": standby.address}
            for answers, (name, standby) in zip(found, self._standbys.items(), strict=True)
        }

    async def shown_health(self) -> Mapping[str, Any]:
        """The same, by names that a person tells from the fleet's own services."""
        return {
            "everything else" if name == EVERYTHING_ELSE else name: {
                **entry,
                "status": f"{entry['status']} at {entry['address']}",
            }
            for name, entry in (await self.health()).items()
        }

    async def close(self) -> None:
        await self._client.close()

    async def refusal(self, service: str, request: Request) -> GatewayError | None:
        """Why nobody is known to have signed the request, whose body stays to be read. None where nobody is asked."""
        access = self._access
        if access is None:
            return None
        from awskit.access.refusals import QUERY, Refused
        from awskit.access.signatures import Verifier

        exchange = request.exchange
        body = await request.read_up_to(_LARGEST_SIGNED)
        exhausted = exchange.exhausted
        exchange.put_back(body)
        if not exhausted:
            return GatewayError(413, "RequestEntityTooLarge", "The body is too large for its signature to be verified.")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()}
        path, query = request.path.decode("latin-1"), request.query.decode("latin-1")
        try:
            asked = HttpRequest(request.method, path, query, headers, body)
            if Verifier(access.identities, service).identity_of(asked, self._clock) is None:
                raise QUERY.of_anonymous(Refused("denied", "", "it is not said who asks"))
        except Refused as refused:
            if access.mode == "soft":
                return None
            error = QUERY.error(refused)
            return GatewayError(error.status, error.code, error.message)
        return None
