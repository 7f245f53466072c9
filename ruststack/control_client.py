"""Asks a running fleet, by its control interface, for the commands.

`http.client`, since a command answers within a tenth of a second and httpx alone takes longer to import.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from gateway.authority import certificate_file
from ruststack.refusal import Refused
from ruststack.settings import endpoint_url, load_fleet_settings
from ruststack.user_folders import tls_dir

_TIMEOUT = 60.0


class NoAnswer(Refused):
    """Nothing that is a fleet answers at the address."""


class ControlClient:
    """Of the fleet at `endpoint`, or, where that is empty, of the one that this environment's settings would start.

    Every method raises `Refused`: `NoAnswer` where no fleet answers.
    """

    def __init__(self, endpoint: str = "", timeout: float = _TIMEOUT) -> None:
        self.endpoint = (endpoint or endpoint_url(load_fleet_settings(os.environ), os.environ)).rstrip("/")
        self._timeout = timeout
        if urlsplit(self.endpoint).scheme not in ("http", "https"):
            raise Refused(f"{self.endpoint!r} is not an address such as http://localhost:4566")

    def ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | None] | None = None,
        *,
        body: bytes | None = None,
        accepted: tuple[int, ...] = (200,),
    ) -> Any:
        """What the answer's JSON holds, `{}` where it has no body. `parameters` that are None are left out."""
        content = self.read(method, path, parameters, body=body, accepted=accepted)
        return json.loads(content) if content else {}

    def read(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | None] | None = None,
        *,
        body: bytes | None = None,
        accepted: tuple[int, ...] = (200,),
    ) -> bytes:
        """The answer's body, as `ask` would have it read."""
        with self._asked(method, path, parameters, body, self._timeout) as response:
            content = response.read()
            if response.status not in accepted:
                raise Refused(_reason(self.endpoint + path, response.status, content))
        return content

    def lines(self, path: str, parameters: Mapping[str, str | None] | None = None) -> Iterator[bytes]:
        """The lines of an answer that goes on (server-sent events), as they come, until its end."""
        with self._asked("GET", path, parameters, None, None) as response:
            if response.status != 200:
                raise Refused(_reason(self.endpoint + path, response.status, response.read()))
            while line := response.readline():
                yield line.rstrip(b"\r\n")

    @contextmanager
    def _asked(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | None] | None,
        body: bytes | None,
        timeout: float | None,
    ) -> Iterator[http.client.HTTPResponse]:
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        connection = _connection(self.endpoint, timeout)
        try:
            connection.request(method, f"{path}?{urlencode(given)}" if given else path, body)
            yield connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"no fleet answers at {self.endpoint}: {error}") from error
        finally:
            connection.close()


def _connection(endpoint: str, timeout: float | None) -> http.client.HTTPConnection:
    parts = urlsplit(endpoint)
    try:
        port = parts.port
    except ValueError as error:
        raise Refused(f"{endpoint!r} has no valid port") from error
    host = parts.hostname or "localhost"
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    context = ssl.create_default_context()
    authority = certificate_file(tls_dir(os.environ))
    if authority.exists():
        context.load_verify_locations(authority)
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)


def _reason(url: str, status: int, content: bytes) -> str:
    """What an answer that was not expected says, for a person."""
    try:
        said = json.loads(content)
        text = said.get("message") or said["detail"]
    except (ValueError, AttributeError, LookupError):
        text = content.decode(errors="replace").strip()
    if isinstance(text, list):  # FastAPI's list of what does not fit
        text = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in text)
    return f"{url} answered {status}: {text}"
