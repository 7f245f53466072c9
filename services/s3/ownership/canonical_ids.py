"""Canonical user ids: what S3's owners and grantees are named by."""

from __future__ import annotations

import hashlib
from functools import lru_cache

ANONYMOUS = "65a011a29cdf8ec533ec3d1ccaae921c"
"""Who owns what an anonymous caller uploads, as on AWS."""


@lru_cache(maxsize=1024)
def canonical_id(account_id: str) -> str:
    """The canonical user id of an account: 64 hexadecimal digits, the same everywhere and for ever."""
    return hashlib.sha256(f"canonical-user:{account_id}".encode()).hexdigest()
