"""Where the other emulators are, by service.

In: what `RUSTSTACK_FALLBACK_URL` says. Out: addresses as `awskit.http_client` takes them. Raised: `SettingsError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from awskit.http_client.addresses import AddressError, parse_addresses
from awskit.settings import SettingsError
from awskit.wire.service_names import signing_names

VARIABLE = "RUSTSTACK_FALLBACK_URL"
EVERYTHING_ELSE = "*"


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
            else:
                name = before.strip().lower()
            if not name:
                raise SettingsError(f"{VARIABLE}: {part!r} has no service: say lambda{part}")
            addresses.setdefault(name, []).append(address.strip())
        written = {name: ",".join(found) for name, found in addresses.items()}
        for text in written.values():
            try:
                parse_addresses(text)
            except AddressError as error:
                raise SettingsError(f"{VARIABLE}: {error}") from None
        named = {
            signing_name.lower(): text
            for name, text in written.items()
            if name != EVERYTHING_ELSE
            for signing_name in signing_names(name)
        }
        return cls(written, named)

    def address(self, service: str) -> str | None:
        """The addresses of what stands in for the service of that signing name; None where nothing does."""
        return self.named.get(service) or self.written.get(EVERYTHING_ELSE)
