"""Who a request's credentials stand for, and the session tokens that say so."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from awskit.access.identities import Identity
from awskit.access.process_access import Access
from awskit.clock import Clock
from awskit.resources.arns import global_arn
from awskit.sigv4.authorization import Credential
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, DEFAULT_REGION, account_of
from gateway.sts.issuer import TokenKeys


@dataclass(frozen=True, slots=True)
class Principal:
    """An identity: its ARN and the unique id that AWS shows with it.

    Of a session that is not verified: when it ends, how many policies have scoped it down, who began it.
    """

    account_id: str
    arn: str
    user_id: str
    expires_at: float | None = None
    scopes: int = 0
    source_identity: str = ""


@dataclass(frozen=True, slots=True)
class StsContext:
    """What an operation knows of its request.

    `access` is None where nobody is asked; else `identity` is who has signed, None where nobody has or it cannot be
    said. `endpoint` is where the client has called, as a URL.
    """

    principal: Principal
    region: str
    clock: Clock
    token_keys: TokenKeys
    endpoint: str
    access: Access | None = None
    identity: Identity | None = None


def region_of(credential: Credential | None) -> str:
    """The region that the request is signed for."""
    return (credential.region if credential is not None else "") or DEFAULT_REGION


def principal_of(credential: Credential | None, session_token: str | None) -> Principal:
    """The principal in the session token where it is one of ours, else the account's root user."""
    named = _read_token(session_token) if session_token else None
    if named is not None:
        return named
    account_id = account_of(credential.access_key_id) if credential is not None else DEFAULT_ACCOUNT_ID
    return root_of(account_id, region_of(credential))


def principal_of_identity(identity: Identity) -> Principal:
    """The principal that an identity is."""
    return Principal(identity.account_id, identity.arn, identity.user_id)


def root_of(account_id: str, region: str) -> Principal:
    """The root user of an account: AWS shows the account's number as its unique id."""
    return Principal(account_id, global_arn("iam", region, account_id, "root"), account_id)


def token_for(principal: Principal) -> str:
    """A session token that stands for `principal`."""
    content = {
        "account": principal.account_id,
        "arn": principal.arn,
        "id": principal.user_id,
        "until": principal.expires_at,
        "scopes": principal.scopes,
        "source": principal.source_identity,
    }
    return base64.b64encode(orjson.dumps(content)).decode()


def _read_token(token: str) -> Principal | None:
    try:
        content = orjson.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(content, Mapping):
        return None
    account, arn, user_id = content.get("account"), content.get("arn"), content.get("id")
    if not (isinstance(account, str) and isinstance(arn, str) and isinstance(user_id, str)):
        return None
    until, scopes, source = content.get("until"), content.get("scopes"), content.get("source")
    return Principal(
        account,
        arn,
        user_id,
        until if isinstance(until, float) else None,
        scopes if isinstance(scopes, int) else 0,
        source if isinstance(source, str) else "",
    )
