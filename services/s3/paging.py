"""ContinuationToken of the listings that go on after a name: buckets, configurations, annotations.

ListObjectsV2's token holds a place among keys, which need not be text, and is its own (`operations/list_objects.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.resources.paging import InvalidToken, position_of
from services.s3.errors import invalid_argument

_CONTROL_PAGE = 1000


def control_page_limit(input: Mapping[str, Any]) -> int:
    """How many S3 Control's `MaxResults` asks for: for 0 as many as a page may hold. Raises `InvalidArgument`."""
    limit: int = input.get("MaxResults", _CONTROL_PAGE)
    if not 0 <= limit <= _CONTROL_PAGE:
        message = f"Argument maxResults must be an integer between 0 and {_CONTROL_PAGE}"
        raise invalid_argument(message, "maxResults", str(limit))
    return limit or _CONTROL_PAGE


def name_of_token(token: str | None) -> str:
    """The name after which the page starts, "" without a token. Raises `InvalidArgument`."""
    if token is None:
        return ""
    try:
        return position_of(token)
    except InvalidToken:
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token", token) from None
