"""Which certificate a client wants, and handshakes that are never finished."""

from __future__ import annotations

import socket
import ssl
import time

import pytest

from awskit.http.patience import Limits
from awskit.http.tls import is_whole, server_name
from tests.gateway.servers import asgi_server, echo


def hello(name: str | None) -> bytes:
    """What a client sends first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("name", ["localhost", "bucket.s3.localhost.localstack.cloud", None])
def test_the_name_that_is_asked_for_is_read(name: str | None) -> None:
    assert server_name(hello(name)) == name


def test_no_bytes_whatever_raise_anything() -> None:
    whole = hello("localhost")
    for end in range(len(whole)):
        assert server_name(whole[:end]) in (None, "localhost")
        assert not is_whole(whole[:end])
        assert server_name(whole[:end] + b"\xff" * 40) in (None, "localhost")
    assert is_whole(whole)


class NoContexts:
    """Contexts that must not be asked for."""

    def known(self, address: str | None, name: str | None) -> ssl.SSLContext | None:
        raise AssertionError

    def make(self, address: str | None, name: str | None) -> ssl.SSLContext:
        raise AssertionError


class Failing(NoContexts):
    """Contexts that cannot be made."""

    def known(self, address: str | None, name: str | None) -> ssl.SSLContext | None:
        return None

    def make(self, address: str | None, name: str | None) -> ssl.SSLContext:
        raise OSError("no certificates today")


def test_a_handshake_has_the_time_of_a_head() -> None:
    limits = Limits(idle=0.4, head=0.4, stall=0.4, slowest=1000)
    with (
        asgi_server(echo, limits=limits, contexts=NoContexts()) as address,
        socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=60) as connection,
    ):
        started = time.monotonic()
        connection.sendall(hello("localhost")[:20])
        while connection.recv(4096):
            pass
        assert time.monotonic() - started < 60


def test_without_a_certificate_the_connection_ends() -> None:
    with (
        asgi_server(echo, contexts=Failing()) as address,
        socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=60) as connection,
    ):
        connection.sendall(hello("localhost"))
        assert connection.recv(1) == b""


def test_a_server_without_contexts_takes_tls_for_no_http() -> None:
    with (
        asgi_server(echo) as address,
        socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=60) as connection,
    ):
        connection.sendall(hello("localhost"))
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")
