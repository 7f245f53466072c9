"""Real servers for the gateway's tests: a gateway, services that are ASGI functions, services scripted byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop
from uvicorn.server import Server

from awskit.http.server import configure
from gateway.app import create_app
from gateway.settings import GatewaySettings
from tests.waiting import wait_until

Asgi = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
Script = Callable[["Peer"], None]
NOWHERE = "http://127.0.0.1:1"


@contextmanager
def asgi_server(app: Asgi, *, port: int = 0, uds: Path | None = None, **options: Any) -> Iterator[str]:
    """`app` served in a thread as RustStack serves: its address as `RUSTSTACK_..._URL` has it."""
    if uds is not None:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(uds))
        address = f"unix:{uds}"
    else:
        listening = socket.create_server(("127.0.0.1", port))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    listening.listen(128)
    server = _QuickServer(configure(app, **options))
    thread = threading.Thread(target=lambda: uvloop.run(server.serve([listening])), daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield address
    finally:
        server.should_exit = True
        thread.join(15)
        listening.close()
        assert not thread.is_alive()


class _QuickServer(Server):
    """uvicorn's server, which looks every 5 ms instead of every 100 ms whether it is to end."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@contextmanager
def running_gateway(*, grace: float = 5, **settings: Any) -> Iterator[int]:
    """A gateway in a thread; its port. Services that `settings` does not place (`s3_url=...`) are nowhere.

    When it is stopped, requests in flight have `grace` seconds.
    """
    urls = dict.fromkeys(("s3_url", "dynamodb_url", "sqs_url", "sns_url"), NOWHERE)
    app = create_app(GatewaySettings(**{**urls, **settings}))
    with asgi_server(app, date_header=False, timeout_graceful_shutdown=grace) as address:
        yield int(address.rsplit(":", 1)[1])


class Peer:
    """One connection, from either side, with blocking reads (5 s at most)."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        self.socket = connection
        self._buffer = bytearray()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_head(self) -> bytes:
        """Up to and including the empty line; EOFError where the other side closes before."""
        return self._read_until(lambda data: data.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in data else 0)

    def read(self, size: int) -> bytes:
        return self._read_until(lambda data: size if len(data) >= size else 0) if size else b""

    def read_line(self) -> bytes:
        return self._read_until(lambda data: data.find(b"\r\n") + 2 if b"\r\n" in data else 0)

    def read_chunked(self) -> bytes:
        """A chunked body."""
        body = b""
        while size := int(self.read_line(), 16):
            body += self.read(size)
            self.read(2)
        self.read(2)
        return body

    def read_answer(self, *, headless: bool = False) -> tuple[int, dict[str, str], bytes]:
        """A whole answer: status, headers (the last of each name) and body."""
        status_line, *lines = self.read_head().decode("latin-1").split("\r\n")[:-2]
        headers = dict(line.lower().split(": ", 1) if ": " in line else (line, "") for line in lines)
        if headless:
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = self.read_chunked()
        else:
            body = self.read(int(headers.get("content-length", 0)))
        return int(status_line.split(" ")[1]), headers, body

    def read_to_end(self) -> bytes:
        """Everything until the other side closes; a reset counts as closing."""
        with contextlib.suppress(ConnectionResetError):
            while data := self.socket.recv(65536):
                self._buffer += data
        return self._take(len(self._buffer))

    def _read_until(self, end: Callable[[bytearray], int]) -> bytes:
        while not (size := end(self._buffer)):
            data = self.socket.recv(1 << 20)
            if not data:
                raise EOFError(f"closed after {bytes(self._buffer[:1000])!r}")
            self._buffer += data
        return self._take(size)

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


class ScriptedService:
    """A service whose every byte the test writes: each connection runs `script` in a thread of its own."""

    def __init__(
        self, script: Script, *, port: int = 0, uds: Path | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """With `tls` it speaks HTTPS on its port."""
        self._tls = tls
        if uds is not None:
            self._listening = socket.socket(socket.AF_UNIX)
            self._listening.bind(str(uds))
            self.address = f"unix:{uds}"
        else:
            self._listening = socket.create_server(("127.0.0.1", port))
            self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self._listening.getsockname()[1]}"
        self._listening.listen(128)
        self._script = script
        self.connections = 0
        self.failures: list[BaseException] = []
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                self._open.discard(connection)
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.add(connection)
            self._script(Peer(connection))
        except (EOFError, OSError):
            return  # the other side went away, as some tests want it to
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            connection.close()
            self._open.discard(connection)

    def close(self) -> None:
        """Stop listening and end every connection."""
        for one in (self._listening, *self._open):
            # shutdown wakes who waits for it, which close alone does not
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@contextmanager
def scripted_service(
    script: Script, *, port: int = 0, uds: Path | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[ScriptedService]:
    service = ScriptedService(script, port=port, uds=uds, tls=tls)
    try:
        yield service
    finally:
        service.close()
        if service.failures:
            raise service.failures[0]


@contextmanager
def connect(port: int) -> Iterator[Peer]:
    """A client's connection to the gateway."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        yield Peer(connection)


def request(port: int, data: bytes, *, headless: bool = False) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own."""
    with connect(port) as peer:
        peer.send(data)
        return peer.read_answer(headless=headless)


def ok(body: bytes = b"ok", *headers: bytes) -> bytes:
    """An answer's bytes."""
    lines = [b"HTTP/1.1 200 OK", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def dead_port() -> int:
    """A port that refuses connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def echo(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """A service that answers with what it was asked, as it arrived, one part after the other."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    lines = [scope["method"].encode(), scope["raw_path"], b"?" + scope["query_string"]]
    lines += [b"%b: %b" % header for header in scope["headers"]]
    parts = [b"\n".join(lines) + b"\n\n"]
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        parts.append(message["body"])
        more = message["more_body"]
    body = b"".join(parts)
    headers = [(b"content-length", b"%d" % len(body)), (b"x-part", b"1"), (b"x-part", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def answering(data: bytes) -> Script:
    """A script that answers every request's head with `data`."""

    def script(peer: Peer) -> None:
        while True:
            peer.read_head()
            peer.send(data)

    return script
