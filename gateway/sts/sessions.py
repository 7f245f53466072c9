"""Operations that give temporary credentials.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from awskit.access.credentials_file import unique_id
from awskit.access.identities import Role
from awskit.access.process_access import Access
from awskit.access.sessions import Kind, Session
from awskit.errors import AwsError
from awskit.policy import PolicySyntaxError, parse
from awskit.resources.arns import Arn, global_arn, parse_arn
from awskit.service.operation import Input, Output, async_operation
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID
from gateway.sts.principal import Principal, StsContext, token_for

_HOUR = 3600
_ROLE = re.compile(r"role/(?:.*/)?([\w+=,.@-]+)").fullmatch
_ACCOUNT = re.compile(r"[0-9]{12}").fullmatch
_KEY_ALPHABET = string.ascii_uppercase + "234567"
_SECRET_ALPHABET = string.ascii_letters + string.digits + "+/"
_MOST_POLICY = 2048


@async_operation("AssumeRole")
async def assume_role(context: StsContext, input: Input) -> Output:
    """Credentials of a role in any account; no trust policy is asked."""
    return _assume(context, input)


@async_operation("AssumeRoleWithWebIdentity")
async def assume_role_with_web_identity(context: StsContext, input: Input) -> Output:
    """The same for the bearer of a token, any token; what a JWT says of itself is passed on, unverified.

    Where signatures are verified no token is, since no identity provider is known.
    """
    if context.access is not None and context.access.verifies:
        text = "No OpenIDConnect provider found in your account: RustStack verifies signatures, and knows none."
        raise AwsError("InvalidIdentityTokenException", text)
    claims = _claims(input["WebIdentityToken"])
    output = _assume(context, input)
    for member, claim in (("SubjectFromWebIdentityToken", "sub"), ("Audience", "aud"), ("Provider", "iss")):
        if isinstance(claims.get(claim), str):
            output[member] = claims[claim]
    if "ProviderId" in input:
        output["Provider"] = input["ProviderId"]
    elif "Provider" in output:
        issuer = urlsplit(output["Provider"])
        output["Provider"] = (issuer.netloc + issuer.path) or output["Provider"]
    return output


@async_operation("GetSessionToken")
async def get_session_token(context: StsContext, input: Input) -> Output:
    """Temporary credentials of the caller's own."""
    _refuse_sessions(context, "GetSessionToken")
    identity = context.identity
    grant = _Grant("root") if identity is None else _Grant(_kind(identity.kind), identity.access_key_id)
    return {"Credentials": _credentials(context, context.principal, input.get("DurationSeconds", 12 * _HOUR), grant)}


@async_operation("GetFederationToken")
async def get_federation_token(context: StsContext, input: Input) -> Output:
    """Credentials of a federated user of the caller's account."""
    _refuse_sessions(context, "GetFederationToken")
    account_id, name = context.principal.account_id, input["Name"]
    grant = _Grant(
        "federated", "" if context.identity is None else context.identity.access_key_id, _policies(context, input)
    )
    arn = global_arn("sts", context.region, account_id, f"federated-user/{name}")
    user = Principal(account_id, arn, f"{account_id}:{name}")
    return {
        "Credentials": _credentials(context, user, input.get("DurationSeconds", 12 * _HOUR), grant),
        "FederatedUser": {"FederatedUserId": user.user_id, "Arn": user.arn},
        **_packed_size(input),
    }


def _assume(context: StsContext, input: Input) -> Output:
    role_arn, session = input["RoleArn"], input["RoleSessionName"]
    given = parse_arn(role_arn)
    role = _ROLE(given.resource) if given is not None else None
    if given is None or role is None or given.service != "iam" or given.region or not _ACCOUNT(given.account_id):
        raise AwsError("ValidationError", f"{role_arn} is invalid")
    account_id, name = given.account_id, role[1]
    arn = str(Arn(given.partition, "sts", "", account_id, f"assumed-role/{name}/{session}"))
    principal = Principal(account_id, arn, f"{unique_id('AROA', role_arn)}:{session}")
    known = _role(context, role_arn)
    grant = _Grant("role", "" if known is None else role_arn, _policies(context, input))
    output: Output = {
        "Credentials": _credentials(context, principal, input.get("DurationSeconds", _HOUR), grant),
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": arn},
        **_packed_size(input),
    }
    if "SourceIdentity" in input:
        output["SourceIdentity"] = input["SourceIdentity"]
    return output


@dataclass(frozen=True, slots=True)
class _Grant:
    """Whose permissions a session has, as `awskit.access.sessions` has it. `of` is empty where nobody knows."""

    kind: Kind
    of: str = ""
    policies: tuple[str, ...] = ()


def _kind(kind: str) -> Kind:
    return "user" if kind == "user" else "root"


def _role(context: StsContext, role_arn: str) -> Role | None:
    return None if context.access is None else context.access.identities.roles.get(role_arn)


def _policies(context: StsContext, input: Input) -> tuple[str, ...]:
    """The session policy that a request gives, where it will be asked. Raises `MalformedPolicyDocument`."""
    text = input.get("Policy")
    if not text or context.access is None:
        return ()
    try:
        parse(text, needs_principal=False)
    except PolicySyntaxError as error:
        raise AwsError("MalformedPolicyDocumentException", f"{error}") from None
    return (text,)


def _refuse_sessions(context: StsContext, operation: str) -> None:
    if context.identity is not None and context.identity.session_token is not None:
        raise AwsError("AccessDenied", f"Cannot call {operation} with session credentials", 403)


def _credentials(context: StsContext, principal: Principal, seconds: int, grant: _Grant) -> Mapping[str, Any]:
    if context.access is not None and grant.of:
        return _sealed(context, context.access, principal, seconds, grant)
    own_account = principal.account_id == DEFAULT_ACCOUNT_ID
    return {
        "AccessKeyId": "ASIA" + _random(_KEY_ALPHABET, 16) if own_account else principal.account_id,
        "SecretAccessKey": _random(_SECRET_ALPHABET, 40),
        "SessionToken": token_for(principal),
        "Expiration": float(int(context.clock.now()) + seconds),
    }


def _sealed(
    context: StsContext, access: Access, principal: Principal, seconds: int, grant: _Grant
) -> Mapping[str, Any]:
    """Credentials that every service of the fleet can verify."""
    sessions, issued_at = access.identities.sessions, context.clock.source_now
    session = Session(
        "ASIA" + _random(_KEY_ALPHABET, 16),
        principal.account_id,
        principal.arn,
        principal.user_id,
        grant.kind,
        grant.of,
        issued_at,
        float(int(issued_at) + seconds),
        grant.policies,
    )
    token = sessions.seal(session)
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": sessions.secret_of(token),
        "SessionToken": token,
        "Expiration": session.expires_at,
    }


def _packed_size(input: Input) -> Mapping[str, int]:
    policy = input.get("Policy")
    return {"PackedPolicySize": len(policy) * 100 // _MOST_POLICY} if policy else {}


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _claims(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
