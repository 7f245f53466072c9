"""What a process uses, and how long it is deaf: read from the kernel, and from a cheap request beside all others.

`Usage` counts the main thread's time on the processor, so that a busy machine does not matter; a `Probe` measures what
a client would see, less the time in which it or the process was ready to go on and had no processor. Probes run in a
process of their own, which nothing else keeps busy.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

MEGABYTE = 1024 * 1024
_PAGE = 4096
_LATEST = 60.0


@dataclass(frozen=True)
class Usage:
    """Seconds on the processor, seconds of waiting for one, and bytes of resident memory."""

    seconds: float
    waited: float
    memory: int

    @staticmethod
    def of(pid: int) -> Usage:
        running, waiting, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
        memory = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        return Usage(int(running) / 1e9, int(waiting) / 1e9, memory)


def forget_peak(pid: int) -> None:
    """From now on `peak_memory` is the most that it will have had since."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_memory(pid: int) -> int:
    """The most resident memory that the process has had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no VmHWM of {pid}")


@dataclass
class Stall:
    """The longest that a probe has waited, in seconds.

    As a client sees it, less the waits for a processor, and on the processor.
    """

    wall: float = 0.0
    own: float = 0.0
    processor: float = 0.0
    probes: int = 0

    def include(self, other: Stall) -> None:
        """Of both, the longer; the probes of both."""
        self.wall, self.own = max(self.wall, other.wall), max(self.own, other.own)
        self.processor, self.probes = max(self.processor, other.processor), self.probes + other.probes


@dataclass(frozen=True)
class Target:
    """A process that is asked for `path`, which is cheap, on a unix socket or a port of loopback."""

    pid: int
    address: str | int
    path: str = "/_ruststack/health"


class Probe:
    """Asks one process, time and again, on one connection."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._request = f"GET {target.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._socket: socket.socket | None = None

    def measure(self) -> Stall:
        """One request. Nothing where the other side has closed, or is not there."""
        pid, own = self._target.pid, os.getpid()
        try:
            if self._socket is None:
                self._socket = self._connected()
            before, own_before, started = Usage.of(pid), Usage.of(own), time.monotonic()
            self._socket.sendall(self._request)
            answered = bool(self._socket.recv(65_536))
            wall = time.monotonic() - started
            after, own_after = Usage.of(pid), Usage.of(own)
        except OSError:
            answered = False
        if not answered:
            self._socket = None
            return Stall()
        waited = after.waited - before.waited + own_after.waited - own_before.waited
        return Stall(wall, max(0.0, wall - waited), after.seconds - before.seconds, 1)

    def _connected(self) -> socket.socket:
        address = self._target.address
        if isinstance(address, int):
            return socket.create_connection(("127.0.0.1", address), timeout=_LATEST)
        opened = socket.socket(socket.AF_UNIX)
        opened.settimeout(_LATEST)
        opened.connect(address)
        return opened


@contextmanager
def probing(targets: Mapping[str, Target], interval: float, stalls: dict[str, Stall]) -> Iterator[None]:
    """Probe each target every `interval` seconds while the block runs; what was measured is put into `stalls`."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_probe, args=(dict(targets), interval, theirs), daemon=True)
    process.start()
    try:
        yield
        ours.send("end")
        for name, stall in ours.recv().items():
            stalls.setdefault(name, Stall()).include(stall)
    finally:
        process.kill()
        process.join()


def _probe(targets: dict[str, Target], interval: float, pipe: Connection) -> None:
    probes = {name: Probe(target) for name, target in targets.items()}
    stalls = {name: Stall() for name in targets}
    with suppress(EOFError):
        while not pipe.poll(interval):
            for name, probe in probes.items():
                stalls[name].include(probe.measure())
        pipe.send(stalls)
