"""The condition keys that every request has, whatever its service.

In: a request, who makes it, and when. Out: values by key, the keys in lower case.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from awskit.access.identities import Identity
from awskit.wire.http import HttpRequest

if TYPE_CHECKING:
    from awskit.access.decision import Verdict

Keys = dict[str, tuple[str, ...]]


class Asked(Protocol):
    """What is known of a request (`awskit.service.context.RequestContext`)."""

    request: HttpRequest
    identity: Identity | None
    verdict: Verdict | None
    account_id: str
    access_key_id: str | None
    request_id: str
    region: str
    operation: str


_TYPES = {"root": "Account", "user": "User", "role": "AssumedRole", "federated": "FederatedUser", "service": "Service"}


def request_keys(request: HttpRequest, now: float) -> Keys:
    """Those of the request itself. `now` is in seconds since the epoch."""
    headers = request.headers
    moment = datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    secure = headers.get("x-forwarded-proto", "http") == "https"
    address = headers.get("x-forwarded-for", "127.0.0.1").partition(",")[0].strip()
    keys: Keys = {
        "aws:currenttime": (moment,),
        "aws:epochtime": (str(int(now)),),
        "aws:securetransport": ("true" if secure else "false",),
        "aws:sourceip": (address,),
    }
    for key, header in (("aws:useragent", "user-agent"), ("aws:referer", "referer")):
        if header in headers:
            keys[key] = (headers[header],)
    return keys


def identity_keys(identity: Identity | None) -> Keys:
    """Those of the caller; None: nobody has signed."""
    if identity is None:
        return {"aws:principaltype": ("Anonymous",), "aws:principalisawsservice": ("false",)}
    is_service = identity.service is not None
    keys: Keys = {
        "aws:principaltype": (_TYPES[identity.kind],),
        "aws:principalisawsservice": (str(is_service).lower(),),
        "aws:viaawsservice": ("false",),
    }
    if identity.service is not None:
        keys["aws:principalservicename"] = (identity.service,)
        if identity.source_arn:
            keys["aws:sourcearn"] = (identity.source_arn,)
        if identity.source_account:
            keys["aws:sourceaccount"] = (identity.source_account,)
        return keys
    keys["aws:principalaccount"] = (identity.account_id,)
    keys["aws:principalarn"] = (identity.role_arn or identity.arn,)
    keys["aws:userid"] = (identity.user_id,)
    if identity.user_name is not None:
        keys["aws:username"] = (identity.user_name,)
    if identity.session_token is not None:
        keys["aws:multifactorauthpresent"] = ("false",)
    return keys


def tag_keys(
    requested: Mapping[str, str] | None = None,
    existing: Mapping[str, str] | None = None,
    names: tuple[str, ...] | None = None,
) -> Keys:
    """Those of tags: the request's, those that the resource has, and the names of tags to be taken away."""
    keys: Keys = {f"aws:requesttag/{name}".lower(): (value,) for name, value in (requested or {}).items()}
    keys.update({f"aws:resourcetag/{name}".lower(): (value,) for name, value in (existing or {}).items()})
    found = tuple(requested) if requested is not None else names
    if found is not None:
        keys["aws:tagkeys"] = found
    return keys


def keys_of(context: Asked, now: float) -> Keys:
    """The condition keys that every request has."""
    return {
        **request_keys(context.request, now),
        **identity_keys(context.identity),
        "aws:requestedregion": (context.region,),
    }
