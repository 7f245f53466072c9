"""ContinuationToken of the listings that go on after a name: buckets, configurations, annotations.

ListObjectsV2's token holds a place among keys, which need not be text, and is its own (`operations/list_objects.py`).
"""

from __future__ import annotations

from awskit.resources.paging import InvalidToken, position_of
from services.s3.errors import invalid_argument


def name_of_token(token: str | None) -> str:
    """The name after which the page starts, "" without a token. Raises `InvalidArgument`."""
    if token is None:
        return ""
    try:
        return position_of(token)
    except InvalidToken:
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token", token) from None
