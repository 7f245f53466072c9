"""The rows that a new database of SNS begins with."""

from __future__ import annotations

import time
from typing import Any

from services.sns.messages.signing import generate_signing_key


def first_rows() -> dict[str, list[dict[str, Any]]]:
    """As versions/0001_initial.py."""
    now = time.time()
    key = generate_signing_key(now)
    row = {"id": key.id, "private_key": key.private_key, "certificate": key.certificate, "created_at": now}
    return {"signing_keys": [row]}
