"""What a request says of its own signature: who signed it, for which service and region, how.

In: headers, a query string, or the fields of a browser's POST form. Out: a `Credential` (`credential_of`, which never
raises and is cheap: routing asks it for every request) or the whole `Signature` (`signature_of`, `form_signature`, for
whoever verifies it). Raised: `MalformedSignature`, by the latter two.

Nothing is verified here. A verification is to be a pure function of a `Signature`, a request and a secret key.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (version 2)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, unquote

from awskit.bounds.integers import parse_natural

Version = Literal["v2", "v4", "v4a"]
Place = Literal["header", "query", "form"]

ALGORITHM_V4 = "AWS4-HMAC-SHA256"
ALGORITHM_V4A = "AWS4-ECDSA-P256-SHA256"

_VERSIONS: Mapping[str, Version] = {ALGORITHM_V4: "v4", ALGORITHM_V4A: "v4a"}
_TERMINATOR = "aws4_request"
_LONGEST_KEPT = 512
_V4_PARAMETERS = frozenset(("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"))
_SIGNED_QUERY = re.compile(r"(?:^|&)(?:X-Amz-(?:Algorithm|Credential|Signature)|AWSAccessKeyId|Signature)=").search


class MalformedSignature(ValueError):
    """The request is signed, but not in a form that can be read; the text says what is wrong."""


class MissingSignatureField(MalformedSignature):
    """A part of the signature is not there; `name` is its parameter's, field's or header's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"missing {name}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Credential:
    """Who signed, and the scope. `date`, `region` and `service` are "" where the version has none (v2; v4a: region)."""

    access_key_id: str
    date: str = ""
    region: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A request's signature with everything that its verification needs beside the request itself.

    `signed_headers` are lower-case. `timestamp` is the X-Amz-Date or Date as sent ("" where a v2 query has none).
    `expires` is, as sent, seconds after `timestamp` in v4 and seconds since the epoch in v2. `policy` is a form's, in
    base64.
    """

    version: Version
    place: Place
    credential: Credential
    signature: str
    signed_headers: tuple[str, ...] = ()
    timestamp: str = ""
    expires: int | None = None
    session_token: str | None = None
    policy: str | None = None


def credential_of(authorization: str | None, query_string: str) -> Credential | None:
    """Who signed, by the `Authorization` header, else by a presigned query; None where neither can be read."""
    if authorization is not None:
        start = authorization.find("Credential=")
        if start >= 0:
            end = authorization.find(",", start)
            return _credential(authorization[start + 11 : end if end >= 0 else None].strip())
        if authorization.startswith("AWS "):
            access_key_id, colon, _ = authorization[4:].strip().rpartition(":")
            return Credential(access_key_id) if colon and access_key_id else None
        return None
    if "X-Amz-Credential=" in query_string:
        return _credential(unquote(_parameter(query_string, "X-Amz-Credential")))
    if "AWSAccessKeyId=" in query_string:
        access_key_id = unquote(_parameter(query_string, "AWSAccessKeyId"))
        return Credential(access_key_id) if access_key_id else None
    return None


def signature_of(headers: Mapping[str, str], query_string: str) -> Signature | None:
    """The signature in the headers (lower-case names) or in the query; None for an anonymous request.

    Raises `MalformedSignature`.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        return _header_signature(authorization.strip(), headers)
    if is_signed_query(query_string):
        query = dict(parse_qsl(query_string, keep_blank_values=True))
        return _query_v2(query) if query.keys().isdisjoint(_V4_PARAMETERS) else _query_v4(query)
    return None


def is_signed_query(query_string: str) -> bool:
    """Whether the query is a presigned URL's, or that of one which has lost a part of its signature."""
    # Most queries are not, which a search for a text tells sooner than a pattern.
    if "Signature=" not in query_string and "X-Amz-" not in query_string and "AWSAccessKeyId=" not in query_string:
        return False
    return _SIGNED_QUERY(query_string) is not None


def form_signature(fields: Mapping[str, str]) -> Signature | None:
    """The signature among the fields of a browser's POST form (names in any case); None for an anonymous form.

    Raises `MalformedSignature`.
    """
    given = {name.lower(): value for name, value in fields.items()}
    if "x-amz-algorithm" in given or "x-amz-credential" in given:
        return Signature(
            _version(_required(given, "x-amz-algorithm")),
            "form",
            _strict_credential(_required(given, "x-amz-credential")),
            _required(given, "x-amz-signature"),
            timestamp=_required(given, "x-amz-date"),
            session_token=given.get("x-amz-security-token"),
            policy=_required(given, "policy"),
        )
    if "awsaccesskeyid" in given:
        return Signature(
            "v2",
            "form",
            Credential(given["awsaccesskeyid"]),
            _required(given, "signature"),
            session_token=given.get("x-amz-security-token"),
            policy=_required(given, "policy"),
        )
    return None


def _header_signature(authorization: str, headers: Mapping[str, str]) -> Signature:
    scheme, _, rest = authorization.partition(" ")
    timestamp = headers.get("x-amz-date") or headers.get("date", "")
    token = headers.get("x-amz-security-token") or headers.get("x-amz-s3session-token")
    if scheme == "AWS":
        access_key_id, colon, signature = rest.strip().rpartition(":")
        if not (colon and access_key_id and signature):
            raise MalformedSignature("AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")
        credential = Credential(access_key_id)
        return Signature("v2", "header", credential, signature, timestamp=timestamp, session_token=token)
    version = _version(scheme)
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        fields[name] = value
    return Signature(
        version,
        "header",
        _strict_credential(_required(fields, "Credential")),
        _required(fields, "Signature"),
        _header_names(_required(fields, "SignedHeaders")),
        timestamp,
        session_token=token,
    )


def _query_v4(query: Mapping[str, str]) -> Signature:
    return Signature(
        _version(_required(query, "X-Amz-Algorithm")),
        "query",
        _strict_credential(_required(query, "X-Amz-Credential")),
        _required(query, "X-Amz-Signature"),
        _header_names(_required(query, "X-Amz-SignedHeaders")),
        _required(query, "X-Amz-Date"),
        _number(_required(query, "X-Amz-Expires"), "X-Amz-Expires"),
        query.get("X-Amz-Security-Token") or query.get("X-Amz-S3session-Token"),
    )


def _query_v2(query: Mapping[str, str]) -> Signature:
    return Signature(
        "v2",
        "query",
        Credential(_required(query, "AWSAccessKeyId")),
        _required(query, "Signature"),
        expires=_number(_required(query, "Expires"), "Expires"),
        timestamp=query.get("Timestamp", ""),
        session_token=query.get("x-amz-security-token"),
    )


def _version(algorithm: str) -> Version:
    try:
        return _VERSIONS[algorithm]
    except KeyError:
        raise MalformedSignature(f"Unsupported authorization type: {algorithm[:64]}") from None


def _required(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name)
    if not value:
        raise MissingSignatureField(name)
    return value


def _header_names(text: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in text.split(";") if name)


def _number(text: str, name: str) -> int:
    try:
        return parse_natural(text, 15)
    except ValueError:
        raise MalformedSignature(f"{name} should be a number") from None


def _strict_credential(text: str) -> Credential:
    credential = _credential(text)
    if credential is None or not credential.service:
        raise MalformedSignature(
            "the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request", not ' + f'"{text[:128]}"'
        )
    return credential


def _parameter(query_string: str, name: str) -> str:
    for part in query_string.split("&"):
        found, _, value = part.partition("=")
        if found == name:
            return value
    return ""


def _credential(text: str) -> Credential | None:
    # a thousand of a head's length would be 64 MB
    return _read_credential(text) if len(text) <= _LONGEST_KEPT else _read_credential.__wrapped__(text)


@lru_cache(maxsize=1024)
def _read_credential(text: str) -> Credential | None:
    # An access key may itself hold slashes, so the scope is read from its end. v4a's has no region.
    rest, slash, terminator = text.rpartition("/")
    parts = rest.rsplit("/", 3)
    if slash and terminator == _TERMINATOR and len(parts) >= 3:
        if len(parts) == 4 and _is_date(parts[1]):
            return Credential(*parts) if parts[0] else None
        access_key_id, date, service = rest.rsplit("/", 2)
        if _is_date(date) and access_key_id:
            return Credential(access_key_id, date, "", service)
    access_key_id = text.partition("/")[0]
    return Credential(access_key_id) if access_key_id else None


def _is_date(text: str) -> bool:
    return len(text) == 8 and text.isascii() and text.isdigit()
