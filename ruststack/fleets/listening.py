"""The gateway's listening sockets, bound by the supervisor and handed down to the gateway.

So a port that is taken is known before anything starts, and while the gateway is started again after a crash, clients'
connections wait in the socket's queue instead of being refused.
"""

from __future__ import annotations

import errno
import socket

_BACKLOG = 2048
_NO_SUCH_ADDRESS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class ListenError(Exception):
    """An address cannot be listened on; the text is one line for the person who asked for it."""


def listen(addresses: list[tuple[str, int]]) -> list[socket.socket]:
    """Sockets for every address, `localhost` being both 127.0.0.1 and ::1 where the machine has them."""
    sockets: list[socket.socket] = []
    try:
        for host, port in addresses:
            sockets += _listen_on(host, port)
    except ListenError:
        for opened in sockets:
            opened.close()
        raise
    return sockets


def reachable_url(listening: socket.socket) -> str:
    """Where a process of this machine reaches the gateway behind `listening`."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _listen_on(host: str, port: int) -> list[socket.socket]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ListenError(f"cannot listen on {host}: {error.strerror}") from error
    sockets: list[socket.socket] = []
    for family, kind, protocol, _, address in dict.fromkeys(found):
        if port == 0 and sockets:  # one free port, on every address
            address = (address[0], sockets[0].getsockname()[1], *address[2:])  # noqa: PLW2901
        opened = socket.socket(family, kind, protocol)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            opened.bind(address)
            opened.listen(_BACKLOG)
        except OSError as error:
            opened.close()
            if error.errno in _NO_SUCH_ADDRESS and len(found) > 1:
                continue
            for other in sockets:
                other.close()
            raise ListenError(_explain(error, host, port)) from error
        opened.setblocking(False)
        sockets.append(opened)
    if not sockets:
        raise ListenError(f"cannot listen on {host}: this machine has no such address")
    return sockets


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what uses it, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} may not be used by this user: choose one above 1023 with --port"
    return f"cannot listen on {host}:{port}: {error.strerror}"
