"""One connection to a process, at the level of bytes: what is sent, and the answers that come.

In: `Sent`. Out: an `Outcome` for it. Nothing is raised for what the other side does: that it closes, answers nothing in
time, or answers what is no HTTP, is in the outcome.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field

from tests.hostile.mutations import Sent

_HEAD_END = b"\r\n\r\n"
_MOST_READ = 64 * 1024 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [^\r\n]*\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]{1,19})\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: chunked\r\n", re.IGNORECASE)
_QUIET_SECONDS = 0.15  # as long as nothing more comes, where nobody knows how many answers there will be


@dataclass
class Outcome:
    """`statuses` are those of the answers; `wrong` says what was no HTTP; `late` that no answer came in time."""

    statuses: list[int] = field(default_factory=list)
    text: bytes = b""
    wrong: str = ""
    late: bool = False


class Connection:
    """Opened again whenever it is closed. `address` is a path (unix socket) or a port of loopback."""

    def __init__(self, address: str | int, seconds: float) -> None:
        self._address = address
        self._seconds = seconds
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def exchange(self, sent: Sent) -> Outcome:
        """Send it, and read what comes."""
        outcome = Outcome()
        try:
            async with asyncio.timeout(self._seconds):
                await self._exchange(sent, outcome)
        except TimeoutError:
            outcome.late = not outcome.statuses
            await self.close()
        except (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self.close()
        if sent.answers == 0:
            await self.close()
        return outcome

    async def _exchange(self, sent: Sent, outcome: Outcome) -> None:
        if self._writer is None:
            await self._open()
        assert self._writer is not None
        writing = asyncio.create_task(self._write(self._writer, sent))
        try:
            if sent.answers:
                while not outcome.statuses or outcome.statuses[-1] == 100:
                    await self._read_answer(outcome, headless=sent.head_only)
            else:
                await self._read_whatever(outcome, writing)
        finally:
            writing.cancel()
            with suppress(OSError, asyncio.CancelledError):
                await writing

    async def _open(self) -> None:
        if isinstance(self._address, str):
            opened = await asyncio.open_unix_connection(self._address, limit=1 << 20)
        else:
            opened = await asyncio.open_connection("127.0.0.1", self._address, limit=1 << 20)
        self._reader, self._writer = opened

    @staticmethod
    async def _write(writer: asyncio.StreamWriter, sent: Sent) -> None:
        for index, piece in enumerate(sent.pieces):
            if index:
                await asyncio.sleep(0)
            writer.write(piece)
            await writer.drain()
        if sent.half_close:
            writer.write_eof()

    async def _read_answer(self, outcome: Outcome, *, headless: bool) -> None:
        assert self._reader is not None
        head = await self._reader.readuntil(_HEAD_END)
        status = _STATUS.match(head)
        if status is None:
            outcome.wrong = f"no head of an answer: {head[:200]!r}"
            await self.close()
            raise EOFError
        number = int(status[1])
        if headless or number < 200 or number in (204, 304):
            body = b""
        elif _CHUNKED.search(head):
            body = await self._read_chunked()
        else:
            length = _LENGTH.search(head)
            if length is None:
                outcome.wrong = f"an answer without a length: {head[:200]!r}"
                raise EOFError
            body = await self._reader.readexactly(min(int(length[1]), _MOST_READ))
        outcome.statuses.append(number)
        outcome.text = head + body[:2000]
        if b"\r\nconnection: close\r\n" in head.lower():
            await self.close()

    async def _read_chunked(self) -> bytes:
        assert self._reader is not None
        parts = []
        while size := int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(parts)

    async def _read_whatever(self, outcome: Outcome, writing: asyncio.Task[None]) -> None:
        """Until the other side closes, or says nothing for a while after it has been sent all."""
        assert self._reader is not None
        received = b""
        with suppress(ConnectionError):
            await asyncio.wait([writing], timeout=1)
            while len(received) < _MOST_READ:
                try:
                    data = await asyncio.wait_for(self._reader.read(1 << 18), _QUIET_SECONDS)
                except TimeoutError:
                    break
                if not data:
                    break
                received += data
        first = _STATUS.match(received)
        if first is not None:
            outcome.statuses.append(int(first[1]))
        elif received:
            outcome.wrong = f"no answer of HTTP: {received[:200]!r}"
        outcome.text = received[:4000]

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await asyncio.wait_for(self._writer.wait_closed(), 1)
        self._reader = self._writer = None
