"""Where the other emulators are, by service.

In: what `RUSTSTACK_FALLBACK_URL` says. Out: addresses as `awskit.http_client` takes them. Raised: `SettingsError`.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from awskit.http_client.addresses import AddressError, TcpAddress, parse_addresses
from awskit.nearest import did_you_mean
from awskit.settings import SettingsError
from awskit.wire.service_names import all_names, signing_names

VARIABLE = "RUSTSTACK_FALLBACK_URL"
EVERYTHING_ELSE = "*"
_MANAGED_BY = {"execute-api": "apigateway"}
"""What has a name of its own in signatures, and is where another service makes it: an API and its stages."""
_THIS_MACHINE = frozenset(("localhost", "localhost.localstack.cloud", "127.0.0.1", "::1", "0.0.0.0", "::"))


@dataclass(frozen=True, slots=True)
class FallbackPlaces:
    """See the module. `written` are the addresses by the names that the setting has, `named` by those in signatures."""

    written: Mapping[str, str]
    named: Mapping[str, str]

    @classmethod
    def of(cls, parts: Iterable[str]) -> FallbackPlaces:
        """Those of the setting's parts, which commas separate. What names no service adds an address to the last."""
        addresses: dict[str, list[str]] = {}
        name = EVERYTHING_ELSE
        for part in parts:
            before, equals, address = part.partition("=")
            if not equals or "/" in before:
                address = part
                if not _is_address(part):
                    raise SettingsError(f"{VARIABLE}: {part!r} has no address: say {part}=http://host:port")
            else:
                name = _service(part, before.strip().lower())
            addresses.setdefault(name, []).append(address.strip())
        written = {name: ",".join(found) for name, found in addresses.items()}
        for text in written.values():
            try:
                parse_addresses(text, tls=True)
            except AddressError as error:
                raise SettingsError(f"{VARIABLE}: {error}") from None
        named = {
            signing_name.lower(): text
            for name, text in written.items()
            if name != EVERYTHING_ELSE
            for signing_name in signing_names(name)
        }
        for name, managed_by in _MANAGED_BY.items():
            if managed_by in named:
                named.setdefault(name, named[managed_by])
        return cls(written, named)

    @property
    def speak_tls(self) -> bool:
        """Whether one of the addresses is `https://`."""
        return any("https://" in text.lower() for text in self.written.values())

    def refuse(self, own: Collection[str]) -> None:
        """Raises `SettingsError` where one of the fleet's own services is given to others."""
        for name in self.named:
            if name in own:
                raise SettingsError(f"{VARIABLE}: {name} is RustStack's own; SERVICES can leave it out")

    def refuse_itself(self, host: str, port: int) -> None:
        """Raises `SettingsError` where an address is the gateway's own, at `host` and `port`: it would ask itself."""
        own = {host.lower(), socket.gethostname().lower(), *_THIS_MACHINE}
        for text in self.written.values():
            for address in parse_addresses(text, tls=True):
                if isinstance(address, TcpAddress) and address.port == port and address.host.lower() in own:
                    raise SettingsError(f"{VARIABLE}: {address} is this gateway itself")

    def address(self, service: str) -> str | None:
        """The addresses of what stands in for the service of that signing name; None where nothing does."""
        return self.named.get(service) or self.written.get(EVERYTHING_ELSE)


def _is_address(text: str) -> bool:
    """Whether it is meant to be one, and no name: it has a scheme or a port."""
    return ":" in text


def _service(part: str, name: str) -> str:
    """`name`, before the `=` of a part. Raises `SettingsError` where AWS has no service that is called so."""
    if not name:
        raise SettingsError(f"{VARIABLE}: {part!r} has no service: say lambda{part}")
    if name != EVERYTHING_ELSE and name not in all_names():
        meant = did_you_mean(name, all_names()) or f"; what is newer than this RustStack, {EVERYTHING_ELSE}=... takes"
        raise SettingsError(f"{VARIABLE}: AWS has no service {name!r}{meant}")
    return name
