"""The server's side of HTTP, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import select
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any

import psutil
import pytest

from awskit.http.connection import MAX_HEAD, HttpProtocol
from awskit.http.patience import Limits
from tests.gateway.servers import Peer, asgi_server, connect
from tests.waiting import wait_until

Handler = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
Serve = Callable[..., int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(handler)`: the port at which `handler` answers every request."""
    with ExitStack() as stack:

        def start(handler: Handler, **options: Any) -> int:
            async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
                if scope["type"] == "http":
                    await handler(scope, receive, send)
                    return
                while True:
                    message = await receive()
                    await send({"type": f"{message['type']}.complete"})
                    if message["type"] == "lifespan.shutdown":
                        return

            address = stack.enter_context(asgi_server(app, **options))
            return int(address.rsplit(":", 1)[1])

        yield start


def beginning(handler: Handler) -> tuple[list[str], Handler]:
    """A list that grows with each request that has begun, and the handler that sees to it."""
    begun: list[str] = []

    async def noted(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        begun.append(scope["method"])
        await handler(scope, receive, send)

    return begun, noted


def sending(*messages: dict[str, Any]) -> Handler:
    """A handler that sends these."""

    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return handler


def start_of(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def ask(port: int, head: bytes = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n") -> bytes:
    """What comes back until the connection ends."""
    with connect(port) as peer:
        peer.send(head.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost", 1))
        return peer.read_to_end()


@pytest.mark.parametrize("size", [0, 5, 16_384, 16_385, 3_000_000])
def test_an_answer_with_its_length(serve: Serve, size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    port = serve(sending(start_of(200, (b"content-length", b"%d" % size), (b"x", b"1"), (b"x", b"2")), body(data)))
    head, _, found = ask(port).partition(b"\r\n\r\n")
    assert found == data
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 200 OK"
    assert lines.count(b"x: 1") == lines.count(b"x: 2") == 1
    assert sum(line.startswith(b"Date: ") for line in lines) == 1
    assert b"Connection: close" in lines
    assert not any(line.startswith(b"Transfer-Encoding") for line in lines)


def test_an_answer_in_parts_of_known_length(serve: Serve) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"6")), body(b"abc", more=True), body(b"def")))
    assert ask(port).endswith(b"\r\n\r\nabcdef")


def test_an_answer_of_unknown_length_is_chunked(serve: Serve) -> None:
    port = serve(sending(start_of(), body(b"abc", more=True), body(b"", more=True), body(b"def", more=True), body(b"")))
    head, _, rest = ask(port).partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert rest == b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"


def test_an_answer_of_unknown_length_to_http_1_0_ends_with_the_connection(serve: Serve) -> None:
    port = serve(sending(start_of(), body(b"abc", more=True), body(b"def")))
    head, _, rest = ask(port, b"GET / HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert rest == b"abcdef"


@pytest.mark.parametrize(("status", "length"), [(204, None), (304, None), (200, b"1000")])
def test_answers_without_a_body(serve: Serve, status: int, length: bytes | None) -> None:
    headers = ((b"content-length", length),) if length else ()
    port = serve(sending(start_of(status, *headers), body(b"")))
    with connect(port) as peer:
        for _ in range(2):
            method = b"HEAD" if length else b"GET"
            peer.send(method + b" / HTTP/1.1\r\nHost: h\r\n\r\n")
            found, names, _ = peer.read_answer(headless=True)
            assert found == status
            assert names.get("content-length") == (length.decode() if length else None)
            assert "transfer-encoding" not in names


def test_head_and_body_leave_in_one_write(serve: Serve) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"4")), body(b"body")))
    with connect(port) as peer:
        for _ in range(20):
            peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert peer.socket.recv(65536).endswith(b"\r\n\r\nbody")


def test_the_head_does_not_wait_for_a_body_that_takes_its_time(serve: Serve) -> None:
    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await send(start_of(200, (b"content-length", b"4")))
        await send(body(b"", more=True))
        await receive()
        await receive()  # returns when the client has gone

    with connect(serve(handler)) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert peer.read_head().startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "messages",
    [
        (start_of(200, (b"content-length", b"2")), body(b"abc")),
        (start_of(200, (b"content-length", b"4")), body(b"abc")),
        (start_of(200, (b"content-length", b"4")), body(b"abc", more=True)),
        (start_of(), body(b"abc", more=True)),
    ],
)
def test_an_answer_that_breaks_its_promise_ends_the_connection(serve: Serve, messages: tuple[Any, ...]) -> None:
    port = serve(sending(*messages))
    with connect(port) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        received = peer.read_to_end()
    assert not received.endswith(b"0\r\n\r\n")
    _, _, found = received.partition(b"\r\n\r\n")
    assert b"content-length: 3" not in received
    assert len(found) < 12


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\0b"])
def test_a_line_break_does_not_get_into_an_answers_head(serve: Serve, value: bytes) -> None:
    port = serve(sending(start_of(200, (b"x-value", value), (b"content-length", b"0")), body(b"")))
    assert b"set-cookie" not in ask(port)


def test_a_handler_that_fails_before_it_answers_is_a_500(serve: Serve) -> None:
    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        raise RuntimeError("a bug")

    assert ask(serve(handler)).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


@pytest.mark.parametrize("size", [1, 1000, 70_000])
@pytest.mark.parametrize("extra", [0, MAX_HEAD])
def test_a_head_that_is_too_large_is_a_400(serve: Serve, size: int, extra: int) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"0")), body(b"")))
    with connect(port) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + b"x" * (extra + 100))
        for _ in range(0, MAX_HEAD if extra == 0 else 0, size):
            try:
                peer.send(b"x" * size)
            except OSError:
                break
        received = peer.read_to_end()
    assert received == b"" or received.startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_head_just_below_the_limit(serve: Serve) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"0")), body(b"")))
    with connect(port) as peer:
        for _ in range(3):
            peer.send(b"GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + b"x" * (MAX_HEAD - 100) + b"\r\n\r\n")
            assert peer.read_answer()[0] == 200


def test_a_long_body_is_not_taken_for_a_head(serve: Serve) -> None:
    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        await send(start_of(200, (b"content-length", b"%d" % len(str(size)))))
        await send(body(str(size).encode()))

    with connect(serve(handler)) as peer:
        for size in (0, 1, MAX_HEAD, 1_000_000):
            peer.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
            assert peer.read_answer()[2] == str(size).encode()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n",
        b"CONNECT host:80 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + b"0" * 5000 + b"5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello",
        # who it is for has to be said, once
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: h\r\nHost: other\r\n\r\n",
    ],
)
def test_what_is_not_http_is_a_400(serve: Serve, nonsense: bytes) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"0")), body(b"")))
    with connect(port) as peer:
        peer.send(nonsense)
        assert peer.read_to_end().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c"])
def test_an_upgrade_is_answered_as_if_it_were_none(serve: Serve, upgrade: bytes) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"2")), body(b"ok")))
    with connect(port) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n" % upgrade)
        assert peer.read_answer()[2] == b"ok"


def quick(peer: Peer) -> None:
    peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert peer.read_answer()[0] == 200


def test_an_idle_connection_is_closed_after_the_last_request_not_the_first(serve: Serve) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"0")), body(b"")), limits=Limits(idle=1.0))
    with connect(port) as peer:
        started = time.monotonic()
        while time.monotonic() - started < 1.3:
            quick(peer)
            time.sleep(0.02)
        last = time.monotonic()
        assert peer.read_to_end() == b""
        assert 0.8 < time.monotonic() - last < 60


def test_a_slow_answer_is_not_cut_off_by_the_keep_alive_time(serve: Serve) -> None:
    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            await asyncio.sleep(0.4)
        await send(start_of(200, (b"content-length", b"2")))
        await send(body(b"ok"))

    with connect(serve(handler, limits=Limits(idle=0.2))) as peer:
        quick(peer)
        peer.send(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        assert peer.read_answer()[2] == b"ok"


async def echo(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """Answers with the method and the body."""
    found, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        found, more = found + message["body"], message["more_body"]
    found = b"%b %b" % (scope["method"].encode(), found)
    await send(start_of(200, (b"content-length", b"%d" % len(found))))
    await send(body(found))


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
FRAMINGS = {b"Content-Length: 5\r\n": b"hello", b"Transfer-Encoding: chunked\r\n": b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("piece", [1, 100, 10_000])
def test_a_request_with_an_upgrade_keeps_its_body_and_those_behind_it(serve: Serve, framing: bytes, piece: int) -> None:
    one = b"PUT / HTTP/1.1\r\nHost: h\r\n" + UPGRADE + framing + b"\r\n" + FRAMINGS[framing]
    data = one + b"GET / HTTP/1.1\r\nHost: h\r\n" + UPGRADE + b"\r\n" + one
    with connect(serve(echo)) as peer:
        for start in range(0, len(data), piece):
            peer.send(data[start : start + piece])
        assert [peer.read_answer()[2] for _ in range(3)] == [b"PUT hello", b"GET ", b"PUT hello"]


def test_many_upgrades_at_once(serve: Serve) -> None:
    with connect(serve(echo)) as peer:
        peer.send((b"GET / HTTP/1.1\r\nHost: h\r\n" + UPGRADE + b"\r\n") * 2000)
        assert [peer.read_answer()[2] for _ in range(2000)] == [b"GET "] * 2000


@pytest.mark.parametrize("begun", [False, True])
def test_what_is_not_http_does_not_get_between_earlier_answers(serve: Serve, begun: bool) -> None:
    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await send(start_of(200, (b"content-length", b"10")))
        if begun:
            await send(body(b"begun", more=True))
        await asyncio.sleep(0.05)
        await send(body(b"ended" if begun else b"begunended"))

    with connect(serve(handler)) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 2 + b"nonsense\r\n\r\n")
        assert peer.read_answer()[2] == peer.read_answer()[2] == b"begunended"
        assert peer.read_to_end() == b""


def test_a_body_that_is_not_http_is_a_400(serve: Serve) -> None:
    begun, gone = threading.Event(), []

    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        begun.set()
        while (message := await receive())["type"] == "http.request":
            pass
        gone.append(message["type"])

    with connect(serve(handler)) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n")
        assert begun.wait(5)
        peer.send(b"nonsense\r\n")
        assert peer.read_answer()[0] == 400
        assert peer.read_to_end() == b""
    wait_until(lambda: gone == ["http.disconnect"])


def test_trailers_are_no_headers(serve: Serve) -> None:
    async def handler(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        names = b",".join(name for name, _ in scope["headers"])
        await send(start_of(200, (b"content-length", b"%d" % len(names))))
        await send(body(names))

    with connect(serve(handler)) as peer:
        for _ in range(2):
            peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            peer.send(b"2\r\nhe\r\n0\r\nAuthorization: a\r\n\r\n")
            assert peer.read_answer()[2] == b"host,transfer-encoding"


async def whole(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """Read everything, then answer."""
    while (message := await receive())["type"] == "http.request" and message["more_body"]:
        pass
    await send(start_of(200, (b"content-length", b"2")))
    await send(body(b"ok"))


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(b"0\r\n" + b"X-Trailer: abc\r\n" * 10, id="many trailers"),
        pytest.param(b"0\r\nX-Trailer: " + b"a" * 160, id="a long trailer"),
        pytest.param(b"2;" + b"a=b;" * 40, id="a chunk's extension"),
    ],
)
def test_what_is_not_body_does_not_grow_without_end(
    serve: Serve, after: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    repeated = (after.partition(b"\r\n")[2] or after[2:]) * 20
    with connect(serve(whole)) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n" + after)
        for _ in range(10_000_000 // len(repeated)):
            peer.send(repeated)
            if select.select([peer.socket], [], [], 0)[0]:
                break
        assert peer.read_answer()[0] == 400
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("broken", [b"nonsense\r\n", b"-1\r\n", b"2\r\nabcdef\r\n", b"0\r\nx\r\n\r\n", b"\0" * 100])
@pytest.mark.parametrize("framing", [b"Connection: close\r\n", b""])
def test_a_broken_chunk_behind_an_early_answer_leaves_no_trace(
    serve: Serve, framing: bytes, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    port = serve(sending(start_of(200, (b"content-length", b"2")), body(b"ok")))
    with connect(port) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\n%bTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n" % framing)
        assert peer.read_answer()[2] == b"ok"
        for _ in range(3):
            with contextlib.suppress(OSError):
                peer.send(broken)
                time.sleep(0.02)
        peer.read_to_end()
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


def test_not_http_is_logged_once_a_second(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    port = serve(whole)
    for _ in range(50):
        with connect(port) as peer:
            peer.send(b"nonsense\r\n\r\n")
            peer.read_to_end()
    assert 1 <= len([record for record in caplog.records if "not HTTP" in record.message]) <= 3


def test_an_idle_connection_makes_room(serve: Serve) -> None:
    port = serve(whole, limits=Limits(connections=3))
    with ExitStack() as stack:
        busy = stack.enter_context(connect(port))
        busy.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1")
        for _ in range(10):
            quick(stack.enter_context(connect(port)))
        busy.send(b"2")
        assert busy.read_answer()[2] == b"ok"


def test_a_connection_for_which_there_is_no_room_is_told_so(serve: Serve) -> None:
    begun, handler = beginning(whole)
    port = serve(handler, limits=Limits(connections=3))
    with ExitStack() as stack:
        busy = [stack.enter_context(connect(port)) for _ in range(3)]
        for peer in busy:
            peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1")
        wait_until(lambda: len(begun) == 3)
        with connect(port) as late:
            assert late.read_to_end().startswith(b"HTTP/1.1 503 ")
        for peer in busy:
            peer.send(b"2")
            assert peer.read_answer()[2] == b"ok"
        quick(stack.enter_context(connect(port)))


def test_those_who_are_told_that_there_is_no_room_have_a_number_too(serve: Serve) -> None:
    begun, handler = beginning(whole)
    port = serve(handler, limits=Limits(connections=8))
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(connect(port)).send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1")
        wait_until(lambda: len(begun) == 8)
        before = psutil.Process().num_fds()
        late = [stack.enter_context(connect(port)) for _ in range(50)]
        wait_until(lambda: all(select.select([peer.socket], [], [], 0)[0] for peer in late))
        # this process has both ends
        wait_until(lambda: psutil.Process().num_fds() - before <= 50 + 4)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is free is so without Python's collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\n",
        b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\n" + bytes(70_000),
        b"nonsense\r\n\r\n",
    ],
)
@pytest.mark.usefixtures("no_collector")
def test_a_connection_that_has_ended_is_held_by_nothing(serve: Serve, sent: bytes) -> None:
    """A body that was left half sent would wait for the collector, which counts objects, not bytes."""
    port = serve(sending(start_of(200, (b"content-length", b"0")), body(b"")))
    with connect(port) as peer:
        peer.send(sent)
        if sent.startswith((b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"PUT", b"nonsense")):
            assert b"HTTP/1.1" in peer.read(12)
    wait_until(lambda: not any(isinstance(one, HttpProtocol) for one in gc.get_objects()))
