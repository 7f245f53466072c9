"""Addresses and forms that carry their signature: the browser then sends and fetches objects itself.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import orjson

from awskit.sigv4.authorization import ALGORITHM_V4
from awskit.sigv4.signing import UNSIGNED_PAYLOAD, derived_key
from console.interfaces.aws_client import rest_target
from console.interfaces.credentials import Credentials


@dataclass(frozen=True, slots=True)
class Presigner:
    """Signs for `endpoint` (`http://localhost:4566`), as of `now` (epoch seconds)."""

    credentials: Credentials
    region: str
    endpoint: str
    now: float

    def url(self, method: str, path: str, seconds: int, query: Mapping[str, str] | None = None) -> str:
        """The address at which `method` may be done for so many seconds. `path` is not yet encoded."""
        timestamp, scope = self._moment()
        given = {
            **(query or {}),
            "X-Amz-Algorithm": ALGORITHM_V4,
            "X-Amz-Credential": f"{self.credentials.access_key_id}/{'/'.join(scope)}",
            "X-Amz-Date": timestamp,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        if self.credentials.session_token:
            given["X-Amz-Security-Token"] = self.credentials.session_token
        pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in given.items())
        canonical_query = "&".join(f"{name}={value}" for name, value in pairs)
        target = rest_target(path, {})
        host = urlsplit(self.endpoint).netloc
        canonical = "\n".join((method, target, canonical_query, f"host:{host}\n", "host", UNSIGNED_PAYLOAD))
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join((ALGORITHM_V4, timestamp, "/".join(scope), digest))
        return f"{self.endpoint}{target}?{canonical_query}&X-Amz-Signature={self._signature(scope, text)}"

    def form(self, bucket: str, prefix: str, redirect: str, seconds: int) -> dict[str, str]:
        """The fields of a form that puts a file below `prefix` by its own name, and is led to `redirect` then."""
        timestamp, scope = self._moment()
        fields = {
            "x-amz-algorithm": ALGORITHM_V4,
            "x-amz-credential": f"{self.credentials.access_key_id}/{'/'.join(scope)}",
            "x-amz-date": timestamp,
            "success_action_redirect": redirect,
        }
        if self.credentials.session_token:
            fields["x-amz-security-token"] = self.credentials.session_token
        until = datetime.fromtimestamp(self.now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        conditions: list[object] = [{"bucket": bucket}, ["starts-with", "$key", prefix]]
        conditions += [{name: value} for name, value in fields.items()]
        policy = base64.b64encode(orjson.dumps({"expiration": until, "conditions": conditions})).decode()
        signature = self._signature(scope, policy)
        return {"key": f"{prefix}${{filename}}", **fields, "policy": policy, "x-amz-signature": signature}

    def _moment(self) -> tuple[str, tuple[str, str, str, str]]:
        timestamp = datetime.fromtimestamp(self.now, UTC).strftime("%Y%m%dT%H%M%SZ")
        return timestamp, (timestamp[:8], self.region, "s3", "aws4_request")

    def _signature(self, scope: tuple[str, ...], text: str) -> str:
        key = derived_key(self.credentials.secret_access_key, scope)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
