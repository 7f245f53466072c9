"""The way to the console: requests below `/_ruststack/console` are passed on to its process, as they come.

The console asks itself who comes, where that is asked; which pages and hosts are let in, the gateway has asked before.
"""

from __future__ import annotations

import asyncio
import logging

from awskit.http_client import AddressError, ConnectionLost, HttpClient, Upstream, UpstreamUnavailable
from awskit.settings import SettingsError
from awskit.wire.http import ClientDisconnected
from gateway.control.page import redirection
from gateway.errors import Answer
from gateway.proxy.hop import AnswerBrokenOff, forward
from gateway.proxy.request import Request
from gateway.settings import GatewaySettings

CONSOLE_PATH = b"/_ruststack/console/"
_BARE_PATH = CONSOLE_PATH.rstrip(b"/")
_AWAY = "The console is not running, or does not answer. The log says why; the fleet does not need it.\n"
_STOPPING = "RustStack is stopping.\n"
_RESTART_SECONDS = 5.0

_log = logging.getLogger("ruststack.gateway")


class Console:
    """See the module."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    @classmethod
    def of(cls, settings: GatewaySettings, client: HttpClient) -> Console | None:
        """The one that the settings name; None where there is to be none. Raises `SettingsError`."""
        url = settings.console_url
        if not url or settings.console == "0":
            return None
        try:
            return cls(client.upstream(url, restart_seconds=_RESTART_SECONDS if url.startswith("unix:") else 0.0))
        except AddressError as error:
            raise SettingsError(f"RUSTSTACK_CONSOLE_URL: {error}") from error

    def serves(self, path: bytes) -> bool:
        """Whether the console answers for `path`."""
        return path.startswith(CONSOLE_PATH) or path == _BARE_PATH

    async def pass_on(self, request: Request) -> Answer | None:
        """Have the console answer `request`; an answer is for the caller to send where the console has given none.

        Who asks for no page of it is led to the first one.
        """
        if not request.path.startswith(CONSOLE_PATH):
            return redirection(CONSOLE_PATH)
        exchange = request.exchange
        task = exchange.task
        assert task is not None
        exchange.on_lost = task.cancel
        try:
            await forward(request, self._upstream)
        except (UpstreamUnavailable, ConnectionLost) as error:
            _log.warning("%s console: %s", request.id, error)
            return _text(503, _AWAY)
        except ClientDisconnected:
            return None
        except AnswerBrokenOff:
            exchange.break_off()
        except asyncio.CancelledError:
            # either the client has left, or the server stops and does not wait any longer
            task.uncancel()
            if not exchange.client_gone and not exchange.started:
                return _text(503, _STOPPING)
        return None


def _text(status: int, text: str) -> Answer:
    body = text.encode()
    length = (b"Content-Length", str(len(body)).encode())
    return Answer(status, [(b"Content-Type", b"text/plain; charset=utf-8"), length], body)
