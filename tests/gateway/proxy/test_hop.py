"""The hop, byte by byte: a raw client, the gateway, a service that is scripted or echoes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.servers import (
    Peer,
    answering,
    asgi_server,
    connect,
    echo,
    ok,
    request,
    running_gateway,
    scripted_service,
)
from tests.waiting import wait_until

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def echo_port() -> Iterator[int]:
    """A gateway before a service that echoes."""
    with asgi_server(echo) as address, running_gateway(s3_url=address) as port:
        yield port


def echoed(answer: tuple[int, dict[str, str], bytes]) -> tuple[list[bytes], bytes]:
    status, _, body = answer
    assert status == 200
    head, _, rest = body.partition(b"\n\n")
    return head.split(b"\n"), rest


def test_the_head_goes_on_as_it_came(echo_port: int) -> None:
    lines, body = echoed(
        request(
            echo_port,
            b"GET /Bucket/a%2Fb/../c//d%20+%C3%A4?x=%2f&y&list-type=2 HTTP/1.1\r\nHost: bucket.localhost:4566\r\n"
            b"X-Twice: 1\r\nX-Twice: 2\r\nx-amz-meta-note: caf\xe9\r\nUser-Agent: test\r\n\r\n",
        )
    )
    assert lines[:3] == [b"GET", b"/Bucket/a%2Fb/../c//d%20+%C3%A4", b"?x=%2f&y&list-type=2"]
    assert lines[3:-1] == [
        b"host: bucket.localhost:4566",
        b"x-twice: 1",
        b"x-twice: 2",
        b"x-amz-meta-note: caf\xe9",
        b"user-agent: test",
        b"x-forwarded-for: 127.0.0.1",
    ]
    assert lines[-1].startswith(b"x-ruststack-request-id: ")
    assert len(lines[-1].partition(b": ")[2]) == 36
    assert body == b""


def test_hop_by_hop_headers_stay_behind(echo_port: int) -> None:
    lines, _ = echoed(
        request(
            echo_port,
            b"GET /b HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: 5\r\n"
            b"TE: trailers\r\nUpgrade: h2c\r\nX-Ruststack-Request-Id: forged\r\nX-Kept: 1\r\n\r\n",
        )
    )
    names = [line.partition(b": ")[0] for line in lines[3:]]
    assert names == [b"host", b"x-kept", b"x-forwarded-for", b"x-ruststack-request-id"]
    assert b"forged" not in lines[-1]


def test_every_request_has_an_id_of_its_own(echo_port: int) -> None:
    ids = {echoed(request(echo_port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"))[0][-1] for _ in range(20)}
    assert len(ids) == 20


def test_repeated_answer_headers_are_kept(echo_port: int) -> None:
    with connect(echo_port) as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        head = peer.read_head()
    assert head.count(b"x-part: ") == 2
    assert head.count(b"Date: ") == 1


@pytest.mark.parametrize("size", [0, 1, 1000, 65_536, 65_537, 300_000, 5 * MEGABYTE])
def test_a_body_with_its_length(echo_port: int, size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    head = b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size
    lines, body = echoed(request(echo_port, head + data))
    assert body == data
    assert b"content-length: %d" % size in lines
    assert not any(line.startswith(b"transfer-encoding") for line in lines)


@pytest.mark.parametrize("sizes", [[], [1], [100, 200], [70_000], [10, 200_000, 1, 65_536, 3]])
def test_a_chunked_body(echo_port: int, sizes: list[int]) -> None:
    parts = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    head = b"PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    lines, body = echoed(request(echo_port, head + chunks + b"0\r\n\r\n"))
    assert body == b"".join(parts)
    assert b"transfer-encoding: chunked" in lines
    assert not any(line.startswith(b"content-length") for line in lines)


def test_a_slow_body(echo_port: int) -> None:
    with connect(echo_port) as peer:
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n")
        for number in range(10):
            time.sleep(0.005)
            peer.send(b"%d" % number)
        _, body = echoed(peer.read_answer())
    assert body == b"0123456789"


def test_requests_follow_each_other_on_one_connection(echo_port: int) -> None:
    with connect(echo_port) as peer:
        for number in range(50):
            peer.send(b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n%02d" % number)
            assert echoed(peer.read_answer())[1] == b"%02d" % number


def test_pipelined_requests_are_answered_in_order(echo_port: int) -> None:
    with connect(echo_port) as peer:
        peer.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(20)))
        for number in range(20):
            assert echoed(peer.read_answer())[0][1] == b"/%d" % number


def test_http_1_0(echo_port: int) -> None:
    with connect(echo_port) as peer:
        peer.send(b"GET /b HTTP/1.0\r\n\r\n")
        assert echoed(peer.read_answer())[0][1] == b"/b"
        assert peer.read_to_end() == b""


def test_connections_to_the_service_are_used_again(tmp_path: Path) -> None:
    def answer_all(peer: Peer) -> None:
        while True:
            peer.read_head()
            peer.send(ok())

    with (
        scripted_service(answer_all, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
    ):
        for _ in range(10):
            assert request(port, b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")[2] == b"ok"
        assert service.connections == 1


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 1000\r\n\r\n", 304, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200, b"abcde"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n1\r\na\r\n0\r\nx: y\r\n\r\n", 200, b"a"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 200, b"a"),
        (b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 200, b"a"),
        (b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n", 418, b""),
        (b"HTTP/1.1 301\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 301, b""),
    ],
)
def test_answers_of_every_framing(tmp_path: Path, answer: bytes, status: int, body: bytes) -> None:
    with (
        scripted_service(answering(answer), uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        for _ in range(3):
            peer.send(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
            found = peer.read_answer(headless=status in (204, 304))
            assert (found[0], found[2]) == (status, body)
        assert service.connections == 1


def test_an_answer_that_ends_with_its_connection(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nuntil ")
        peer.send(b"the end")

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        for number in range(2):
            peer.send(b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
            assert peer.read_answer()[2] == b"until the end"
            assert service.connections == number + 1


def test_head_has_the_length_and_no_body(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\nETag: x\r\n\r\n"
    with (
        scripted_service(answering(head), uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        for _ in range(3):
            peer.send(b"HEAD /b/k HTTP/1.1\r\nHost: h\r\n\r\n")
            status, headers, _ = peer.read_answer(headless=True)
            assert (status, headers["content-length"]) == (200, "16777216")
        assert service.connections == 1


def test_a_large_answer_arrives_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 65_536
    answer = ok(data)

    def script(peer: Peer) -> None:
        while True:
            peer.read_head()
            peer.send(answer)

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        for _ in range(2):
            peer.send(b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n")
            assert peer.read_answer()[2] == data
        assert service.connections == 1


def test_an_answer_is_passed_on_as_it_comes(tmp_path: Path) -> None:
    first, second = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        first.wait(5)
        peer.send(b"5\r\nfirst\r\n")
        second.wait(5)
        peer.send(b"6\r\nsecond\r\n0\r\n\r\n")

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        peer.send(b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in peer.read_head()
        first.set()
        assert peer.read_line() == b"5\r\n"
        assert peer.read(7) == b"first\r\n"
        second.set()
        assert peer.read_chunked() == b"second"


class Counter:
    """How many bytes a side got rid of."""

    value = 0


def send_until_stuck(peer: Peer, counter: Counter, stop: threading.Event) -> None:
    peer.socket.settimeout(0.1)
    block = bytes(65_536)
    while not stop.is_set():
        try:
            counter.value += peer.socket.send(block)
        except TimeoutError:
            continue
        except OSError:
            return


def is_stuck(counter: Counter) -> bool:
    before = counter.value
    time.sleep(0.15)
    return counter.value == before and before > 0


def test_a_service_is_read_no_faster_than_the_client_takes(tmp_path: Path) -> None:
    sent, stop = Counter(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        send_until_stuck(peer, sent, stop)

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        socket.socket() as client,
    ):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until(lambda: is_stuck(sent))
        assert sent.value < 16 * MEGABYTE
        stop.set()


@pytest.mark.parametrize("framing", [b"Content-Length: 1000000000", b"Transfer-Encoding: chunked"])
def test_a_client_is_read_no_faster_than_the_service_takes(tmp_path: Path, framing: bytes) -> None:
    stop = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        stop.wait(20)

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\n%b\r\n\r\n" % framing)
        if b"chunked" in framing:
            peer.send(b"3b9aca00\r\n")
        sent = Counter()
        thread = threading.Thread(target=send_until_stuck, args=(peer, sent, stop))
        thread.start()
        wait_until(lambda: is_stuck(sent))
        assert sent.value < 16 * MEGABYTE
        stop.set()
        thread.join()


def test_continue_is_asked_of_the_service(tmp_path: Path) -> None:
    asked = threading.Event()
    go_on = threading.Event()

    def script(peer: Peer) -> None:
        assert b"expect: 100-continue" in peer.read_head()
        asked.set()
        go_on.wait(5)
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.send(ok(b"%d" % len(peer.read(200_000))))

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n")
        assert asked.wait(5)
        peer.socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            peer.socket.recv(1)
        peer.socket.settimeout(5)
        go_on.set()
        assert peer.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.send(bytes(200_000))
        assert peer.read_answer()[2] == b"200000"


@pytest.mark.parametrize("size", [5, 200_000])
def test_a_service_that_refuses_before_the_body_is_sent(tmp_path: Path, size: int) -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.read_head()
            peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % size)
        status, headers, body = peer.read_answer()
        assert (status, body) == (403, b"no")
        assert headers["connection"] == "close"
        assert peer.read_to_end() == b""


@pytest.mark.parametrize("size", [5, 200_000])
def test_a_service_that_says_nothing_to_expect_gets_the_body(tmp_path: Path, size: int) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(ok(b"%d" % len(peer.read(size))))

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % size)
        assert peer.read_head().startswith(b"HTTP/1.1 100")
        peer.send(bytes(size))
        assert peer.read_answer()[2] == b"%d" % size


def test_an_answer_before_the_body_has_been_read(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.read(100_000)
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nearly")
        peer.read_to_end()

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (5 * MEGABYTE))
        peer.send(bytes(200_000))
        status, _, body = peer.read_answer()
        assert (status, body) == (400, b"early")
        # the rest is taken, and the connection goes on
        peer.send(bytes(5 * MEGABYTE - 200_000))
        peer.send(b"GET /second HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until(lambda: service.connections == 2)
