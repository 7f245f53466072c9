from __future__ import annotations

import socket

import pytest

from ruststack.fleets.listening import ListenError, listen
from tests.processes import free_port


def test_localhost_takes_connections_on_ipv4_and_where_there_is_one_on_ipv6() -> None:
    port = free_port()
    sockets = listen([("localhost", port)])
    try:
        assert {opened.getsockname()[1] for opened in sockets} == {port}
        for opened in sockets:
            with socket.create_connection(opened.getsockname()[:2], timeout=2):
                pass
    finally:
        for opened in sockets:
            opened.close()


def test_a_port_in_use_is_said_to_be_so_and_nothing_stays_open() -> None:
    free = free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 is in use"):
            listen([("127.0.0.1", free), ("127.0.0.1", port)])
    with socket.create_server(("127.0.0.1", free)):
        pass


def test_an_unknown_host_is_said_to_be_so() -> None:
    with pytest.raises(ListenError, match="cannot listen on no-such-host"):
        listen([("no-such-host.invalid", 0)])
