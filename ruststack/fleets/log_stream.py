"""One log out of many processes: every line of theirs with its process's name in front.

Bytes in, as they come off a pipe; whole lines out, to the supervisor's own stderr.
"""

from __future__ import annotations

import os

_WIDTH = 8
_LONGEST_LINE = 65_536


class LogStream:
    """Writes `name     | line` to a file descriptor; a line that is not ended yet is kept back."""

    def __init__(self, descriptor: int = 2) -> None:
        self._descriptor = descriptor
        self._rest: dict[str, bytes] = {}

    def feed(self, name: str, data: bytes) -> None:
        """Take what came off `name`'s pipe."""
        lines = (self._rest.pop(name, b"") + data).split(b"\n")
        if lines[-1]:
            if len(lines[-1]) > _LONGEST_LINE:
                lines.append(b"")
            else:
                self._rest[name] = lines[-1]
        self._write(name, lines[:-1])

    def end(self, name: str) -> None:
        """`name`'s pipe has ended: write what it left unended."""
        rest = self._rest.pop(name, b"")
        if rest:
            self._write(name, [rest])

    def say(self, text: str) -> None:
        """A line of the supervisor's own."""
        self._write("fleet", [text.encode()])

    def _write(self, name: str, lines: list[bytes]) -> None:
        prefix = name.ljust(_WIDTH).encode() + b" | "
        text = b"".join(prefix + line + b"\n" for line in lines)
        while text:
            try:
                text = text[os.write(self._descriptor, text) :]
            except OSError:
                return  # nobody reads the log any more; the fleet goes on
