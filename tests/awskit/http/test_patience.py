"""Clients that take their time: the rules, and connections on which they hold."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from awskit.http.exchange import Exchange
from awskit.http.patience import Limits, Patience, Waiting
from tests.gateway.servers import Peer, asgi_server, connect, echo

LIMITS = Limits(idle=75, head=30, stall=60, slowest=64)
SHORT = Limits(idle=0.3, head=0.3, stall=0.3, slowest=1000)


def test_a_head_has_its_time_whatever_comes_of_it() -> None:
    patience = Patience(LIMITS)
    assert [patience.is_over(now, Waiting.HEAD, 1, 0) for now in (0, 15, 29.9, 30)] == [False, False, False, True]
    # the next request's is another one
    assert [patience.is_over(now, Waiting.HEAD, 2, 0) for now in (31, 60, 61)] == [False, False, True]


def test_a_body_may_stand_still_for_a_while() -> None:
    patience = Patience(LIMITS)
    moves = [(0, 10), (50, 10), (59, 10_000), (118, 10_000), (119, 10_000)]
    assert [patience.is_over(now, Waiting.BODY, 1, size) for now, size in moves] == [False] * 4 + [True]


def test_a_body_that_drips_has_an_end() -> None:
    patience = Patience(LIMITS)
    over = [now for now in range(0, 1000, 5) if patience.is_over(now, Waiting.BODY, 1, now)]
    assert over[0] == 65  # a byte a second: at 60 s it has had the time that a body may do without
    fast = Patience(LIMITS)
    assert not any(fast.is_over(now, Waiting.BODY, 1, now * 100) for now in range(0, 10_000, 5))


def test_the_time_of_a_service_is_not_the_clients() -> None:
    patience = Patience(LIMITS)
    for now in range(0, 1000, 50):
        assert not patience.is_over(now, Waiting.BODY, 1, 5)
        assert not patience.is_over(now + 20, None, 1, 5)


def test_who_does_not_read_has_its_time() -> None:
    patience = Patience(LIMITS)
    looks = [(0, 70_000), (50, 70_000), (55, 60_000), (114, 60_000), (115, 60_000)]
    assert [patience.is_over(now, Waiting.READING, 1, left) for now, left in looks] == [False] * 4 + [True]


@contextmanager
def served(limits: Limits = SHORT) -> Iterator[int]:
    with asgi_server(echo, limits=limits) as address:
        yield int(address.rsplit(":", 1)[1])


def ended(peer: Peer, limit: float = 60.0) -> tuple[float, bytes]:
    """After how long the server has ended the connection, and with what."""
    started = time.monotonic()
    received = peer.read_to_end()
    seconds = time.monotonic() - started
    assert seconds < limit
    return seconds, received


def test_a_silent_connection_is_closed() -> None:
    with served() as port, connect(port) as peer:
        seconds, received = ended(peer)
        assert (seconds > 0.2, received) == (True, b"")


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\nHost: h\r\n", b"GET / HTTP/1.1\r\nHost: h\r\nX: "])
def test_half_a_head_is_a_408(begun: bytes) -> None:
    with served() as port, connect(port) as peer:
        peer.send(begun)
        assert ended(peer)[1].startswith(b"HTTP/1.1 408 ")


def test_a_dripping_head_is_a_408() -> None:
    with served() as port, connect(port) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\nX: ")
        dripped = 0
        with contextlib.suppress(OSError):
            while dripped < 200:
                peer.send(b"x")
                dripped += 1
                time.sleep(0.03)
        assert dripped < 150
        received = peer.read_to_end()
        assert received == b"" or received.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("framing", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
def test_half_a_body_is_a_408(framing: bytes) -> None:
    with served() as port, connect(port) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\n%b\r\n\r\n2\r\nab" % framing)
        assert ended(peer)[1].startswith(b"HTTP/1.1 408 ")


def test_a_dripping_body_is_a_408() -> None:
    with served() as port, connect(port) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
        dripped = 0
        with contextlib.suppress(OSError):
            while dripped < 200:
                peer.send(b"x")
                dripped += 1
                time.sleep(0.03)
        assert dripped < 150


def test_a_client_that_does_not_read_is_left() -> None:
    gone: list[bool] = []

    class Application:
        async def __call__(self, scope: object, receive: object, send: object) -> None:
            await echo(scope, receive, send)  # type: ignore[arg-type]

        async def handle(self, exchange: Exchange) -> None:
            exchange.start(200, [])
            while not exchange.client_gone:
                exchange.write(b"x" * 65536)
                if exchange.must_drain:
                    await exchange.drain()
            gone.append(True)

    with asgi_server(Application(), limits=SHORT) as address, connect(int(address.rsplit(":", 1)[1])) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        deadline = time.monotonic() + 5
        while not gone:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_slow_service_is_waited_for() -> None:
    class Application:
        async def __call__(self, scope: object, receive: object, send: object) -> None:
            await echo(scope, receive, send)  # type: ignore[arg-type]

        async def handle(self, exchange: Exchange) -> None:
            await asyncio.sleep(1)  # the body, larger than what is read ahead, waits meanwhile
            size = 0
            while not exchange.exhausted:
                size += len(await exchange.next_part())
            await asyncio.sleep(1)
            exchange.answer(200, [], b"%d" % size)

    with asgi_server(Application(), limits=SHORT) as address, connect(int(address.rsplit(":", 1)[1])) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
        assert peer.read_answer()[2] == b"1000000"


def test_who_waits_to_be_asked_for_a_body_is_not_late() -> None:
    class Application:
        async def __call__(self, scope: object, receive: object, send: object) -> None:
            await echo(scope, receive, send)  # type: ignore[arg-type]

        async def handle(self, exchange: Exchange) -> None:
            await asyncio.sleep(1)
            exchange.answer(200, [], await exchange.read(100))

    with asgi_server(Application(), limits=SHORT) as address, connect(int(address.rsplit(":", 1)[1])) as peer:
        peer.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert peer.read_head().startswith(b"HTTP/1.1 100 ")
        peer.send(b"ok")
        assert peer.read_answer()[2] == b"ok"
