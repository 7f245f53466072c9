"""The signature of a request to a service other than S3, which signs its body unseen.

In: a request with its whole body, the identities that may have signed it. Out: the one that did; None where nobody
signed. Raised: `Refused`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from awskit.access.identities import FLEET_KEY_ID, ExpiredSession, Identities, Identity, UnknownIdentity
from awskit.access.refusals import MISMATCH, Refused, expired_session, unknown_key
from awskit.clock import Clock
from awskit.errors import AwsError
from awskit.sigv4.authorization import MalformedSignature, Signature, signature_of
from awskit.sigv4.client_watch import now_for
from awskit.sigv4.verification import UNSIGNED_PAYLOAD, SignedRequest, verify
from awskit.wire.http import HttpRequest

PRINCIPAL = "x-ruststack-principal"
SOURCE_ARN = "x-ruststack-source-arn"
SOURCE_ACCOUNT = "x-ruststack-source-account"
CONTROL = "ruststack"
"""The name in signatures of what is asked of the fleet itself, whose bodies may be signed unseen."""

_MAX_SKEW_SECONDS = 5 * 60


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies for one service; `scope` is its name in signatures."""

    identities: Identities
    scope: str

    def identity_of(self, request: HttpRequest, clock: Clock) -> Identity | None:
        """Who has signed."""
        try:
            signature = signature_of(request.headers, request.query_string)
        except MalformedSignature as error:
            raise Refused("unreadable", f"Authorization header is malformed: {error}.") from None
        if signature is None:
            return None
        if signature.version != "v4":
            raise Refused("unreadable", f"Signature version {signature.version[1:]} is not supported.")
        if signature.credential.service != self.scope:
            raise Refused("unscoped", f"Credential should be scoped to correct service: '{self.scope}'.")
        identity = self._identity(signature, clock.source_now)
        self._verify(signature, request, identity, now_for(signature, clock))
        if identity.access_key_id == FLEET_KEY_ID:
            return acting_for(identity, signature, request.headers)
        return identity

    def _identity(self, signature: Signature, now: float) -> Identity:
        key = signature.credential.access_key_id
        try:
            return self.identities.find(key, signature.session_token, now)
        except ExpiredSession:
            raise expired_session() from None
        except UnknownIdentity:
            raise unknown_key(key) from None

    def _verify(self, signature: Signature, request: HttpRequest, identity: Identity, now: float) -> None:
        path = request.path
        unsigned = self.scope == CONTROL and request.header("x-amz-content-sha256") == UNSIGNED_PAYLOAD
        digest = UNSIGNED_PAYLOAD if unsigned else hashlib.sha256(request.body).hexdigest()
        signed = SignedRequest(request.method, path, path, request.query_string, request.headers, digest)
        # Clients encode the path once more, as S3's do not; some do everywhere as S3's do.
        paths = (path.replace("%", "%25"), path) if "%" in path else (path,)
        for tried in paths:
            try:
                verify(signature, replace(signed, path=tried), identity.secret_access_key, now, _MAX_SKEW_SECONDS)
            except AwsError as error:
                if tried == path or error.code != "SignatureDoesNotMatch":
                    raise _refused(error, signature, now) from None
            else:
                return


def acting_for(fleet: Identity, signature: Signature, headers: Mapping[str, str]) -> Identity:
    """The service that one of the fleet's own processes acts as, by what it has signed."""

    def said(name: str) -> str:
        return headers.get(name, "") if name in signature.signed_headers else ""

    account = said(SOURCE_ACCOUNT)
    return replace(
        fleet, service=said(PRINCIPAL), account_id=account, source_account=account, source_arn=said(SOURCE_ARN)
    )


def _refused(error: AwsError, signature: Signature, now: float) -> Refused:
    if error.code == "SignatureDoesNotMatch":
        return Refused("mismatch", MISMATCH, f"the signature is not that of {signature.credential.access_key_id}")
    if error.code == "RequestTimeTooSkewed":
        return Refused("untimely", _untimely(signature.timestamp, now))
    if error.message == "Request has expired":
        return Refused("untimely", _untimely(signature.timestamp, now))
    return Refused("unreadable", error.message)


def _untimely(sent: str, now: float) -> str:
    at = _shown(now)
    earliest, latest = _shown(now - _MAX_SKEW_SECONDS), _shown(now + _MAX_SKEW_SECONDS)
    if sent > at:
        return f"Signature not yet current: {sent} is still later than {latest} ({at} + 5 min.)"
    return f"Signature expired: {sent} is now earlier than {earliest} ({at} - 5 min.)"


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y%m%dT%H%M%SZ")
