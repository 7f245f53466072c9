"""Pages of listings: their sizes, the markers and the tokens that they go on from."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from awskit.bounds.integers import parse_integer
from awskit.errors import AwsError
from services.s3.errors import invalid_argument

PAGE_LIMIT = 1000
_TOKEN_VERSION = b"1"


def bounded(input: Mapping[str, Any], member: str, parameter: str) -> int:
    """A page's size as asked for, 1,000 at most. `parameter` is what AWS's error calls it."""
    limit = input.get(member, PAGE_LIMIT)
    if not 0 <= limit <= 2**31 - 1:
        raise invalid_argument(
            f"Argument {parameter} must be an integer between 0 and 2147483647", parameter, str(limit)
        )
    return min(int(limit), PAGE_LIMIT)


def part_number_marker(input: Mapping[str, Any]) -> int:
    """The number after which a listing of parts begins; 0 where the request states none."""
    parameter = "part-number-marker"
    stated = input.get("PartNumberMarker") or 0
    try:
        marker = parse_integer(str(stated))
    except ValueError:
        raise invalid_argument(
            f"Provided {parameter} not an integer or within integer range", parameter, str(stated)
        ) from None
    if not 0 <= marker <= 2**31 - 1:
        raise invalid_argument(
            f"Argument {parameter} must be an integer between 0 and 2147483647", parameter, str(stated)
        )
    return marker


def token_of_position(position: bytes) -> str:
    """The continuation token of a page that begins at `position`, a key or what a key begins with."""
    return base64.urlsafe_b64encode(_TOKEN_VERSION + position).decode()


def position_of_token(token: str) -> bytes:
    """Where a page begins, by its continuation token. Raises `InvalidArgument` where it is none."""
    try:
        decoded = base64.urlsafe_b64decode(token.encode())
    except (binascii.Error, UnicodeError):
        decoded = b""
    if not decoded.startswith(_TOKEN_VERSION):
        raise AwsError(
            "InvalidArgument",
            "The continuation token provided is incorrect",
            members={"ArgumentName": "continuation-token"},
        )
    return decoded[len(_TOKEN_VERSION) :]
