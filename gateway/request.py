"""One request as the gateway handles it: its head, its body as far as it has been read, and whether the client left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from random import getrandbits
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SMALL_BODY = 64 * 1024  # read whole before the service is asked, so that the request can be sent twice


class ClientGone(Exception):
    """The client closed its connection; nobody is there to answer."""


def new_request_id() -> str:
    """A version 4 UUID. Not from `uuid`, which takes four times as long."""
    digits = f"{getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class Request:
    """See the module.

    `headers` maps a name to its last value; `scope["headers"]` has them all. `body_length` is None for a chunked body
    and 0 where there is none. `answering` is whether an answer's head has been sent.
    """

    __slots__ = (
        "_pending",
        "_receive",
        "answering",
        "body_length",
        "body_read",
        "client_gone",
        "headers",
        "id",
        "method",
        "path",
        "query",
        "scope",
        "task",
        "watcher",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.id = new_request_id()
        self._receive = receive
        self._pending: Message | None = None
        self.body_length = _body_length(self.headers)
        self.body_read = self.body_length == 0
        self.answering = False
        self.client_gone = False
        self.task = asyncio.current_task()
        self.watcher: asyncio.Task[None] | None = None

    async def read(self) -> bytes:
        """The next part of the body; `body_read` is true once it was the last. Raises `ClientGone`."""
        message = self._pending
        if message is not None:
            self._pending = None
        else:
            message = await self._receive()
        if message["type"] == "http.disconnect":
            self.client_gone = True
            raise ClientGone
        self.body_read = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    async def read_up_to(self, limit: int) -> bytes:
        """The body's beginning: all of it (`body_read`), or, where it is longer, something over `limit` bytes."""
        body = b"" if self.body_read else await self.read()
        if self.body_read:
            return body
        parts = [body]
        size = len(body)
        while not self.body_read and size <= limit:
            parts.append(await self.read())
            size += len(parts[-1])
        return b"".join(parts)

    def put_back(self, body: bytes) -> None:
        """Let what was read be read again."""
        self._pending = {"type": "http.request", "body": body, "more_body": not self.body_read}
        self.body_read = False

    async def watch(self) -> None:
        """Wait until the client is gone, and cancel the request then. For a request whose body has been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.client_left()

    def client_left(self) -> None:
        """The client is gone: what its request is waiting for ends now."""
        self.client_gone = True
        if self.task is not None:
            self.task.cancel()


def _body_length(headers: Mapping[bytes, bytes]) -> int | None:
    if b"transfer-encoding" in headers:
        return None
    length = headers.get(b"content-length")
    return int(length) if length else 0
