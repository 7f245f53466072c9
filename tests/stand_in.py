"""An emulator that stands in for other AWS services: it keeps what it is asked, and answers what the test says.

It can be closed and opened again at the same port, as one that is killed and started anew.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.processes import free_port

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    """One request. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    @property
    def target(self) -> str:
        return self.headers.get("x-amz-target", "")

    @property
    def scope(self) -> tuple[str, str, str]:
        """Access key, region and service of the signature."""
        key, _, region, service, _ = self.headers["authorization"].split("Credential=")[1].split(",")[0].split("/")
        return key, region, service


class StandIn:
    """See the module. `answer` may be replaced at any time."""

    def __init__(self, answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self._tls = tls
        self.port = free_port()
        self.asked: list[Asked] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def open(self) -> None:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                status, headers, content = stand_in.answer(asked)
                stand_in.asked.append(asked)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content)), "Connection": "close"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@contextmanager
def stand_in(answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """One that is open, and in the end closed; with `tls` it speaks HTTPS."""
    made = StandIn(answer, tls)
    made.open()
    try:
        yield made
    finally:
        made.close()


def accepted(status: int = 202, body: bytes = b"", **headers: str) -> Callable[[Asked], Answer]:
    """Every request is answered so."""
    return lambda asked: (status, headers, body)
