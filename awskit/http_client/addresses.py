"""Where a service is: `http://host:port` and `unix:/path/to.sock`, several of them separated by commas.

`https://host:port` too, where the one who asks knows whom to trust: an emulator of somebody else's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORMS = "expected http://host:port or unix:/path/to.sock"


class AddressError(ValueError):
    """An address that cannot be read; the text is one line for the person who set it."""


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """`host` is an IP address, except in an address that is still to be resolved."""

    host: str
    port: int
    tls_name: str = ""
    """The name that its certificate is to have; "" where it speaks HTTP."""

    @property
    def authority(self) -> str:
        """What a `Host` header says for this address.

        A name with a dot stays here: a service takes such a name for one of its own only where it is told to (see
        `awskit.http.browsers`), and the addresses that others have for it may hold any. Who speaks HTTPS is no
        service of ours.
        """
        if self.tls_name:
            name = f"[{self.tls_name}]" if ":" in self.tls_name else self.tls_name
            return name if self.port == _DEFAULT_PORTS["https"] else f"{name}:{self.port}"
        return f"localhost:{self.port}" if "." in self.host and self.is_name else self._text

    @property
    def _text(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{'https' if self.tls_name else 'http'}://{self._text}"

    @property
    def is_name(self) -> bool:
        """Whether it is a host name, to be looked up."""
        return not any(map(self._is_ip, (socket.AF_INET, socket.AF_INET6)))

    def _is_ip(self, family: int) -> bool:
        try:
            socket.inet_pton(family, self.host)
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class UnixAddress:
    path: str

    @property
    def authority(self) -> str:
        return "localhost"

    def __str__(self) -> str:
        return f"unix:{self.path}"

    @property
    def is_name(self) -> bool:
        return False


Address = TcpAddress | UnixAddress
Resolve = Callable[[Address], Awaitable[tuple[Address, ...]]]


def parse_addresses(text: str, *, tls: bool = False) -> tuple[Address, ...]:
    """The addresses that `text` lists, with `tls` also those that speak HTTPS.

    Raises `AddressError` where one cannot be read or there is none.
    """
    addresses = tuple(_parse(part.strip(), tls) for part in text.split(",") if part.strip())
    if not addresses:
        raise AddressError(f"no address given: {_FORMS}")
    return addresses


def _parse(text: str, tls: bool) -> Address:
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path.startswith("/"):
            raise AddressError(f"{text!r}: a unix socket's path must be absolute")
        return UnixAddress("/" + path.lstrip("/"))
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressError(f"{text!r}: {error}") from None
    secure = tls and parts.scheme == "https"
    if parts.username is not None:
        raise AddressError(f"{host}: an address has no user and no password: requests pass with their own signatures")
    if not (secure or parts.scheme == "http") or not host or parts.path.strip("/") or parts.query:
        raise AddressError(f"{text!r} is not an address: {_FORMS}")
    return TcpAddress(host, _DEFAULT_PORTS[parts.scheme] if port is None else port, host if secure else "")


async def resolve(address: Address) -> tuple[Address, ...]:
    """Every address that a host name has now, in the resolver's order; none where it has none or cannot be asked."""
    if not isinstance(address, TcpAddress) or not address.is_name:
        return (address,)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # the second: no host can be called so
        return ()
    # a dict keeps the order and drops what the resolver names twice
    return tuple(dict.fromkeys(TcpAddress(str(entry[4][0]), address.port, address.tls_name) for entry in found))
