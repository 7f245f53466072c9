"""Signing a request to another service, version 4, where that service verifies signatures.

In: the request's head and a key. Out: its headers with `authorization`. The body is signed where its digest is given.
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from awskit.sigv4.authorization import ALGORITHM_V4

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An access key with its secret."""

    access_key_id: str
    secret_access_key: str


def derived_key(secret_access_key: str, scope: Iterable[str]) -> bytes:
    """The key that signs within `scope`: (date, region, service, "aws4_request")."""
    key = f"AWS4{secret_access_key}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def sign(
    key: SigningKey,
    scope: tuple[str, str],
    method: str,
    target: str,
    headers: Mapping[str, str],
    now: float,
    payload: str = UNSIGNED_PAYLOAD,
) -> dict[str, str]:
    """The headers of a request signed `now`; `scope` is (region, service), `target` a path with its query as sent.

    `payload` is the body's SHA-256 in hexadecimal, where the service asks for it.

    Header names are lower-case, `host` is among them; every one of them is signed.
    """
    timestamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "x-amz-date": timestamp, "x-amz-content-sha256": payload}
    names = ";".join(sorted(signed))
    path, _, query = target.partition("?")
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    canonical = "\n".join(
        (
            method,
            path,
            "&".join(f"{name}={value}" for name, value in pairs),
            "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed)),
            names,
            payload,
        )
    )
    parts = (timestamp[:8], *scope, "aws4_request")
    text = "\n".join((ALGORITHM_V4, timestamp, "/".join(parts), hashlib.sha256(canonical.encode()).hexdigest()))
    derived = derived_key(key.secret_access_key, parts)
    signature = hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{key.access_key_id}/{'/'.join(parts)}"
    authorization = f"{ALGORITHM_V4} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {**signed, "authorization": authorization}
