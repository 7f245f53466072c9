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
from typing import Any
from urllib.parse import urlsplit

import orjson

from awskit.arns import Arn, global_arn, parse_arn
from awskit.errors import AwsError
from awskit.operation import Input, Output, async_operation
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID
from gateway.sts.principal import Principal, StsContext, token_for, unique_id

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
    """The same for the bearer of a token, any token; what a JWT says of itself is passed on, unverified."""
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
    return {"Credentials": _credentials(context, context.principal, input.get("DurationSeconds", 12 * _HOUR))}


@async_operation("GetFederationToken")
async def get_federation_token(context: StsContext, input: Input) -> Output:
    """Credentials of a federated user of the caller's account."""
    account_id, name = context.principal.account_id, input["Name"]
    arn = global_arn("sts", context.region, account_id, f"federated-user/{name}")
    user = Principal(account_id, arn, f"{account_id}:{name}")
    return {
        "Credentials": _credentials(context, user, input.get("DurationSeconds", 12 * _HOUR)),
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
    output: Output = {
        "Credentials": _credentials(context, principal, input.get("DurationSeconds", _HOUR)),
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": arn},
        **_packed_size(input),
    }
    if "SourceIdentity" in input:
        output["SourceIdentity"] = input["SourceIdentity"]
    return output


def _credentials(context: StsContext, principal: Principal, seconds: int) -> Mapping[str, Any]:
    own_account = principal.account_id == DEFAULT_ACCOUNT_ID
    return {
        "AccessKeyId": "ASIA" + _random(_KEY_ALPHABET, 16) if own_account else principal.account_id,
        "SecretAccessKey": _random(_SECRET_ALPHABET, 40),
        "SessionToken": token_for(principal),
        "Expiration": float(int(context.clock.now()) + seconds),
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
