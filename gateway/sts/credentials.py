"""Temporary credentials: for whom, how long, with whose permissions.

In: a principal and what a request grants it. Out: the `Credentials` of an answer. Where signatures are verified, they
are sealed so that every service of the fleet can verify them; else their token only says who they stand for.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from awskit.access.process_access import Access
from awskit.access.sessions import Kind, Session
from awskit.errors import AwsError
from awskit.policy import PolicySyntaxError, parse
from awskit.service.operation import Input
from awskit.sigv4.session_keys import new_session_key_id
from gateway.sts.principal import Principal, StsContext, token_for

_SECRET_ALPHABET = string.ascii_letters + string.digits + "+/"
_MOST_POLICY = 2048


@dataclass(frozen=True, slots=True)
class Grant:
    """Whose permissions a session has, as `awskit.access.sessions` has it. `of` is empty where nobody knows."""

    kind: Kind
    of: str = ""
    policies: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


def credentials(context: StsContext, principal: Principal, until: float, grant: Grant) -> Mapping[str, Any]:
    """Those of a session that ends at `until`, in seconds since the epoch."""
    if context.access is not None and grant.of:
        return _sealed(context, context.access, principal, until, grant)
    return {
        "AccessKeyId": new_session_key_id(principal.account_id),
        "SecretAccessKey": "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(40)),
        "SessionToken": token_for(replace(principal, expires_at=until)),
        "Expiration": until,
    }


def end_of(context: StsContext, seconds: int) -> float:
    """When a session of so many seconds is over; by a clock that nobody has moved, where the end is verified."""
    now = context.clock.now() if context.access is None else context.clock.source_now
    return float(int(now) + seconds)


def _sealed(context: StsContext, access: Access, principal: Principal, until: float, grant: Grant) -> Mapping[str, Any]:
    """Credentials that every service of the fleet can verify."""
    sessions = access.identities.sessions
    session = Session(
        new_session_key_id(principal.account_id),
        principal.account_id,
        principal.arn,
        principal.user_id,
        grant.kind,
        grant.of,
        context.clock.source_now,
        until,
        grant.policies,
        grant.scopes,
        principal.source_identity,
    )
    return sessions.credentials_of(session)


def session_policies(context: StsContext, input: Input) -> tuple[str, ...]:
    """The session policy that a request gives, where it will be asked. Raises `MalformedPolicyDocument`."""
    text = input.get("Policy")
    if not text or context.access is None:
        return ()
    check_policy(text)
    return (text,)


def check_policy(text: str) -> None:
    """Raises `MalformedPolicyDocument` where the text is no policy."""
    try:
        parse(text, needs_principal=False)
    except PolicySyntaxError as error:
        raise AwsError("MalformedPolicyDocumentException", f"{error}") from None


def packed_size(input: Input) -> Mapping[str, int]:
    """How much of what a session's policies may have is taken, in percent."""
    policy = input.get("Policy")
    return {"PackedPolicySize": len(policy) * 100 // _MOST_POLICY} if policy else {}
