"""Texts that no database is asked with. Raises `InvalidParameterValue`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.sqs.errors import invalid_value


def check_text(input: Mapping[str, Any]) -> None:
    """Refuse a null character in any of the input's strings: PostgreSQL keeps none, and AWS has none in its names."""
    for name, value in input.items():
        if isinstance(value, str) and "\0" in value:
            raise invalid_value(value, name, "It must not contain null characters.")
