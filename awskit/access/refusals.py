"""Why a request is not let in, and how each service words it.

In: a `Refused`. Out: the `AwsError` of the service that was asked.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from awskit.access.decision import Permission, Verdict
from awskit.access.identities import Identity
from awskit.errors import AwsError

Why = Literal["unsigned", "unreadable", "unknown", "expired", "mismatch", "untimely", "unscoped", "denied"]

_UNKNOWN = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
_UNSIGNED = "Request is missing Authentication Token"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details."
)


class Refused(Exception):
    """A request that is not let in: `why`, and in `text` what AWS says of it, where that is not always the same."""

    def __init__(self, why: Why, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.why = why
        self.text = text
        self.reason = reason or text
        """For the log."""


def unknown_key(access_key_id: str) -> Refused:
    return Refused("unknown", _UNKNOWN, f"nobody has the access key {access_key_id[:128]}, or not with this token")


def expired_session() -> Refused:
    return Refused("expired", _EXPIRED)


def denied(identity: Identity | None, permission: Permission, verdict: Verdict, shown_action: str) -> Refused:
    """`shown_action` is the action as the service's errors name it."""
    who = "anonymous" if identity is None else identity.service or identity.arn
    clause = verdict.clause.replace(permission.action, shown_action)
    resource = permission.resource
    text = f"User: {who} is not authorized to perform: {shown_action} on resource: {resource} {clause}".rstrip()
    return Refused("denied", text, f"{who} may not {permission.action} on {resource}: {verdict.reason}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """A service's words. `errors` has a code and a status for each reason; `action` is how it names an action."""

    errors: dict[Why, tuple[str, int]]
    action: Callable[[str], str] = str
    denies_anonymous: str = ""
    """What is said to who has not signed and may not; empty: that a signature is missing."""

    def of_anonymous(self, refused: Refused) -> Refused:
        """`refused`, a denial of who has not signed, as the service words it."""
        if self.denies_anonymous:
            return Refused("denied", self.denies_anonymous, refused.reason)
        return Refused("unsigned", _UNSIGNED, refused.reason)

    def error(self, refused: Refused, *, debug: bool = False) -> AwsError:
        """The error to be answered; where `debug`, with the header that says why."""
        code, status = self.errors[refused.why]
        headers = {"x-ruststack-reason": header_text(refused.reason)} if debug else {}
        return AwsError(code, refused.text, status, headers=headers)


def header_text(text: str) -> str:
    """`text` as a header can hold it."""
    return "".join(one if " " <= one <= "~" else "?" for one in text[:1024])


JSON = Dialect(
    {
        "unsigned": ("MissingAuthenticationTokenException", 400),
        "unreadable": ("IncompleteSignatureException", 400),
        "unknown": ("UnrecognizedClientException", 400),
        "expired": ("ExpiredTokenException", 400),
        "mismatch": ("InvalidSignatureException", 400),
        "untimely": ("InvalidSignatureException", 400),
        "unscoped": ("InvalidSignatureException", 400),
        "denied": ("AccessDeniedException", 400),
    }
)
"""DynamoDB's."""

_QUERY: dict[Why, tuple[str, int]] = {
    "unsigned": ("MissingAuthenticationToken", 403),
    "unreadable": ("IncompleteSignature", 403),
    "unknown": ("InvalidClientTokenId", 403),
    "expired": ("ExpiredToken", 403),
    "mismatch": ("SignatureDoesNotMatch", 403),
    "untimely": ("SignatureDoesNotMatch", 403),
    "unscoped": ("SignatureDoesNotMatch", 403),
    "denied": ("AccessDenied", 403),
}

QUERY = Dialect(_QUERY)
"""STS's."""

SNS = Dialect({**_QUERY, "denied": ("AuthorizationErrorException", 403)}, lambda action: f"SNS{action[3:]}")

SQS = Dialect(_QUERY, str.lower, "Access to the resource is denied.")
"""Its JSON wire has other names for the same (see `awskit.wire.aws_json`)."""
