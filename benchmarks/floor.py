"""The floor below the hop: what this machine takes for two processes that only pass bytes on.

`python -m benchmarks.floor answer SOCKET` answers whatever comes at a unix socket with one fixed text;
`python -m benchmarks.floor pass PORT SOCKET` passes on to it whatever comes at a port, and back. Both on uvloop, with
nothing between reading and writing.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import uvloop

from tests.processes import ROOT

_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 49\r\n\r\n" + b"x" * 49
_START_SECONDS = 10.0


class _Fixed(asyncio.Protocol):
    """Answers each read with the same text."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(_ANSWER)


class _Side(asyncio.Protocol):
    """One side of a connection that is passed on."""

    def __init__(self, other: _Side | None = None) -> None:
        self.other = other
        self._early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self.other is not None:
            self.other.meet(self)

    def meet(self, other: _Side) -> None:
        """There is another side from now on."""
        self.other = other
        other.transport.write(self._early)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
        else:
            self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None:
            self.other.transport.close()


class _Client(_Side):
    """The side that connects."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._connecting = loop.create_task(loop.create_unix_connection(lambda: _Side(self), self._path))


async def _answer(path: str) -> None:
    server = await asyncio.get_running_loop().create_unix_server(_Fixed, path)
    await server.serve_forever()


async def _pass(port: int, path: str) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Client(path), "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def running_floor(folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """Both processes: the URL, and the process ids by name."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = folder / "floor.sock"
    command = [sys.executable, "-m", "benchmarks.floor"]
    processes = {
        "answer": subprocess.Popen([*command, "answer", str(path)], cwd=ROOT),
        "pass": subprocess.Popen([*command, "pass", str(port), str(path)], cwd=ROOT),
    }
    try:
        _wait_for(port, path)
        yield f"http://127.0.0.1:{port}", {name: process.pid for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.terminate()
            process.wait()


def _wait_for(port: int, path: Path) -> None:
    """Until both take connections. TimeoutError where they do not."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if path.exists():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
        time.sleep(0.02)
    raise TimeoutError("the floor's processes did not start")


if __name__ == "__main__":
    if sys.argv[1] == "answer":
        uvloop.run(_answer(sys.argv[2]))
    else:
        uvloop.run(_pass(int(sys.argv[2]), sys.argv[3]))
