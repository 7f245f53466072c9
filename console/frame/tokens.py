"""Against forged posts: a form has to have the token that only pages of the console's own can read.

The token is a random cookie that scripts cannot read and other sites' requests do not bring, and each form, or the
header of a script's request, repeats it. Pages of other origins cannot know it.
"""

from __future__ import annotations

import hmac
import re
import secrets

TOKEN_COOKIE = "ruststack-console-token"
TOKEN_FIELD = "_token"
TOKEN_HEADER = "x-console-token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def token_of(cookie: str | None) -> tuple[str, bool]:
    """The visitor's token, and whether it is a new one, which they have to be told."""
    if cookie is not None and _TOKEN.fullmatch(cookie):
        return cookie, False
    return secrets.token_urlsafe(32), True


def is_genuine(cookie: str | None, given: str | None) -> bool:
    """Whether what a post brings is the visitor's token."""
    if cookie is None or given is None or not _TOKEN.fullmatch(cookie):
        return False
    return hmac.compare_digest(cookie.encode(), given.encode("utf-8", "replace"))
