"""Operations that give temporary credentials: of a role, of the caller, of a federated user.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
"""

from __future__ import annotations

from urllib.parse import urlsplit

from awskit.access.sessions import Kind
from awskit.errors import AwsError
from awskit.resources.arns import global_arn
from awskit.service.operation import Input, Output, async_operation
from gateway.sts.credentials import Grant, credentials, end_of, packed_size, session_policies
from gateway.sts.principal import Principal, StsContext
from gateway.sts.role_sessions import assume
from gateway.sts.web_tokens import claims_of

_HOUR = 3600


@async_operation("AssumeRole")
async def assume_role(context: StsContext, input: Input) -> Output:
    """Credentials of a role in any account; no trust policy is asked."""
    return assume(context, input, input["RoleSessionName"])


@async_operation("AssumeRoleWithWebIdentity")
async def assume_role_with_web_identity(context: StsContext, input: Input) -> Output:
    """The same for the bearer of a token, any token; what a JWT says of itself is passed on, unverified.

    Where signatures are verified no token is, since no identity provider is known.
    """
    if context.access is not None and context.access.verifies:
        text = "No OpenIDConnect provider found in your account: RustStack verifies signatures, and knows none."
        raise AwsError("InvalidIdentityTokenException", text)
    claims = claims_of(input["WebIdentityToken"])
    output = assume(context, input, input["RoleSessionName"])
    for member, claim in (("SubjectFromWebIdentityToken", "sub"), ("Audience", "aud"), ("Provider", "iss")):
        said = claims.get(claim)
        if isinstance(said, str) and said.isprintable():  # XML has no character 0
            output[member] = said
    if "ProviderId" in input:
        output["Provider"] = input["ProviderId"]
    elif "Provider" in output:
        output["Provider"] = _without_scheme(output["Provider"])
    return output


def _without_scheme(issuer: str) -> str:
    try:
        parts = urlsplit(issuer)
    except ValueError:  # of a host in brackets that is none
        return issuer
    return (parts.netloc + parts.path) or issuer


@async_operation("GetSessionToken")
async def get_session_token(context: StsContext, input: Input) -> Output:
    """Temporary credentials of the caller's own."""
    _refuse_sessions(context, "GetSessionToken")
    identity = context.identity
    grant = Grant("root") if identity is None else Grant(_kind(identity.kind), identity.access_key_id)
    until = end_of(context, input.get("DurationSeconds", 12 * _HOUR))
    return {"Credentials": credentials(context, context.principal, until, grant)}


@async_operation("GetFederationToken")
async def get_federation_token(context: StsContext, input: Input) -> Output:
    """Credentials of a federated user of the caller's account."""
    _refuse_sessions(context, "GetFederationToken")
    account_id, name = context.principal.account_id, input["Name"]
    owner = "" if context.identity is None else context.identity.access_key_id
    grant = Grant("federated", owner, session_policies(context, input))
    arn = global_arn("sts", context.region, account_id, f"federated-user/{name}")
    user = Principal(account_id, arn, f"{account_id}:{name}")
    until = end_of(context, input.get("DurationSeconds", 12 * _HOUR))
    return {
        "Credentials": credentials(context, user, until, grant),
        "FederatedUser": {"FederatedUserId": user.user_id, "Arn": user.arn},
        **packed_size(input),
    }


def _kind(kind: str) -> Kind:
    return "user" if kind == "user" else "root"


def _refuse_sessions(context: StsContext, operation: str) -> None:
    if context.identity is not None and context.identity.session_token is not None:
        raise AwsError("AccessDenied", f"Cannot call {operation} with session credentials", 403)
