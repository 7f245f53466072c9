"""Whose request it is, as far as an unverified request tells: the access key, and what DESIGN derives from it.

In: a request head. Out: a `Caller`. Nothing is raised: what cannot be read means the default account and region.
The signature itself is checked elsewhere, and only where a service is told to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from awskit.sigv4.authorization import Credential, credential_of
from awskit.sigv4.session_keys import account_of_session_key
from awskit.wire.http import HttpRequest

DEFAULT_ACCOUNT_ID = "000000000000"
DEFAULT_REGION = "us-east-1"

_LONGEST_REGION = 64  # what is longer is none, and would be part of keys of caches and of rows
_LONGEST_KEPT = 512  # a thousand callers with names of a head's length would be 64 MB


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
    if authorization is not None and (start := authorization.find("Credential=")) >= 0:
        end = authorization.find(",", start)
        if 0 < end - start <= _LONGEST_KEPT:
            return _caller_by(authorization[start:end])
    credential = credential_of(authorization, request.query_string)
    return ANONYMOUS if credential is None else _caller(credential)


def account_of(access_key_id: str) -> str:
    """The account an access key stands for: itself where it is 12 digits, a session's own, else the default account."""
    if len(access_key_id) == 12 and access_key_id.isascii() and access_key_id.isdigit():
        return access_key_id
    return account_of_session_key(access_key_id) or DEFAULT_ACCOUNT_ID


# boto 2 takes the region from the host's second label: `0` of `127.0.0.1`
def _region_of(credential: Credential) -> str:
    region = credential.region
    return region if 0 < len(region) <= _LONGEST_REGION and not region.isdecimal() else DEFAULT_REGION


@lru_cache(maxsize=1024)
def _caller_by(text: str) -> Caller:
    """By the part of an `Authorization` header that names the credential: one look-up for what most requests have."""
    credential = credential_of(text, "")
    return ANONYMOUS if credential is None else _caller(credential)


def _caller(credential: Credential) -> Caller:
    key = credential.access_key_id
    return Caller(key, account_of(key), _region_of(credential))
