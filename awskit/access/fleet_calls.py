"""How the fleet's own processes ask each other, where who asks is asked: by a key that the credentials file gives them.

In: a request. Out: its headers, signed. A call may say for which AWS service and which resource it is made
(`s3.amazonaws.com`, for a bucket): it then has no permissions but those that policies give to that service.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from awskit.access.identities import FLEET_KEY_ID
from awskit.access.process_access import Access
from awskit.access.signatures import CONTROL, PRINCIPAL, SOURCE_ACCOUNT, SOURCE_ARN
from awskit.clock import Clock
from awskit.sigv4.signing import SigningKey, sign

_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Cause:
    """For whom a call is made: the service, the resource's ARN, the account that it belongs to."""

    service: str
    source_arn: str
    source_account: str


class FleetCalls:
    """Signs; `is_open` tells that nobody asks for it."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self.is_open = access.is_open
        self._key = SigningKey(FLEET_KEY_ID, access.identities.sessions.fleet_secret)
        self._clock = clock

    def signed(
        self, scope: tuple[str, str], method: str, target: str, headers: Mapping[str, str], body: bytes, cause: Cause
    ) -> dict[str, str]:
        """The headers of a call of one of AWS's operations; `scope` is (region, service), `host` is among them."""
        said = {PRINCIPAL: cause.service, SOURCE_ARN: cause.source_arn, SOURCE_ACCOUNT: cause.source_account}
        return self._sign(scope, method, target, {**headers, **said}, body)

    def control(self, method: str, target: str, host: str, body: bytes = b"") -> dict[str, str]:
        """The headers of a request to a control path, beside its own; none where nobody asks for them."""
        if self.is_open:
            return {}
        return self._sign((_REGION, CONTROL), method, target, {"host": host}, body)

    def _sign(
        self, scope: tuple[str, str], method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        digest = hashlib.sha256(body).hexdigest()
        return sign(self._key, scope, method, target, headers, self._clock.source_now, digest)
