"""Where messages may be posted to: everywhere, unless `RUSTSTACK_SNS_HTTP_TARGETS` names hosts and networks.

A name is let in as it is written (`*.test` for all below), or by its addresses, of which every one has to be in a
network that is let in. The addresses are looked up for each delivery.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from awskit.settings import SettingsError

Network = IPv4Network | IPv6Network


class HttpTargets:
    """Raises `SettingsError` for what is neither a host name nor a network."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._names: set[str] = set()
        self._networks: list[Network] = []
        for each in allowed:
            try:
                self._networks.append(ip_network(each))
            except ValueError:
                if "/" in each or ":" in each:
                    raise SettingsError(f"RUSTSTACK_SNS_HTTP_TARGETS: {each!r} is no host and no network") from None
                self._names.add(each.lower())

    async def allows(self, url: str) -> bool:
        """Whether a message may be posted to `url`; False, too, for a name that nobody knows."""
        if not self._names and not self._networks:
            return True
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        if host in self._names or any(name[:2] == "*." and host.endswith(name[1:]) for name in self._names):
            return True
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, parts.port or 0, type=socket.SOCK_STREAM)
        except (OSError, ValueError):  # no such name, or none at all; a port that is none
            return False
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        return bool(addresses) and all(any(address in network for network in self._networks) for address in addresses)
