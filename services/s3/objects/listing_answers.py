"""What the listings' answers have in common: `encoding-type`, page sizes, common prefixes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_from_bytes

from services.s3.errors import invalid_argument
from services.s3.store.listing import Page

PAGE_LIMIT = 1000

# What S3 leaves as it is in a URL-encoded key, besides letters and digits.
_SAFE = "/-_.*"


class KeyEncoding:
    """Keys as an answer shows them: as they are, or URL-encoded where the request says `encoding-type=url`."""

    __slots__ = ("_url",)

    def __init__(self, input: Mapping[str, Any]) -> None:
        encoding = input.get("EncodingType")
        if encoding not in (None, "url"):
            raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", str(encoding))
        self._url = encoding == "url"

    def key(self, key: bytes) -> str:
        return quote_from_bytes(key, _SAFE) if self._url else key.decode()

    def text(self, text: str) -> str:
        return self.key(text.encode()) if self._url else text

    def member(self) -> dict[str, str]:
        return {"EncodingType": "url"} if self._url else {}

    def common_prefixes(self, page: Page) -> list[dict[str, str]]:
        return [{"Prefix": self.key(prefix)} for prefix in page.common_prefixes]


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
        marker = int(stated)
    except ValueError:
        raise invalid_argument(
            f"Provided {parameter} not an integer or within integer range", parameter, str(stated)
        ) from None
    if not 0 <= marker <= 2**31 - 1:
        raise invalid_argument(
            f"Argument {parameter} must be an integer between 0 and 2147483647", parameter, str(stated)
        )
    return marker


def restore_status(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """`RestoreStatus` of an archived object that was restored."""
    until = attributes.get("RestoreUntil")
    if until is None:
        return {}
    return {"RestoreStatus": {"IsRestoreInProgress": False, "RestoreExpiryDate": until}}
