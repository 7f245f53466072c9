"""JSON Web Tokens: what one says of itself, unverified. RFC 7519."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson


def claims_of(token: str) -> Mapping[str, Any]:
    """The claims; none where the text is no such token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def encoded(part: Mapping[str, Any] | bytes) -> str:
    """A part as it stands in a token."""
    data = part if isinstance(part, bytes) else orjson.dumps(part)
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
