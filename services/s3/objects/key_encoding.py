"""Keys in listings' answers: as they are, or URL-encoded where the request says `encoding-type=url`."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote_from_bytes

from awskit.wire.xml_writer import SPECIAL, escape
from services.s3.errors import invalid_argument
from services.s3.store.listing import Page

# What S3 leaves as it is in a URL-encoded key, besides letters and digits; a space becomes a plus.
_SAFE = "/-_.* "
# Bytes of keys that stand for themselves, and what several keys are joined by
_URL_UNCHANGED = (string.ascii_letters + string.digits + "/-_.*\n").encode()
_XML_UNCHANGED = bytes(byte for byte in range(256) if byte not in SPECIAL)


def url_encoded(key: bytes) -> str:
    """A stored key as S3 URL-encodes it."""
    return quote_from_bytes(key, _SAFE).replace(" ", "+")


class KeyEncoding:
    """Keys as an answer shows them: as they are, or URL-encoded where the request says `encoding-type=url`."""

    __slots__ = ("_url",)

    def __init__(self, input: Mapping[str, Any]) -> None:
        encoding = input.get("EncodingType")
        if encoding not in (None, "url"):
            raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", str(encoding))
        self._url = encoding == "url"

    def key(self, key: bytes) -> str:
        """A stored key as the answer shows it."""
        return url_encoded(key) if self._url else key.decode()

    def contents(self, keys: Sequence[bytes]) -> list[str]:
        """Stored keys as the text of elements. One look tells of most pages that no key is to be changed."""
        together = b"\n".join(keys)
        if not together.translate(None, _URL_UNCHANGED if self._url else _XML_UNCHANGED):
            texts = together.decode().split("\n")
            if len(texts) == len(keys):
                return texts
        return [escape(self.key(key)) for key in keys]

    def text(self, text: str) -> str:
        """A prefix, marker or delimiter of the request as the answer shows it."""
        return self.key(text.encode()) if self._url else text

    def member(self) -> dict[str, str]:
        """`EncodingType`, where the request asks for one."""
        return {"EncodingType": "url"} if self._url else {}

    def common_prefixes(self, page: Page) -> list[dict[str, str]]:
        """The page's `CommonPrefixes`."""
        return [{"Prefix": self.key(prefix)} for prefix in page.common_prefixes]
