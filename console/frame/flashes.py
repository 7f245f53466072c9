"""What the next page is to say of what has just been done, kept in a cookie until then."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict, dataclass
from typing import Literal

import orjson

FLASH_COOKIE = "ruststack-console-flash"
_MOST = 5
_LONGEST = 600
_LONGEST_COOKIE = 3800

Kind = Literal["success", "error", "info"]


@dataclass(frozen=True, slots=True)
class Flash:
    """One message. `url` is the page of what it is about, if any."""

    kind: Kind
    text: str
    url: str = ""


def packed(flashes: list[Flash]) -> str:
    """The cookie's value."""
    kept = [asdict(Flash(one.kind, _encodable(one.text), one.url)) for one in flashes[:_MOST]]
    while True:
        value = base64.urlsafe_b64encode(orjson.dumps(kept)).decode()
        if len(value) <= _LONGEST_COOKIE or not kept:
            return value
        kept.pop()


def unpacked(value: str) -> list[Flash]:
    """What a cookie says; nothing where it cannot be read."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(value))
        return [_flash(one) for one in found[:_MOST]]
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return []


def _flash(one: dict[str, str]) -> Flash:
    kinds: dict[str, Kind] = {"success": "success", "error": "error", "info": "info"}
    url = str(one["url"])
    return Flash(kinds[one["kind"]], str(one["text"]), url if url.startswith("/_ruststack/console/") else "")


def _encodable(text: str) -> str:
    said = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return said.encode("utf-8", "replace").decode()
