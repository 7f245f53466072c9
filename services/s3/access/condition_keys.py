"""The condition keys of a request, as bucket policies ask for them.

In: the request, its operation's input, and what is known of the caller and the object. Out: values by key, the keys in
lower case.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from awskit.policy import Principal
from awskit.wire.http import HttpRequest

Keys = dict[str, tuple[str, ...]]

_HEADERS = (
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)
_INPUTS = {
    "s3:prefix": "Prefix",
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:versionid": "VersionId",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "if-match": "IfMatch",
    "if-none-match": "IfNoneMatch",
}


def condition_keys(
    request: HttpRequest,
    input: Mapping[str, Any],
    principal: Principal,
    now: float,
    *,
    bucket_owner: str,
    requested_tags: Mapping[str, str] | None = None,
    existing_tags: Mapping[str, str] | None = None,
) -> Keys:
    """See the module. `now` is in seconds since the epoch; tags are the request's and the existing object's."""
    keys = _global_keys(request, principal, now)
    keys["s3:resourceaccount"] = keys["aws:resourceaccount"] = (bucket_owner,)
    for header in _HEADERS:
        if header in request.headers:
            keys[f"s3:{header}"] = (request.headers[header],)
    for key, member in _INPUTS.items():
        if input.get(member) is not None:
            keys[key] = (str(input[member]),)
    constraint = (input.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    if constraint is not None:
        keys["s3:locationconstraint"] = (constraint,)
    keys.update(_signature_keys(request))
    _add_tags(keys, "s3:requestobjecttag", requested_tags)
    _add_tags(keys, "s3:existingobjecttag", existing_tags)
    if requested_tags is not None:
        keys["s3:requestobjecttagkeys"] = tuple(requested_tags)
    return keys


def _global_keys(request: HttpRequest, principal: Principal, now: float) -> Keys:
    headers = request.headers
    secure = headers.get("x-forwarded-proto", "http") == "https"
    moment = datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    forwarded = headers.get("x-forwarded-for", "127.0.0.1").partition(",")[0].strip()
    keys: Keys = {
        "aws:currenttime": (moment,),
        "aws:epochtime": (str(int(now)),),
        "aws:securetransport": ("true" if secure else "false",),
        "aws:sourceip": (forwarded,),
    }
    for key, header in (("aws:useragent", "user-agent"), ("aws:referer", "referer")):
        if header in headers:
            keys[key] = (headers[header],)
    if principal.account_id is not None:
        keys["aws:principalaccount"] = (principal.account_id,)
        keys["aws:principaltype"] = ("Account",)
        keys["aws:userid"] = (principal.account_id,)
    else:
        keys["aws:principaltype"] = ("Anonymous",)
    if principal.arn is not None:
        keys["aws:principalarn"] = (principal.arn,)
    if principal.user_name is not None:
        keys["aws:username"] = (principal.user_name,)
    return keys


def _signature_keys(request: HttpRequest) -> Keys:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        version = "AWS" if authorization.startswith("AWS ") else "AWS4-HMAC-SHA256"
        return {"s3:authtype": ("REST-HEADER",), "s3:signatureversion": (version,)}
    if "X-Amz-Signature=" in request.query_string:
        return {"s3:authtype": ("REST-QUERY-STRING",), "s3:signatureversion": ("AWS4-HMAC-SHA256",)}
    if "Signature=" in request.query_string:
        return {"s3:authtype": ("REST-QUERY-STRING",), "s3:signatureversion": ("AWS",)}
    return {}


def _add_tags(keys: Keys, prefix: str, tags: Mapping[str, str] | None) -> None:
    for name, value in (tags or {}).items():
        keys[f"{prefix}/{name}".lower()] = (value,)
