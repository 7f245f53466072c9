"""The hop where one side ends it: clients that leave, services that die or are none, a gateway that stops."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.gateway.servers import (
    Peer,
    Script,
    answering,
    connect,
    ok,
    request,
    running_gateway,
    scripted_service,
)
from tests.waiting import PATIENCE, wait_until

MEGABYTE = 1024 * 1024
GET = b"GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n"


def after_others(script: Script, others: int) -> Script:
    """`script` for a connection that has served so many requests before."""

    def serve(peer: Peer) -> None:
        for _ in range(others):
            peer.read_head()
            peer.send(ok())
        script(peer)

    return serve


@pytest.fixture(params=[0, 1], ids=["on a new connection", "on one that was idle"])
def others(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.mark.parametrize("begun", [False, True])
def test_a_client_that_leaves_ends_the_request_at_the_service(tmp_path: Path, begun: bool, others: int) -> None:
    waiting, ended = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        if begun:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning")
        waiting.set()
        if peer.read_to_end() == b"":
            ended.set()

    with (
        scripted_service(after_others(script, others), uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
    ):
        for _ in range(others):
            request(port, GET)
        with connect(port) as peer:
            peer.send(GET)
            assert waiting.wait(PATIENCE)
        assert ended.wait(PATIENCE)
        assert service.connections == 1


def test_a_client_that_leaves_in_the_middle_of_its_body(tmp_path: Path) -> None:
    got, ended = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.read(100_000)
        got.set()
        with contextlib.suppress(EOFError):
            peer.read(10 * MEGABYTE)
        ended.set()

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
    ):
        with connect(port) as peer:
            peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % MEGABYTE)
            peer.send(bytes(100_000))
            assert got.wait(5)
        assert ended.wait(2)


def test_a_client_that_leaves_while_the_service_does_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    leave, ended = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        assert leave.wait(5)
        with contextlib.suppress(EOFError, ConnectionError):
            peer.read(100 * MEGABYTE)
        ended.set()

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
    ):
        with connect(port) as peer:
            peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (100 * MEGABYTE))
            peer.socket.settimeout(0.3)
            with pytest.raises(TimeoutError):
                peer.send(bytes(99 * MEGABYTE))
        time.sleep(0.1)  # the gateway has seen it and is done with the request before the service reads
        leave.set()
        assert ended.wait(2)
    assert not caplog.records


def test_a_status_that_is_none_is_an_internal_failure(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        for _ in range(2):
            peer.read_head()
            peer.send(b"HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n")

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        for _ in range(2):
            peer.send(GET)
            status, _, body = peer.read_answer()
            assert status == 500
            assert b"<Code>InternalFailure</Code>" in body


def test_a_small_body_that_ends_early_never_reaches_the_service(tmp_path: Path) -> None:
    heads: list[bytes] = []

    def script(peer: Peer) -> None:
        while True:
            heads.append(peer.read_head())
            peer.send(ok())

    with (
        scripted_service(script, uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
    ):
        with connect(port) as peer:
            peer.send(b"POST /short HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345")
        assert request(port, b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n")[0] == 200
        assert [head.split(b" ")[1] for head in heads] == [b"/whole"]


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n",
    ],
)
def test_a_service_that_dies_in_its_answer_ends_the_clients_connection(
    tmp_path: Path, beginning: bytes, others: int
) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(beginning)

    with (
        scripted_service(after_others(script, others), uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        for _ in range(others):
            request(port, GET)
        peer.send(GET)
        assert peer.read_head().startswith(b"HTTP/1.1 200")
        rest = peer.read_to_end()
        assert b"some" in rest
        assert not rest.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "nonsense",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
)
def test_a_service_that_is_not_one_is_a_503(tmp_path: Path, nonsense: bytes) -> None:
    with (
        scripted_service(answering(nonsense), uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
    ):
        assert request(port, GET)[0] == 503


def test_what_follows_an_answer_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    with (
        scripted_service(answering(ok(b"first") + ok(b"smuggled")), uds=tmp_path / "s") as service,
        running_gateway(s3_url=service.address) as port,
        connect(port) as peer,
    ):
        for _ in range(3):
            peer.send(GET)
            assert peer.read_answer()[2] == b"first"
        assert service.connections == 3


def test_a_gateway_that_stops_answers_what_it_cannot_wait_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, others: int
) -> None:
    asked = threading.Event()

    def script(peer: Peer) -> None:
        peer.read_head()
        asked.set()
        peer.read_to_end()  # never answered

    with scripted_service(after_others(script, others), uds=tmp_path / "s") as service, ExitStack() as client:
        with running_gateway(s3_url=service.address, grace=0.2) as port:
            for _ in range(others):
                request(port, GET)
            peer = client.enter_context(connect(port))
            peer.send(GET)
            assert asked.wait(PATIENCE)
        status, _, body = peer.read_answer()
        assert status == 503
        assert b"RustStack is stopping" in body
    assert not [record for record in caplog.records if record.exc_info]


def test_requests_in_flight_end_before_the_gateway_does(tmp_path: Path) -> None:
    go_on = threading.Event()

    def slow(peer: Peer) -> None:
        peer.read_head()
        go_on.wait(5)
        time.sleep(0.1)
        peer.send(ok(b"late"))

    with scripted_service(slow, uds=tmp_path / "s") as service, ExitStack() as client:
        with running_gateway(s3_url=service.address) as port:
            peer = client.enter_context(connect(port))
            peer.send(GET)
            wait_until(lambda: service.connections == 1)
            go_on.set()
        assert peer.read_answer()[2] == b"late"


EARLY = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly",
    b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 5\r\n\r\nearly",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n0\r\n\r\n",
]
FURTHER = [
    b"nonsense\r\n",
    b"-40\r\nabc",
    b"0x5\r\nabcde\r\n",
    b"5\r\nabcde\r\n" * 100,
    b"5\r\nabcde\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"0\r\n\r\nnonsense\r\n\r\n",
    b"0\r\nbroken trailer\r\n\r\n",
]


@pytest.mark.parametrize("uds", [False, True])
@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize("early", EARLY)
def test_an_early_answer_and_whatever_follows_of_the_request_leave_no_trace(
    early: bytes, closes: bool, uds: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(early)
        if not closes:
            peer.read_to_end()

    path = tmp_path / "s" if uds else None
    with scripted_service(script, uds=path) as service, running_gateway(s3_url=service.address) as port:
        for further in FURTHER:
            for head in (b"", b"Connection: close\r\n"):
                with connect(port) as peer, contextlib.suppress(OSError, EOFError):
                    framing = b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
                    peer.send(b"PUT /b/k HTTP/1.1\r\nHost: h\r\n%b%b\r\n2\r\nab\r\n" % (head, framing))
                    assert peer.read_answer()[2] == b"early"
                    for _ in range(3):
                        peer.send(further)
                        time.sleep(0.01)
                    peer.socket.shutdown(socket.SHUT_WR)
                    peer.read_to_end()
        # the gateway goes on
        assert request(port, b"GET /_ruststack/init HTTP/1.1\r\nHost: h\r\n\r\n")[0] in (200, 404)
    assert [record.getMessage() for record in caplog.records if record.exc_info or record.levelname == "ERROR"] == []


def test_a_service_of_the_fleet_that_is_being_started_again_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with ExitStack() as stack:
        port = stack.enter_context(running_gateway(s3_url=f"unix:{path}"))
        client = stack.enter_context(connect(port))
        client.send(b"GET /bucket HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        client.socket.settimeout(5)
        stack.enter_context(scripted_service(answering(ok(b"there again")), uds=path))
        assert client.read_answer()[2] == b"there again"
