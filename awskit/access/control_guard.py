"""Who may ask for control paths, where who asks is asked.

In: a request to a control path. Out: why it is not let in, None where it is. What machines ask every few seconds stays
open. All else is signed for the service `ruststack`, by the fleet itself or by somebody of the credentials file; with
`enforce`, by an account's root user, or by who has a policy that allows `ruststack:Read` (GET, HEAD) or
`ruststack:Write` on `arn:aws:ruststack:::_ruststack/reset`, say.
"""

from __future__ import annotations

import logging

from awskit.access.condition_keys import identity_keys, request_keys
from awskit.access.decision import Permission, decide
from awskit.access.identities import FLEET_KEY_ID, Identity
from awskit.access.process_access import Access
from awskit.access.refusals import Refused, denied
from awskit.access.signatures import CONTROL, Verifier
from awskit.clock import Clock
from awskit.wire.http import HttpRequest

OPEN_PATHS = frozenset({"/_ruststack/health", "/_ruststack/ready", "/_localstack/health", "/metrics"})
_UNSIGNED = "This path takes a request that is signed (version 4) for the service 'ruststack'."


class ControlGuard:
    """See the module. `open_paths` stay open beside the usual ones."""

    def __init__(self, name: str, access: Access, clock: Clock, open_paths: frozenset[str] = frozenset()) -> None:
        self._access = access
        self._clock = clock
        self._open = OPEN_PATHS | open_paths
        self._verifier = Verifier(access.identities, CONTROL)
        self._log = logging.getLogger(f"ruststack.{name}")

    def refusal(self, request: HttpRequest) -> str | None:
        """Why the request, whose body has been read, is not let in."""
        if self._access.is_open or request.path in self._open:
            return None
        try:
            self._check(request)
        except Refused as refused:
            soft = self._access.mode == "soft"
            verb = "would be refused" if soft else "refused"
            self._log.warning("%s %s %s: %s", request.method, request.path, verb, refused.reason)
            return None if soft else refused.text
        return None

    def is_fleet(self, request: HttpRequest) -> bool:
        """Whether one of the fleet's own processes has signed the request. For what is no client's way in."""
        if self._access.is_open:
            return True
        try:
            identity = self._verifier.identity_of(request, self._clock)
        except Refused:
            return False
        return _is_fleet(identity)

    def _check(self, request: HttpRequest) -> None:
        identity = self._verifier.identity_of(request, self._clock)
        if identity is None:
            raise Refused("unsigned", _UNSIGNED, "it is not signed")
        if _is_fleet(identity) or self._access.mode == "signatures":
            return
        action = "ruststack:Read" if request.method in ("GET", "HEAD") else "ruststack:Write"
        permission = Permission(action, f"arn:aws:ruststack:::{request.path.removeprefix('/')}", identity.account_id)
        keys = {**request_keys(request, self._clock.source_now), **identity_keys(identity)}
        verdict = decide(identity, permission, keys)
        if not verdict.allowed:
            raise denied(identity, permission, verdict, action)


def _is_fleet(identity: Identity | None) -> bool:
    return identity is not None and identity.access_key_id == FLEET_KEY_ID and not identity.service
