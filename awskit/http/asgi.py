"""ASGI on either side of an exchange: an ASGI application served (`AsgiHandler`), and an exchange made of ASGI's
messages (`AsgiExchange`), by which an application that handles exchanges can itself be called as ASGI.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote

from awskit.http.exchange import MAX_HEAD, Exchange, texts_of
from awskit.wire.http import BodyStream, ClientDisconnected

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiHandler:
    """Handles exchanges by an ASGI application."""

    def __init__(self, application: Any) -> None:
        self._application: AsgiApplication = application

    async def __call__(self, exchange: Exchange) -> None:
        """Answer `exchange`. What the application raises is raised."""
        # a task of asyncio's own: what such applications are made of may look into it, as anyio does
        await asyncio.get_running_loop().create_task(self._run(exchange))

    async def _run(self, exchange: Exchange) -> None:
        adapter = _Adapter(exchange)
        await self._application(scope_of(exchange), adapter.receive, adapter.send)


def scope_of(exchange: Exchange) -> Scope:
    """ASGI's description of the request."""
    path = exchange.path.decode("ascii")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": exchange.http_version,
        "method": exchange.method,
        "scheme": "https" if exchange.secure else "http",
        "path": unquote(path) if "%" in path else path,
        "raw_path": exchange.path,
        "query_string": exchange.query,
        "root_path": "",
        "headers": exchange.headers,
        "client": exchange.peer,
        "server": None,
    }


class _Adapter:
    """ASGI's two callables for one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def receive(self) -> Message:
        exchange = self._exchange
        if not exchange.exhausted:
            try:
                body = await exchange.next_part()
            except ClientDisconnected:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": body, "more_body": not exchange.exhausted}
        await exchange.disconnected()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        exchange = self._exchange
        if exchange.must_drain:
            await exchange.drain()
        if message["type"] == "http.response.start":
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())]
            exchange.start(message["status"], headers)
        else:
            exchange.write(message.get("body", b""), more=message.get("more_body", False))


class AsgiExchange(BodyStream):
    """An `Exchange` over ASGI's messages. What is written is sent by `drain`."""

    head_bound = MAX_HEAD
    peer_address: str | None = None  # the caller is in this process

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        self.exhausted = False
        self.started = False
        self.client_gone = False
        self._receive = receive
        self._send = send
        self._unsent: list[Message] = []

    def texts(self) -> dict[str, str]:
        """As `Exchange.texts`."""
        return texts_of(self.headers)

    async def next_part(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.client_gone = True
            raise ClientDisconnected
        self.exhausted = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    async def disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> None:
        """As `Exchange.answer`."""
        headers = list(headers)
        if status not in (204, 304) and not any(name.lower() == "content-length" for name, _ in headers):
            headers.append(("content-length", str(len(body))))
        self.start(status, headers)
        self.write(b"" if self.method == "HEAD" else body, more=False)

    def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """As `Exchange.start`."""
        lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.started = True
        self._unsent.append({"type": "http.response.start", "status": status, "headers": lines})

    def write(self, data: bytes, *, more: bool = True) -> None:
        """As `Exchange.write`."""
        self._unsent.append({"type": "http.response.body", "body": data, "more_body": more})

    def break_off(self) -> None:
        """As `Exchange.break_off`; raises ConnectionResetError, which is how a caller in this process notices."""
        self.client_gone = True
        raise ConnectionResetError("the connection was broken off")

    @property
    def must_drain(self) -> bool:
        return bool(self._unsent)

    async def drain(self) -> None:
        """Send what has been written."""
        unsent, self._unsent = self._unsent, []
        for message in unsent:
            await self._send(message)
