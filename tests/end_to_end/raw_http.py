"""HTTP as no client library would send it: bytes over a socket, and what comes back taken apart."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.processes import Running


@dataclass(frozen=True)
class Answer:
    """`headers` by names in lower case; `names` are the same as they were written."""

    status: int
    headers: dict[str, str]
    body: bytes
    names: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        """The error's code, in whichever form the protocol gives it."""
        if self.body.startswith(b"{"):
            return str(self.json["__type"]).rpartition("#")[2]
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found[1].decode() if found else ""


def exchange(fleet: Running, request: bytes, *, half_close: bool = False) -> Answer | None:
    """Send `request`, byte for byte, and read one answer; None where the connection ends without one."""
    with socket.create_connection(("127.0.0.1", fleet.port), timeout=10) as connection:
        with suppress(OSError):  # the server has refused it, and closed, before all of it was sent
            connection.sendall(request)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        received = b""
        # A server that refuses what is still being sent resets the connection.
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                received += chunk
    return _parse(received) if received else None


def request(
    method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"", length: int | None = None
) -> bytes:
    """The bytes of a request; `length` is what Content-Length says where it is not the truth."""
    sent = {"Host": "localhost", "Connection": "close", "Content-Length": str(len(body) if length is None else length)}
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in {**sent, **(headers or {})}.items()),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def _parse(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Answer(int(status_line.split()[1]), headers, body, tuple(line.partition(":")[0] for line in lines))


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        whole, body = whole + body[:length], body[length + 2 :]
        if length == 0:
            break
    return whole
