"""The rows that a new database of S3 begins with."""

from __future__ import annotations

import uuid
from typing import Any


def first_rows() -> dict[str, list[dict[str, Any]]]:
    """As versions/0004_database_id.py."""
    return {"database_identity": [{"id": uuid.uuid4().hex}]}
