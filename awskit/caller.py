"""Whose request it is, as far as an unverified request tells: the access key, and what DESIGN derives from it.

In: a request head. Out: a `Caller`. Nothing is raised: what cannot be read means the default account and region.
The signature itself is checked elsewhere, and only where a service is told to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from awskit.wire.http import HttpRequest

DEFAULT_ACCOUNT_ID = "000000000000"
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Caller:
    """`access_key_id` is None for an anonymous request."""

    access_key_id: str | None
    account_id: str
    region: str


ANONYMOUS = Caller(None, DEFAULT_ACCOUNT_ID, DEFAULT_REGION)


def caller_of(request: HttpRequest) -> Caller:
    """The caller named by the Authorization header (v4, v2) or by a presigned query (v4, v2)."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        start = authorization.find("Credential=")
        if start >= 0:
            end = authorization.find(",", start)
            return _from_scope(authorization[start + 11 : end if end >= 0 else None].strip())
        if authorization.startswith("AWS "):
            return _from_key(authorization[4:].partition(":")[0])
        return ANONYMOUS
    query = request.query_string
    if "X-Amz-Credential=" in query:
        return _from_scope(unquote(_parameter(query, "X-Amz-Credential=")))
    if "AWSAccessKeyId=" in query:
        return _from_key(unquote(_parameter(query, "AWSAccessKeyId=")))
    return ANONYMOUS


def account_of(access_key_id: str) -> str:
    """The account an access key stands for: itself where it is 12 digits, else the default account."""
    return access_key_id if len(access_key_id) == 12 and access_key_id.isdigit() else DEFAULT_ACCOUNT_ID


def _parameter(query: str, prefix: str) -> str:
    return query.partition(prefix)[2].partition("&")[0]


@lru_cache(maxsize=1024)
def _from_scope(scope: str) -> Caller:
    # ACCESS_KEY/20260101/us-east-1/s3/aws4_request; an access key may itself hold slashes
    parts = scope.rsplit("/", 4)
    if len(parts) != 5:
        return _from_key(scope.partition("/")[0])
    return Caller(parts[0], account_of(parts[0]), parts[2] or DEFAULT_REGION)


@lru_cache(maxsize=1024)
def _from_key(access_key_id: str) -> Caller:
    return Caller(access_key_id, account_of(access_key_id), DEFAULT_REGION)
