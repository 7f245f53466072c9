"""What replicas tell each other: short lines in named pipes, one for each that listens.

A line is a topic and whole numbers: `ready 7 1`. What is told in one turn of the event loop goes out together, in
pieces that the kernel writes whole (`PIPE_BUF`), so that the lines of several writers never mingle. A pipe that is full
is tried again; of what does not fit into memory meanwhile the oldest is lost.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path

from awskit.replicas.replicas import Listener

_WHOLE = 4096  # bytes that a pipe takes whole, on Linux
_MOST_KEPT = 10_000  # lines for one replica
_AGAIN_SECONDS = 0.005
_LOG = logging.getLogger("ruststack.replicas")


class NoticeReader:
    """The pipe that this process is told things by."""

    def __init__(self, path: Path) -> None:
        self._path = path
        os.mkfifo(path, 0o600)
        # Opened for writing too, it never ends, however many writers come and go.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._listeners: dict[bytes, list[Listener]] = {}
        self._rest = b""
        self._loop: asyncio.AbstractEventLoop | None = None

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._listeners.setdefault(topic.encode(), []).append(listener)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._read)

    def close(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 65_536)
        except BlockingIOError:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        # Said ten times in one turn of another's loop, it is said once here.
        for line in dict.fromkeys(lines):
            topic, *values = line.split(b" ")
            for listener in self._listeners.get(topic, ()):
                try:
                    listener(tuple(map(int, values)))
                except Exception:
                    _LOG.exception("what a replica told could not be followed: %r", line)


class NoticeWriter:
    """The pipes of the others. `pipes` names those there are now; it is asked whenever `changed` may have."""

    def __init__(self, pipes: Callable[[], list[Path]], found_dead: Callable[[], None]) -> None:
        self._pipes = pipes
        self._found_dead = found_dead
        self._open: dict[Path, int] = {}
        self._waiting: dict[Path, deque[bytes]] = {}
        self._scheduled: asyncio.TimerHandle | None = None

    def tell(self, line: bytes) -> None:
        for path in self._pipes():
            lines = self._waiting.get(path)
            if lines is None:
                lines = self._waiting[path] = deque(maxlen=_MOST_KEPT)
            lines.append(line)
        if self._scheduled is None:
            self._flush_after(0)

    def _flush_after(self, seconds: float) -> None:
        try:
            self._scheduled = asyncio.get_running_loop().call_later(seconds, self.flush)
        except RuntimeError:  # a process that starts or ends: it is told with what comes next
            self._scheduled = None

    def flush(self) -> None:
        """Write what is to be told, as far as the pipes take it."""
        self._scheduled = None
        full = False
        for path, lines in list(self._waiting.items()):
            try:
                full = not self._write(path, lines) or full
            except OSError:  # nobody reads it any more
                self._forget(path)
                self._found_dead()
        if full:
            self._flush_after(_AGAIN_SECONDS)

    def _write(self, path: Path, lines: deque[bytes]) -> bool:
        descriptor = self._open.get(path)
        if descriptor is None:
            descriptor = self._open[path] = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        while lines:
            piece: list[bytes] = []
            size = 0
            while lines and size + len(lines[0]) <= _WHOLE:
                size += len(lines[0])
                piece.append(lines.popleft())
            try:
                os.write(descriptor, b"".join(piece))
            except BlockingIOError:
                lines.extendleft(reversed(piece))
                return False
        return True

    def keep_only(self, pipes: list[Path]) -> None:
        """The others are these now."""
        for path in [*self._open, *self._waiting]:
            if path not in pipes:
                self._forget(path)

    def _forget(self, path: Path) -> None:
        self._waiting.pop(path, None)
        descriptor = self._open.pop(path, None)
        if descriptor is not None:
            os.close(descriptor)

    def close(self) -> None:
        if self._scheduled is not None:
            self._scheduled.cancel()
        self.keep_only([])
