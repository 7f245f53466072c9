"""The header lines by which a service learns who the client is: the gateway's word, in the place of the client's.

In: an exchange. Out: lines of a request's head; None where the client has come by a socket that has no addresses.
"""

from __future__ import annotations

from awskit.http.exchange import Exchange
from awskit.http.proxies import Proxies, plain_address

_KNOWN_PEERS = 1024


class Forwarding:
    """See the module. `proxies` are those whose own lines are believed."""

    def __init__(self, proxies: Proxies) -> None:
        self._proxies = proxies
        self._known: dict[str, bytes] = {}
        self._known_by_tls: dict[str, bytes] = {}

    def lines(self, exchange: Exchange) -> bytes | None:
        peer = exchange.peer_address
        if peer is None:
            return None
        known = (self._known_by_tls if exchange.secure else self._known).get(peer)
        return known if known is not None else self._new_lines(peer, exchange)

    def _new_lines(self, peer: str, exchange: Exchange) -> bytes:
        address = plain_address(peer)
        if self._proxies.trusts(address):
            client = self._proxies.client(address, _joined(exchange, b"x-forwarded-for"))
            said = _joined(exchange, b"x-forwarded-proto")
            secure = exchange.secure if said is None else self._proxies.scheme(address, said) == "https"
            return _lines(client, secure)
        lines = _lines(address, exchange.secure)
        known = self._known_by_tls if exchange.secure else self._known
        if len(known) < _KNOWN_PEERS:
            known[peer] = lines
        return lines


def _joined(exchange: Exchange, name: bytes) -> str | None:
    values = [value for found, value in exchange.headers if found == name]
    return b",".join(values).decode("latin-1") if values else None


def _lines(client: str, secure: bool) -> bytes:
    lines = b"x-forwarded-for: %b" % client.encode()
    return lines + b"\r\nx-forwarded-proto: https" if secure else lines
