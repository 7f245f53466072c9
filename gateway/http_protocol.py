"""uvicorn's HTTP protocol with a limit on a request's head, which neither it nor its parser has."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024


class GatewayHttpProtocol(HttpToolsProtocol):
    """A head of more than `MAX_HEAD` bytes is answered with 400, and the connection closed."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._head_size = 0

    def data_received(self, data: bytes) -> None:
        if len(data) > MAX_HEAD and (self.cycle is None or not self.cycle.more_body):
            # a request begins here: its body, which may be long, is fed apart from its head, which may not
            self._feed(data[:MAX_HEAD])
            data = data[MAX_HEAD:]
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.scope is None or "method" in self.scope:
            self._head_size = 0
            return
        self._head_size += len(data)
        if self._head_size >= MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("Your request header section exceeds the maximum allowed size.")
