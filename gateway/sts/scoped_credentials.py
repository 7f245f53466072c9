"""GetScopedCredentials: less than a session may do, or for a shorter time.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
"""

from __future__ import annotations

from dataclasses import replace

from awskit.access.sessions import Session
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, async_operation
from gateway.sts.credentials import Grant, check_policy, credentials, end_of
from gateway.sts.principal import Principal, StsContext

_MOST_SCOPES = 3


@async_operation("GetScopedCredentials")
async def get_scoped_credentials(context: StsContext, input: Input) -> Output:
    """Credentials of the same session, bounded further."""
    policy = input.get("Policy")
    if policy is None and "DurationSeconds" not in input:
        raise AwsError("ValidationError", "At least one of Policy or DurationSeconds must be specified")
    session, ends = _session(context)
    principal = context.principal
    scopes = session.scopes if session is not None else ("",) * principal.scopes
    if policy is not None:
        check_policy(policy)
        if len(scopes) >= _MOST_SCOPES:
            raise AwsError("AccessDenied", "The session has 3 scope-down policies, and may have no more", 403)
        scopes = (*scopes, policy)
    until = ends
    if "DurationSeconds" in input:
        until = end_of(context, input["DurationSeconds"])
        if until > ends:
            text = "The requested DurationSeconds exceeds the remaining lifetime of the calling session"
            raise AwsError("InsufficientSessionLifetimeException", text)
    grant = Grant("root") if session is None else Grant(session.kind, session.of, session.policies, scopes)
    scoped = replace(principal, scopes=len(scopes))
    output: Output = {
        "Credentials": credentials(context, scoped, until, grant),
        "SessionInfo": {"ScopedSessionId": _id(scoped), "Arn": scoped.arn},
        "ScopedPoliciesCount": len(scopes),
    }
    if scoped.source_identity:
        output["SourceIdentity"] = scoped.source_identity
    return output


def _session(context: StsContext) -> tuple[Session | None, float]:
    """The caller's session, where it is one that can be verified, and its end. Raises InvalidSubjectCredentials."""
    identity = context.identity
    if context.access is not None and identity is not None and identity.session_token is not None:
        session = context.access.identities.sessions.open(identity.session_token)
        return session, session.expires_at
    ends = context.principal.expires_at
    if ends is None or identity is not None:
        text = "GetScopedCredentials can only be called with temporary security credentials"
        raise AwsError("InvalidSubjectCredentialsException", text)
    if ends <= context.clock.now():
        raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)
    return None, ends


def _id(principal: Principal) -> str:
    return principal.user_id
