"""Whom the process trusts to vouch for other emulators that speak HTTPS.

In: where they are, and `RUSTSTACK_FALLBACK_CA_BUNDLE`, `RUSTSTACK_FALLBACK_VERIFY`. Out: what `HttpClient(tls=...)`
takes; None where all speak HTTP, for which neither the machine's authorities are read (some MB) nor OpenSSL is started.
Raised: `SettingsError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from awskit.fallback.places import FallbackPlaces
from awskit.settings import EdgeSettings, SettingsError

if TYPE_CHECKING:
    from ssl import SSLContext

_BUNDLE = "RUSTSTACK_FALLBACK_CA_BUNDLE"


def trusted(places: FallbackPlaces, settings: EdgeSettings) -> SSLContext | None:
    """The machine's own authorities and those of the bundle; anybody, where nothing is to be verified."""
    if not places.speak_tls:
        return None
    import ssl

    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if settings.fallback_ca_bundle:
        try:
            context.load_verify_locations(settings.fallback_ca_bundle)
        except OSError as error:  # SSLError is one
            raise SettingsError(f"{_BUNDLE}: {settings.fallback_ca_bundle!r} cannot be used: {error}") from error
    if not settings.fallback_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
