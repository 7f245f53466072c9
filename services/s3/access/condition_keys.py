"""The condition keys of a request, as bucket policies ask for them.

In: the request, its operation's input, and what is known of the caller and the object. Out: values by key, the keys in
lower case.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.access.condition_keys import Keys, identity_keys, request_keys
from awskit.access.identities import Identity
from awskit.wire.http import HttpRequest

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
    identity: Identity | None,
    now: float,
    *,
    bucket_owner: str,
    requested_tags: Mapping[str, str] | None = None,
    existing_tags: Mapping[str, str] | None = None,
) -> Keys:
    """See the module. `now` is in seconds since the epoch; tags are the request's and the existing object's."""
    keys: Keys = {**request_keys(request, now), **identity_keys(identity)}
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
