"""Server-sent events for live pages: each is HTML that the page's script puts where it belongs.

`swap`: elements with ids, which take the place of those of the same id. `rows`: rows for the table body that listens.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from starlette.responses import StreamingResponse

_PING_SECONDS = 15.0


def event(name: str, html: str) -> bytes:
    """One event."""
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"event: {name}\n{lines}\n".encode("utf-8", "replace")


def event_stream(events: AsyncGenerator[bytes, None], stopping: asyncio.Event) -> StreamingResponse:
    """The answer that goes on with `events` until the visitor leaves or the console ends."""
    return StreamingResponse(_until_stopping(events, stopping), media_type="text/event-stream")


async def _until_stopping(events: AsyncGenerator[bytes, None], stopping: asyncio.Event) -> AsyncIterator[bytes]:
    """`events`, and comments where none has come for long, by which a visitor who has left is noticed."""
    stop = asyncio.ensure_future(stopping.wait())
    coming: asyncio.Future[bytes] | None = None
    async with aclosing(events):
        try:
            yield b"retry: 2000\n\n"
            while not stop.done():
                coming = coming or asyncio.ensure_future(anext(events))
                await asyncio.wait((coming, stop), timeout=_PING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    try:
                        yield coming.result()
                    except StopAsyncIteration:
                        return
                    finally:
                        coming = None
                else:
                    yield b": nothing new\n\n"
        finally:
            stop.cancel()
            if coming is not None:
                coming.cancel()
                await asyncio.wait((coming,))
