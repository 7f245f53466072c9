"""The internal hop's client against services scripted byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from awskit.http_client import AddressError, ConnectionLost, HttpClient, UpstreamUnavailable
from awskit.http_client.addresses import Address, TcpAddress, UnixAddress, parse_addresses
from awskit.http_client.connection import Connection
from tests.gateway.servers import Peer, Script, ScriptedService, dead_port, ok, scripted_service
from tests.waiting import PATIENCE

Serve = Callable[..., ScriptedService]


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient()
    yield made
    await made.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda script, **given: stack.enter_context(scripted_service(script, **given))


@pytest.fixture(params=["tcp", "unix"])
def serve_both(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> Serve:
    """A service on a port and one on a unix socket."""

    def start(script: Script) -> ScriptedService:
        return serve(script) if request.param == "tcp" else serve(script, uds=tmp_path / "socket")

    return start


def answer_all(peer: Peer) -> None:
    """Answer every request with its own head and body."""
    while True:
        head = peer.read_head()
        length = next((line[16:] for line in head.split(b"\r\n") if line.startswith(b"content-length: ")), b"0")
        peer.send(ok(head + peer.read(int(length))))


def naming(name: bytes) -> Script:
    """Answer every request with `name`."""

    def script(peer: Peer) -> None:
        while True:
            peer.read_head()
            peer.send(ok(name))

    return script


async def until(done: Callable[[], bool]) -> None:
    """Look until `done`, 5 s at most."""
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_request_and_its_answer(client: HttpClient, serve_both: Serve) -> None:
    service = serve_both(answer_all)
    upstream = client.upstream(service.address)
    response = await upstream.request("POST", "/path?a=b", {"X-Test": "1"}, b"body")
    assert response.status == 200
    head, _, body = response.body.partition(b"\r\n\r\n")
    host = service.address.removeprefix("http://") if service.address.startswith("http") else "localhost"
    assert head.split(b"\r\n") == [
        b"POST /path?a=b HTTP/1.1",
        b"host: " + host.encode(),
        b"X-Test: 1",
        b"content-length: 4",
    ]
    assert body == b"body"
    assert response.header("content-length") == str(len(response.body))
    assert response.header("x-none", "none") == "none"


async def test_a_request_by_url(client: HttpClient, serve: Serve) -> None:
    service = serve(answer_all)
    response = await client.request("GET", f"{service.address}/path?a=b", [("Host", "example"), ("X", "1"), ("X", "2")])
    assert response.body == b"GET /path?a=b HTTP/1.1\r\nHost: example\r\nX: 1\r\nX: 2\r\n\r\n"
    assert (await client.request("GET", service.address)).body.startswith(b"GET / HTTP/1.1\r\n")
    assert service.connections == 1


async def test_requests_at_once_have_connections_of_their_own(client: HttpClient, serve_both: Serve) -> None:
    service = serve_both(answer_all)
    upstream = client.upstream(service.address)
    for _ in range(3):
        answers = await asyncio.gather(*(upstream.request("GET", f"/{number}") for number in range(8)))
        assert [answer.body.split(b" ")[1] for answer in answers] == [b"/%d" % number for number in range(8)]
    assert service.connections <= 8


async def test_a_large_body_both_ways(client: HttpClient, serve_both: Serve) -> None:
    upstream = client.upstream(serve_both(answer_all).address)
    data = bytes(range(256)) * 20_000
    assert (await upstream.request("PUT", "/", body=data)).body.endswith(data)


@pytest.mark.parametrize("bad", [("/a b\r\nX: y", {}), ("/", {"x": "a\r\nb: c"}), ("/", {"x\n": "a"})])
async def test_a_line_break_is_no_way_into_a_request(client: HttpClient, bad: tuple[str, dict[str, str]]) -> None:
    with pytest.raises(ValueError, match="line break"):
        await client.upstream("http://127.0.0.1:1").request("GET", bad[0], bad[1])


async def test_a_service_that_is_silent_times_out(client: HttpClient, serve: Serve) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def script(peer: Peer) -> None:
        peer.read_head()
        if not peer.read_to_end():
            loop.call_soon_threadsafe(ended.set)

    with pytest.raises(TimeoutError):
        await client.upstream(serve(script).address).request("GET", "/", timeout=0.1)
    await asyncio.wait_for(ended.wait(), 2)


async def test_an_idle_connection_that_the_service_closed_is_not_used(client: HttpClient, serve_both: Serve) -> None:
    def once(peer: Peer) -> None:
        peer.read_head()
        peer.send(ok())

    service = serve_both(once)
    upstream = client.upstream(service.address)
    for number in range(5):
        assert (await upstream.request("POST", "/", body=b"x")).status == 200
        await asyncio.sleep(0.02)
        assert service.connections == number + 1


def closing_on_second(*, read: bool) -> Script:
    """Answer a connection's first request; close when its second one arrives, read or unread.

    Every connection but the first is served without end.
    """
    seen: list[int] = []

    def script(peer: Peer) -> None:
        seen.append(1)
        if len(seen) > 1:
            answer_all(peer)
        peer.read_head()
        peer.send(ok())
        if read:
            peer.read_head()
            peer.read(4)
        else:
            peer.socket.recv(1, socket.MSG_PEEK)

    return script


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_request_that_a_closing_service_did_not_read_is_sent_again(
    client: HttpClient, serve_both: Serve, method: str
) -> None:
    service = serve_both(closing_on_second(read=False))
    upstream = client.upstream(service.address)
    await upstream.request("GET", "/first")
    answer = await upstream.request(method, "/second", body=b"body")
    assert answer.body.startswith(method.encode() + b" /second")
    assert service.connections == 2


async def test_a_request_that_was_read_is_sent_again_only_where_that_is_safe(
    client: HttpClient, serve_both: Serve
) -> None:
    service = serve_both(closing_on_second(read=True))
    upstream = client.upstream(service.address)
    await upstream.request("GET", "/first")
    with pytest.raises(ConnectionLost):
        await upstream.request("POST", "/second", body=b"body")
    assert service.connections == 1


async def test_a_get_is_safe_to_send_again(client: HttpClient, serve_both: Serve) -> None:
    service = serve_both(closing_on_second(read=True))
    upstream = client.upstream(service.address)
    await upstream.request("GET", "/first")
    assert (await upstream.request("GET", "/second", body=b"body")).status == 200
    assert service.connections == 2


async def test_a_request_is_sent_again_only_once(client: HttpClient, serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()

    service = serve(script)
    with pytest.raises(ConnectionLost):
        await client.upstream(service.address).request("GET", "/")
    assert service.connections == 2


async def test_a_service_that_was_restarted(client: HttpClient, serve: Serve, tmp_path: Path) -> None:
    port = dead_port()
    with scripted_service(answer_all, port=port) as service:
        upstream = client.upstream(service.address)
        await asyncio.gather(*(upstream.request("GET", "/") for _ in range(8)))
    with pytest.raises((UpstreamUnavailable, ConnectionLost)):
        for _ in range(20):
            await upstream.request("POST", "/", body=b"x", timeout=0.5)
    serve(answer_all, port=port)
    answers = await asyncio.gather(*(upstream.request("POST", "/", body=b"x") for _ in range(8)))
    assert all(answer.status == 200 for answer in answers)


async def test_nobody_there(client: HttpClient, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{dead_port()}"
    for addresses in (nowhere, f"{nowhere},unix:{tmp_path}/none", "http://no-such-host.invalid:1"):
        started = time.monotonic()
        with pytest.raises(UpstreamUnavailable):
            await client.upstream(addresses).request("GET", "/")
        assert time.monotonic() - started < 30  # where the system itself would try for minutes


@contextlib.contextmanager
def hanging_port() -> Iterator[int]:
    """A port whose queue of connections is full: another one is neither accepted nor refused."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = int(listening.getsockname()[1])
        for _ in range(4):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(("127.0.0.1", port))
        time.sleep(0.05)
        yield port


async def test_an_address_that_does_not_even_refuse(client: HttpClient) -> None:
    with hanging_port() as first, hanging_port() as second, hanging_port() as third:
        for ports in ((first,), (first, second, third)):
            started = time.monotonic()
            with pytest.raises(UpstreamUnavailable):
                await client.upstream(",".join(f"http://127.0.0.1:{port}" for port in ports)).request("GET", "/")
            assert time.monotonic() - started < 30


async def test_one_that_is_there_is_reached_behind_many_that_do_not_even_refuse(
    client: HttpClient, serve: Serve
) -> None:
    """Replicas that were taken away: their hosts are gone, and nobody answers for them."""
    with ExitStack() as stack:
        gone = [f"http://127.0.0.1:{stack.enter_context(hanging_port())}" for _ in range(4)]
        upstream = client.upstream(",".join((*gone, serve(naming(b"a")).address)))
        assert (await upstream.request("GET", "/")).body == b"a"


async def test_a_service_that_is_slow_to_take_a_connection_is_waited_for(client: HttpClient) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:

        def answer(body: bytes) -> None:
            while True:
                peer, _ = listening.accept()
                with peer:
                    if peer.recv(4096):
                        peer.sendall(ok(body))
                        return

        port = int(listening.getsockname()[1])
        upstream = client.upstream(f"http://127.0.0.1:{port}")
        answers = await asyncio.gather(upstream.request("GET", "/"), asyncio.to_thread(answer, b"first"))
        assert answers[0].body == b"first"
        with ExitStack() as stack:
            for _ in range(4):
                filling = stack.enter_context(socket.socket())
                filling.setblocking(False)
                filling.connect_ex(("127.0.0.1", port))
            second = asyncio.create_task(upstream.request("GET", "/"))
            async with asyncio.timeout(PATIENCE):
                while not upstream.endpoints[0].slow:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert not second.done()
        await asyncio.to_thread(answer, b"second")
        assert (await second).body == b"second"


async def test_requests_go_round_the_addresses(client: HttpClient, serve: Serve) -> None:
    addresses = ",".join(serve(naming(name)).address for name in (b"a", b"b", b"c"))
    upstream = client.upstream(addresses)
    bodies = [(await upstream.request("GET", "/")).body for _ in range(9)]
    assert sorted(bodies) == [b"a"] * 3 + [b"b"] * 3 + [b"c"] * 3
    assert bodies[:3] == bodies[3:6]


async def test_a_dead_address_is_left_out_and_taken_back(client: HttpClient, serve: Serve) -> None:
    port = dead_port()
    first = serve(naming(b"a"))
    upstream = client.upstream(f"{first.address},http://127.0.0.1:{port}")
    assert {(await upstream.request("GET", "/")).body for _ in range(6)} == {b"a"}
    assert [endpoint.alive for endpoint in upstream.endpoints] == [True, False]
    serve(naming(b"b"), port=port)
    await until(lambda: upstream.endpoints[1].alive)
    assert {(await upstream.request("GET", "/")).body for _ in range(6)} == {b"a", b"b"}


async def test_a_hanging_address_costs_one_request_a_little(client: HttpClient, serve: Serve) -> None:
    with hanging_port() as port:
        upstream = client.upstream(f"http://127.0.0.1:{port},{serve(naming(b'a')).address}")
        started = time.monotonic()
        bodies = {(await upstream.request("GET", "/")).body for _ in range(50)}
        assert bodies == {b"a"}
        assert time.monotonic() - started < 5  # asked each time it would cost ten


async def test_a_host_name_is_looked_up_as_its_addresses_change(serve: Serve) -> None:
    first = serve(naming(b"a"))
    port = int(first.address.rsplit(":", 1)[1])
    answers: dict[str, tuple[Address, ...]] = {"service.test": ()}
    asked: list[Address] = []

    async def resolve(address: Address) -> tuple[Address, ...]:
        asked.append(address)
        assert isinstance(address, TcpAddress)
        return answers[address.host]

    client = HttpClient(resolve, resolve_seconds=0.1)
    try:
        upstream = client.upstream(f"http://service.test:{port}")
        with pytest.raises(UpstreamUnavailable):
            await upstream.request("GET", "/")
        answers["service.test"] = (TcpAddress("127.0.0.1", port),)
        assert (await upstream.request("GET", "/")).body == b"a"
        second = serve(naming(b"b"))
        other = TcpAddress("127.0.0.1", int(second.address.rsplit(":", 1)[1]))
        answers["service.test"] = (TcpAddress("127.0.0.1", port), other)
        await until(lambda: len(upstream.endpoints) == 2)
        assert {(await upstream.request("GET", "/")).body for _ in range(4)} == {b"a", b"b"}
        answers["service.test"] = (other,)
        await until(lambda: len(upstream.endpoints) == 1)
        assert {(await upstream.request("GET", "/")).body for _ in range(4)} == {b"b"}
        answers["service.test"] = ()  # a resolver that fails for a while changes nothing
        await asyncio.sleep(0.7)
        assert (await upstream.request("GET", "/")).body == b"b"
        assert len(asked) < 20
    finally:
        await client.close()


async def test_a_service_that_has_moved_is_found_at_once(serve: Serve) -> None:
    found = [TcpAddress("127.0.0.1", dead_port())]

    async def resolve(address: Address) -> tuple[Address, ...]:
        return tuple(found)

    client = HttpClient(resolve, resolve_seconds=60)
    upstream = client.upstream("http://service.test:1")
    with pytest.raises(UpstreamUnavailable):
        await upstream.request("GET", "/")
    found[0] = TcpAddress("127.0.0.1", int(serve(naming(b"a")).address.rsplit(":", 1)[1]))
    assert (await upstream.request("GET", "/")).body == b"a"
    await client.close()


async def test_localhost_is_a_name(client: HttpClient, serve: Serve) -> None:
    port = serve(naming(b"a")).address.rsplit(":", 1)[1]
    assert (await client.request("GET", f"http://localhost:{port}/")).body == b"a"


async def test_every_address_is_asked(client: HttpClient, serve: Serve) -> None:
    first, second = serve(naming(b"a")), serve(naming(b"b"))
    nowhere = f"http://127.0.0.1:{dead_port()}"
    upstream = client.upstream(f"{first.address},{nowhere},{second.address}")
    answers: dict[str, Any] = await upstream.request_each("POST", "/", timeout=1)
    assert answers[first.address].body == b"a"
    assert answers[second.address].body == b"b"
    assert isinstance(answers[nowhere], OSError)


async def test_who_only_asks_every_address_follows_a_name_too(serve: Serve) -> None:
    """What a gateway does whose services are looked at and used by one at a time: it keeps the looks' connections."""
    first, second = serve(naming(b"a")), serve(naming(b"b"))
    found = [TcpAddress("127.0.0.1", int(first.address.rsplit(":", 1)[1]))]

    async def resolve(address: Address) -> tuple[Address, ...]:
        return tuple(found)

    client = HttpClient(resolve, resolve_seconds=0.1)
    upstream = client.upstream("http://service.test:1")
    try:
        await upstream.request_each("GET", "/")
        found.append(TcpAddress("127.0.0.1", int(second.address.rsplit(":", 1)[1])))
        await until(lambda: len(upstream.endpoints) == 2)
        assert len(await upstream.request_each("GET", "/")) == 2
    finally:
        await client.close()


async def test_close_ends_the_idle_connections(serve: Serve) -> None:
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(ok())
        if peer.read_to_end() == b"":
            loop.call_soon_threadsafe(closed.set)

    client = HttpClient()
    await client.upstream(serve(script).address).request("GET", "/")
    await client.close()
    await asyncio.wait_for(closed.wait(), 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://127.0.0.1:9001", (TcpAddress("127.0.0.1", 9001),)),
        ("http://s3:9001/", (TcpAddress("s3", 9001),)),
        ("s3:9001", (TcpAddress("s3", 9001),)),
        ("http://s3", (TcpAddress("s3", 80),)),
        ("http://[::1]:9001", (TcpAddress("::1", 9001),)),
        ("unix:/run/s3.sock", (UnixAddress("/run/s3.sock"),)),
        ("unix:///run/s3.sock", (UnixAddress("/run/s3.sock"),)),
        (" http://a:1 , unix:/b,", (TcpAddress("a", 1), UnixAddress("/b"))),
    ],
)
def test_addresses(text: str, expected: tuple[Address, ...]) -> None:
    assert parse_addresses(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", ",", "https://s3:1", "http://", "http://s3:port", "http://s3:1/path", "unix:relative", "http://s3:99999"],
)
def test_unusable_addresses(text: str) -> None:
    with pytest.raises(AddressError):
        parse_addresses(text)


def test_names_and_addresses() -> None:
    assert TcpAddress("s3", 1).is_name
    assert not TcpAddress("10.0.0.1", 1).is_name
    assert not TcpAddress("::1", 1).is_name
    assert TcpAddress("::1", 1).authority == "[::1]:1"
    assert not UnixAddress("/a").is_name


async def test_a_connection_that_has_ended_is_held_by_nothing(serve: Serve) -> None:
    """Not by the error that told of its end, nor by its parser: what it read would wait for the collector."""

    def cut_off(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")

    service = serve(cut_off)
    gc.collect()
    gc.disable()
    try:
        client = HttpClient()
        with pytest.raises(ConnectionLost):
            await client.upstream(service.address).request("POST", "/", (), b"", timeout=30)
        await client.close()
        del client
        for _ in range(3):
            await asyncio.sleep(0)
        assert not [one for one in gc.get_objects() if type(one) is Connection]
    finally:
        gc.enable()
