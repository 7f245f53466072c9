"""Asks a running fleet, by its control interface, for the commands.

Over a plain socket, by HTTP/1.0, whose answers end with their connection: a command answers within a tenth of a second,
and httpx alone takes longer to import, `http.client` a quarter of it.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode, urlsplit

from ruststack.control_signatures import control_headers
from ruststack.refusal import Refused
from ruststack.settings import endpoint_url, load_fleet_settings
from ruststack.user_folders import tls_dir

_TIMEOUT = 60.0
_LONGEST_LINE = 65_536
_LONGEST_KIND = 100
_PIECE = 256 * 1024


class NoAnswer(Refused):
    """Nothing that is a fleet answers at the address."""

    def __init__(self, endpoint: str, error: Exception) -> None:
        reason = error.strerror if isinstance(error, OSError) else None
        super().__init__(f"no fleet answers at {endpoint}: {reason or error}")
        self.endpoint = endpoint


class NoFleet(NoAnswer):
    """What answers at the address is something else."""

    def __init__(self, endpoint: str, status: int, kind: str) -> None:
        super().__init__(endpoint, ValueError(f"what is there is none (it answered {status}{kind and f', {kind}'})"))


class ControlClient:
    """Of the fleet at `endpoint`, or, where that is empty, of the one that this environment's settings would start.

    Every method raises `Refused`: `NoAnswer` where no fleet answers.
    """

    def __init__(self, endpoint: str = "", timeout: float = _TIMEOUT) -> None:
        self.endpoint = (endpoint or endpoint_url(load_fleet_settings(os.environ), os.environ)).rstrip("/")
        self._timeout = timeout
        if not _is_endpoint(self.endpoint):
            raise Refused(f"{self.endpoint!r} is not an address such as http://localhost:4566")

    def ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | None] | None = None,
        *,
        body: bytes | None = None,
        accepted: tuple[int, ...] = (200,),
        holding: str | None = None,
    ) -> Any:
        """What the answer's JSON holds, `{}` where it has no body. `parameters` that are None are left out.

        What does not have the member `holding` is not a fleet's answer.
        """
        with self._asked(method, path, parameters, body, self._timeout) as response:
            content = self._accepted(response, path, accepted)
            found = _json(content) if content else {}
            if found is None or (holding is not None and (not isinstance(found, dict) or holding not in found)):
                raise NoFleet(self.endpoint, response.status, response.kind)
        return found

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
            return self._accepted(response, path, accepted)

    def lines(self, path: str, parameters: Mapping[str, str | None] | None = None) -> Iterator[bytes]:
        """The lines of an answer that goes on (server-sent events), as they come, until its end."""
        with self._asked("GET", path, parameters, None, None) as response:
            if response.status != 200:
                self._accepted(response, path, (200,))
            for line in response.body:
                yield line.rstrip(b"\r\n")

    def pieces(self, path: str) -> Iterator[bytes]:
        """A long answer's body, as it comes."""
        with self._asked("GET", path, None, None, self._timeout) as response:
            if response.status != 200:
                self._accepted(response, path, (200,))
            left = response.length
            while piece := response.body.read(_PIECE):
                yield piece
                left = None if left is None else left - len(piece)
            if left:
                raise ValueError("the answer has been broken off")

    def send(self, path: str, parameters: Mapping[str, str | None], file: BinaryIO, size: int) -> Any:
        """POST `size` bytes of an open file; what the answer's JSON holds."""
        with self._asked("POST", path, parameters, (file, size), self._timeout) as response:
            return json.loads(self._accepted(response, path, (200, 201)))

    def _accepted(self, response: _Response, path: str, accepted: tuple[int, ...]) -> bytes:
        """The body. Raises `Refused` where it says why it is not what was asked for, else `NoFleet`."""
        content = response.read()
        if response.status in accepted:
            return content
        said = _json(content)
        text = said.get("message") if isinstance(said, dict) else None
        if not isinstance(text, str):
            raise NoFleet(self.endpoint, response.status, response.kind)
        raise Refused(f"{self.endpoint}{path} answered {response.status}: {text}")

    @contextmanager
    def _asked(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | None] | None,
        body: bytes | tuple[BinaryIO, int] | None,
        timeout: float | None,
    ) -> Iterator[_Response]:
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        target = f"{path}?{urlencode(given)}" if given else path
        try:
            with connected(self.endpoint, timeout) as connection, cast(BinaryIO, connection.makefile("rb")) as answer:
                host = urlsplit(self.endpoint).netloc
                head = [f"{method} {target} HTTP/1.0"]
                head += [
                    f"{name}: {value}" for name, value in control_headers(method, target, host, os.environ).items()
                ]
                whole, file, size = (b"", *body) if isinstance(body, tuple) else (body or b"", None, len(body or b""))
                head.append(f"Content-Length: {size}")
                connection.sendall("\r\n".join([*head, "", ""]).encode() + whole)
                if file is not None:
                    _send_file(connection, file, size)
                yield _read_head(answer)
        except (OSError, ValueError) as error:
            raise NoAnswer(self.endpoint, error) from error


@dataclass(frozen=True)
class _Response:
    status: int
    kind: str
    """Its media type, without parameters; empty where it says none."""
    length: int | None
    body: BinaryIO

    def read(self) -> bytes:
        """The whole body. Raises ValueError where it ends too early."""
        content = self.body.read() if self.length is None else self.body.read(self.length)
        if self.length is not None and len(content) < self.length:
            raise ValueError("the answer has been broken off")
        return content


def _send_file(connection: socket.socket, file: BinaryIO, size: int) -> None:
    """Who refuses the file may answer, and hang up, before it has all of it."""
    try:
        while size > 0 and (piece := file.read(min(_PIECE, size))):
            connection.sendall(piece)
            size -= len(piece)
    except (BrokenPipeError, ConnectionResetError):
        return


def _read_head(answer: BinaryIO) -> _Response:
    """Raises ValueError where it is not HTTP."""
    words = answer.readline(_LONGEST_LINE).split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/"):
        raise ValueError("what answers there does not speak HTTP")
    length, kind = None, ""
    while line := answer.readline(_LONGEST_LINE).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"content-type":
            kind = value.partition(b";")[0].decode("latin-1").strip()
    return _Response(int(words[1]), kind[:_LONGEST_KIND], length, answer)


def connected(endpoint: str, timeout: float | None) -> socket.socket:
    """A connection to the fleet, secured where its address says so. Raises OSError, `Refused`."""
    parts = urlsplit(endpoint)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Refused(f"{endpoint!r} has no valid port") from error
    host = parts.hostname or "localhost"
    connection = socket.create_connection((host, port), timeout)
    return _secured(connection, host) if parts.scheme == "https" else connection


def _secured(connection: socket.socket, host: str) -> socket.socket:
    import ssl

    from gateway.tls.authority import certificate_file

    context = ssl.create_default_context()
    authority = certificate_file(tls_dir(os.environ))
    if authority.exists():
        context.load_verify_locations(authority)
    try:
        return context.wrap_socket(connection, server_hostname=host)
    except OSError:
        connection.close()
        raise


def _is_endpoint(text: str) -> bool:
    """Whether it is a scheme, a host and perhaps a port, and no more."""
    try:
        parts = urlsplit(text)
    except ValueError:  # half an IPv6 address
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.path or parts.query)


def _json(content: bytes) -> Any:
    """What it holds; None where it is no JSON."""
    try:
        return json.loads(content)
    except ValueError:
        return None
