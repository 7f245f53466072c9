"""An application that is given exchanges, from the client's side."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any

import pytest

from awskit.http.exchange import Exchange
from awskit.wire.http import ClientDisconnected
from tests.gateway.servers import asgi_server, connect
from tests.waiting import wait_until

Handle = Callable[[Exchange], Awaitable[None]]
Serve = Callable[..., int]


class Application:
    """ASGI's lifespan, and a function for exchanges."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(handle)`: the port at which `handle` answers every request."""
    with ExitStack() as stack:

        def start(handle: Handle, **options: Any) -> int:
            address = stack.enter_context(asgi_server(Application(handle), **options))
            return int(address.rsplit(":", 1)[1])

        yield start


async def echo(exchange: Exchange) -> None:
    """Answers with what was asked."""
    body = await exchange.read(10_000_000)
    exchange.answer(200, [("x-asked", f"{exchange.method} {exchange.path!r} {exchange.query!r}")], body)


async def nothing(exchange: Exchange) -> None:
    """Answers nothing."""


@pytest.mark.parametrize("size", [0, 1, 1000, 70_000, 3_000_000])
@pytest.mark.parametrize("in_parts", [False, True])
def test_a_body_that_came_with_its_head_or_later(serve: Serve, size: int, in_parts: bool) -> None:
    data = bytes(i % 251 for i in range(size))
    with connect(serve(echo)) as peer:
        for _ in range(3):
            head = b"PUT /a%%20b?c=d HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size
            if in_parts:
                for part in (head[:20], head[20:], data[:1], data[1:]):
                    peer.send(part)
            else:
                peer.send(head + data)
            status, headers, body = peer.read_answer()
            assert (status, body) == (200, data)
            assert headers["x-asked"] == "put b'/a%20b' b'c=d'"


def test_a_request_whose_handler_waits_is_answered_before_the_next(serve: Serve) -> None:
    async def handle(exchange: Exchange) -> None:
        if exchange.path == b"/slow":
            await asyncio.sleep(0.02)
        exchange.answer(200, [], exchange.path)

    with connect(serve(handle)) as peer:
        paths = [b"/slow", b"/a", b"/b", b"/slow", b"/c"]
        peer.send(b"".join(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % path for path in paths))
        assert [peer.read_answer()[2] for _ in paths] == paths


def test_a_thousand_requests_at_once_do_not_nest(serve: Serve) -> None:
    with connect(serve(echo)) as peer:
        peer.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok" * 3000)
        assert all(peer.read_answer()[2] == b"ok" for _ in range(3000))


def test_an_answer_in_parts(serve: Serve) -> None:
    async def handle(exchange: Exchange) -> None:
        exchange.start(200, [("X-Name", "1")])
        for number in range(3):
            exchange.write(b"%d" % number)
            await asyncio.sleep(0)
        exchange.write(b"", more=False)

    with connect(serve(handle)) as peer:
        for _ in range(2):
            peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            _, headers, body = peer.read_answer()
            assert (headers["x-name"], body) == ("1", b"012")


def test_the_client_is_asked_for_its_body_when_it_is_read(serve: Serve) -> None:
    read = threading.Event()

    async def handle(exchange: Exchange) -> None:
        await asyncio.to_thread(read.wait)
        await echo(exchange)

    with connect(serve(handle)) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        peer.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            peer.read_head()
        peer.socket.settimeout(5)
        read.set()
        assert peer.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.send(b"body")
        assert peer.read_answer()[2] == b"body"


@pytest.mark.parametrize(
    "empty", [b"Content-Length: 0\r\n\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
)
def test_a_client_without_a_body_that_waits_is_told_to_go_on(serve: Serve, empty: bytes) -> None:
    """It may wait for that, and nothing else ends its waiting (the AWS CLI, for an empty file)."""
    request = b"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" + empty
    with connect(serve(echo)) as peer:
        for _ in range(2):  # the connection goes on
            peer.send(request)
            assert peer.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
            status, headers, body = peer.read_answer()
            assert (status, body, "connection" in headers) == (200, b"", False)
        peer.send(request * 2)  # pipelined, each answer has its own before it
        for _ in range(2):
            assert peer.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert peer.read_answer()[0] == 200


def test_old_clients_are_never_told_to_go_on(serve: Serve) -> None:
    with connect(serve(echo)) as peer:
        peer.send(b"PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
        assert peer.read_answer()[0] == 200


def test_white_space_around_a_value_is_no_part_of_it(serve: Serve) -> None:
    async def handle(exchange: Exchange) -> None:
        exchange.answer(200, [], dict(exchange.headers)[b"x-a"])

    with connect(serve(handle)) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\nX-A: \t v \t w \t \r\n\r\n")
        assert peer.read_answer()[2] == b"v \t w"


def test_an_answer_before_the_body_was_asked_for_ends_the_connection(serve: Serve) -> None:
    async def handle(exchange: Exchange) -> None:
        exchange.answer(403, [])

    with connect(serve(handle)) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        status, headers, _ = peer.read_answer()
        assert (status, headers["connection"]) == (403, "close")
        assert peer.read_to_end() == b""


@pytest.mark.parametrize("waits_for", ["read", "disconnected", "on_lost"])
def test_a_client_that_leaves(serve: Serve, waits_for: str) -> None:
    seen: list[str] = []

    async def handle(exchange: Exchange) -> None:
        try:
            if waits_for == "read":
                await exchange.read(1000)
            elif waits_for == "disconnected":
                await exchange.next_part()
                await exchange.disconnected()
                seen.append("gone")
            else:
                assert exchange.task is not None
                exchange.on_lost = exchange.task.cancel
                await asyncio.Event().wait()
        except ClientDisconnected:
            seen.append("gone")
        except asyncio.CancelledError:
            seen.append("gone")
        exchange.answer(200, [], b"to nobody")

    port = serve(handle)
    with connect(port) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo")
        assert not seen
    wait_until(lambda: seen == ["gone"])


def test_a_handler_that_answers_nothing_is_a_500(serve: Serve) -> None:
    with connect(serve(nothing)) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert peer.read_to_end().startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


def test_an_answer_that_is_broken_off_ends_the_connection(serve: Serve) -> None:
    async def handle(exchange: Exchange) -> None:
        exchange.start(200, [("content-length", "10")])
        exchange.write(b"begun")
        exchange.break_off()

    with connect(serve(handle)) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert peer.read_to_end().endswith(b"\r\n\r\nbegun")


def test_writing_waits_for_a_client_that_reads_slowly(serve: Serve) -> None:
    written = [0]

    async def handle(exchange: Exchange) -> None:
        exchange.start(200, [("content-length", str(64 << 20))])
        for number in range(1024):
            exchange.write(bytes(65536), more=number < 1023)
            written[0] += 65536
            if exchange.must_drain:
                await exchange.drain()

    with connect(serve(handle)) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        peer.read_head()
        time.sleep(0.05)  # in which it would be written, all of it, if nothing waited
        assert written[0] < 32 << 20
        assert not any(peer.read(64 << 20))
    assert written[0] == 64 << 20


def test_a_server_that_stops_lets_an_answer_end() -> None:
    begun, answers = threading.Event(), []

    async def handle(exchange: Exchange) -> None:
        begun.set()
        await asyncio.sleep(0.1)
        exchange.answer(200, [], b"done")

    def ask(port: int) -> None:
        with connect(port) as peer:
            peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            answers.append(peer.read_answer())

    with asgi_server(Application(handle)) as address:
        client = threading.Thread(target=ask, args=(int(address.rsplit(":", 1)[1]),))
        client.start()
        assert begun.wait(5)
    client.join(5)
    [(_, headers, body)] = answers
    assert (headers["connection"], body) == ("close", b"done")


@pytest.mark.parametrize("waits", [False, True])
def test_nothing_is_left_of_a_request_for_the_collector(serve: Serve, waits: bool) -> None:
    async def handle(exchange: Exchange) -> None:
        if waits:
            await asyncio.sleep(0)
        exchange.answer(200, [], b"ok")

    with connect(serve(handle)) as peer:
        gc.collect()
        gc.disable()
        try:
            for _ in range(10):
                peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                peer.read_answer()
            wait_until(lambda: not [found for found in gc.get_objects() if isinstance(found, Exchange)])
        finally:
            gc.enable()


@pytest.mark.parametrize("size", [0, 10_000_000])
def test_an_answer_before_the_body_reaches_a_client_that_is_still_sending(serve: Serve, size: int) -> None:
    async def handle(exchange: Exchange) -> None:
        exchange.answer(404, [], b"early")

    with connect(serve(handle)) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size)
        peer.send(bytes(size))
        assert (peer.read_answer()[2], peer.read_to_end()) == (b"early", b"")


def test_requests_are_handled_no_faster_than_their_answers_are_read(serve: Serve) -> None:
    handled = [0]

    async def handle(exchange: Exchange) -> None:
        handled[0] += 1
        exchange.answer(200, [], b"%09d" % handled[0] + bytes(1 << 20))

    with connect(serve(handle)) as peer:
        for _ in range(4):
            peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 16)
            time.sleep(0.02)  # in which they would be handled, all of them, if nothing waited
        assert handled[0] < 32
        for number in range(1, 65):
            assert peer.read_answer()[2].startswith(b"%09d" % number)


def test_who_waits_for_a_slow_client_may_be_cancelled(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    cancelled = threading.Event()

    async def handle(exchange: Exchange) -> None:
        exchange.start(200, [("content-length", str(32 << 20))])
        exchange.write(bytes(31 << 20))
        try:
            async with asyncio.timeout(0.05):
                await exchange.drain()
        except TimeoutError:
            cancelled.set()
        await exchange.drain()
        exchange.write(bytes(1 << 20), more=False)

    with connect(serve(handle)) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert cancelled.wait(5)
        assert len(peer.read_answer()[2]) == 32 << 20
    assert not caplog.records


@pytest.mark.parametrize(
    "flood",
    [
        b"0\r\n" + b"x-trailer: " + b"a" * 1000 + b"\r\n",  # repeated: trailers
        b"0\r\nx-trailer: " + b"a" * 1000,  # one that never ends
        b"5;" + b"e" * 1000,  # an extension of a chunk that never ends
    ],
)
def test_what_lies_around_a_body_is_counted(serve: Serve, flood: bytes) -> None:
    head = b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    begin, _, rest = flood.partition(b"\r\n") if flood.startswith(b"0") else (b"", b"", flood)
    with connect(serve(echo)) as peer:
        peer.send(head + begin + (b"\r\n" if begin else b"") + rest * 400)
        assert peer.read_answer()[0] == 400
        assert peer.read_to_end() == b""


def test_trailers_are_read_over(serve: Serve) -> None:
    with connect(serve(echo)) as peer:
        for _ in range(2):
            peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            peer.send(b"3\r\nabc\r\n0\r\nX-Sum: 1\r\nHost: x\r\n\r\n")
            assert peer.read_answer()[2] == b"abc"
