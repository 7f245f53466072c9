"""Asks the gateway whether the fleet is well, with a plain socket: the supervisor holds no HTTP client in memory."""

from __future__ import annotations

import socket

_TIMEOUT = 1.0
_REQUEST = b"GET /_ruststack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def is_ready(listening: socket.socket) -> bool:
    """Whether the gateway behind `listening` answers its health with 200."""
    family, address = listening.family, listening.getsockname()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect((host, *address[1:]))
            connection.sendall(_REQUEST)
            status_line = connection.makefile("rb").readline()
    except OSError:
        return False
    return status_line.split(b" ")[1:2] == [b"200"]
