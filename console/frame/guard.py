"""What stands before every page: which hosts and origins are let in, what may be changed, and what browsers may do.

An ASGI middleware. Refused is what a stranger's page sends (`awskit.http.browsers`), a post of any page but the
console's own, and every post that changes something where the console is read-only.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from awskit.http.asgi import AsgiApplication, Message, Receive, Scope, Send
from awskit.http.browsers import Browsers
from console.frame.addresses import BASE
from console.frame.idle import Idle

_READING = ("GET", "HEAD")
READ_ONLY = "It shows what is there and changes nothing: RUSTSTACK_CONSOLE=readonly."
_NOT_OWN = "Only the console's own pages may send this.\n"
# What is posted and changes nothing of the fleet: who looks, and whether a message would pass a topic's filters
_ALWAYS_LET = re.compile(rf"{BASE}/(?:login|logout|[^/]+/[^/]+/sns/topics/[^/]+/filters)")


class Guard:
    """See the module."""

    def __init__(self, app: Any, browsers: Browsers, idle: Idle, *, readonly: bool) -> None:
        self._app: AsgiApplication = app
        self._browsers = browsers
        self._idle = idle
        self._readonly = readonly

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reading = scope["method"] in _READING
        refusal = self._refusal(scope, headers, reading=reading)
        nonce = scope["ruststack.nonce"] = secrets.token_urlsafe(16)
        policy = _policy(nonce)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                own = [*_HEADERS, (b"content-security-policy", policy)]
                message["headers"] = [*message["headers"], *(pair for pair in own if pair[0] not in present)]
            await send(message)

        self._idle.begin()
        try:
            if refusal is not None:
                await _answer(send_guarded, 403, refusal)
            else:
                await self._app(scope, receive, send_guarded)
        finally:
            self._idle.end()

    def _refusal(self, scope: Scope, headers: dict[str, str], *, reading: bool) -> str | None:
        host, origin, site = headers.get("host"), headers.get("origin"), headers.get("sec-fetch-site")
        stranger = self._browsers.refusal(host, origin, site, harmless=reading)
        if stranger is not None:
            return f"{stranger}\n"
        if reading:
            return None
        if (origin is not None and origin.partition("://")[2] != host) or site not in (None, "same-origin", "none"):
            return _NOT_OWN
        if self._readonly and not _ALWAYS_LET.fullmatch(scope["path"]):
            return f"{READ_ONLY}\n"
        return None


def _policy(nonce: str) -> bytes:
    """The page's own script and style sheet, nothing else; by nonce, since objects of buckets have the same origin."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; media-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ).encode()


_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
