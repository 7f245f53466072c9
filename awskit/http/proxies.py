"""From which address, and over which scheme, a request comes, where proxies stand between the client and this process.

In: the address of the connection's other end, and the `X-Forwarded-For` and `X-Forwarded-Proto` of a request. Out: the
client's address and scheme. A client can write those headers itself, so that they are believed only from a proxy that
is trusted; of a list, what the trusted proxies at its end have written. Raised: ValueError, by `Proxies`, for what is
neither an address nor a network.

https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

_LONGEST_ADDRESS = 64
_MOST_PROXIES = 32

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """Those that are trusted: `10.0.0.1`, `172.16.0.0/12`, `fd00::/8`."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._networks = [ipaddress.ip_network(text, strict=False) for text in trusted]

    def trusts(self, address: str) -> bool:
        """Whether the connection's other end is a trusted proxy."""
        if not self._networks:
            return False
        read = _read(address)
        return read is not None and any(read in network for network in self._networks)

    def client(self, peer: str, forwarded_for: str | None) -> str:
        """The client's address: `peer`, or whom the trusted proxies, `peer` the last of them, name as theirs."""
        client = peer
        if forwarded_for is not None and self.trusts(peer):
            for text in reversed(forwarded_for.rsplit(",", _MOST_PROXIES)[-_MOST_PROXIES:]):
                read = _read(text.strip())
                if read is None:
                    break
                client = str(read)
                if not self.trusts(client):
                    break
        return client

    def scheme(self, peer: str, forwarded_proto: str | None) -> str:
        """`https` where a trusted proxy says that the client has come to it so, else `http`."""
        if forwarded_proto is None or not self.trusts(peer):
            return "http"
        return "https" if forwarded_proto.rpartition(",")[2].strip().lower() == "https" else "http"


def plain_address(text: str) -> str:
    """An address of a socket as it is shown: without a zone, an IPv4 address as such."""
    read = _read(text)
    return text if read is None else str(read)


def _read(text: str) -> Address | None:
    return _read_short(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=256)
def _read_short(text: str) -> Address | None:
    # some proxies add a port: 10.0.0.1:80, [fd00::1]:80
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        read = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = read.ipv4_mapped if isinstance(read, ipaddress.IPv6Address) else None
    return mapped if mapped is not None else read
