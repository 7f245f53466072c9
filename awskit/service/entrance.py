"""What a service looks at before it does anything: who the client is, and whether a browser's page may ask.

In: a request's head. Out: headers that name the client; what is answered in the place of an operation, None where the
request is let in. It is told from three headers (see `awskit.http.browsers`), so that a request without an `Origin`
under a host that has been seen before costs next to nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Protocol

from awskit.control.routes import json_response
from awskit.errors import AwsError
from awskit.http.browsers import Allowed, Browsers, is_website_host
from awskit.http.proxies import Proxies, plain_address
from awskit.settings import SettingsError
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.protocol import WireProtocol

# Not every path that begins with an underscore: a bucket that the host names may hold `_next/static/app.js`.
_CONTROL_PATHS = ("/_ruststack/", "/_aws/")


class EntranceSettings(Allowed, Protocol):
    """The settings that say who is let in, and who stands in between (see `awskit.settings.EdgeSettings`)."""

    @property
    def trusted_proxies(self) -> tuple[str, ...]: ...


class Entrance:
    """One service's. `decides_origins` is for S3, whose buckets say which pages may ask for what is in them."""

    def __init__(
        self,
        settings: EntranceSettings,
        protocol: Callable[[HttpRequest], WireProtocol],
        log: logging.Logger,
        *,
        decides_origins: bool,
    ) -> None:
        """Raises `SettingsError` where a proxy that is to be trusted is no address."""
        self._browsers = Browsers.of(settings)
        self._known_hosts = self._browsers.known
        try:
            self._proxies = Proxies(settings.trusted_proxies)
        except ValueError as error:
            raise SettingsError(f"RUSTSTACK_TRUSTED_PROXIES: {error}") from error
        self._protocol = protocol
        self._log = log
        self._decides_origins = decides_origins
        self._refused_at = float("-inf")

    def say_who(self, headers: dict[str, str], peer: str) -> None:
        """Let the headers name the client, who has come from `peer`.

        Not for whoever comes by a socket of the fleet's own: the gateway has seen to it.
        """
        peer = plain_address(peer)
        headers["x-forwarded-for"] = self._proxies.client(peer, headers.get("x-forwarded-for"))
        headers["x-forwarded-proto"] = self._proxies.scheme(peer, headers.get("x-forwarded-proto"))

    def is_control(self, request: HttpRequest) -> bool:
        """Whether the request is one of the person who runs the service, not one of AWS's.

        A bucket's website has no such paths: whoever wrote its pages may not ask for them.
        """
        return request.path.startswith(_CONTROL_PATHS) and not is_website_host(request.header("host"))

    def is_usual(self, headers: Mapping[str, str]) -> bool:
        """Whether it is a request that no browser has sent, to a host that has been accepted before."""
        return headers.get("host") in self._known_hosts and "origin" not in headers and "sec-fetch-site" not in headers

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """What a browser is answered that may not ask, or only asks whether it may; None for every other request."""
        headers = request.headers
        host, origin = headers.get("host"), headers.get("origin")
        control = self.is_control(request)
        if self._decides_origins and not control:
            refused = self._browsers.refused_host(host)
        else:
            site = headers.get("sec-fetch-site")
            refused = self._browsers.refusal(host, origin, site, harmless=control and request.method == "GET")
            if refused is None and origin is not None and request.method == "OPTIONS":
                return self._browsers.preflight(headers, request.id)
        return None if refused is None else self._refusal(request, refused, control)

    def _refusal(self, request: HttpRequest, reason: str, control: bool) -> HttpResponse:
        now = monotonic()
        if now - self._refused_at >= 1.0:
            self._refused_at = now
            self._log.warning("request %s %s refused: %s", request.id, request.method, reason)
        if control:
            return json_response({"message": reason}, 403)
        error = AwsError("AccessDenied", reason, 403)
        request.error = (error.code, error.message)
        return self._protocol(request).serialize_error(error, request, None, request.id)

    def tell_page(self, response: HttpResponse, *, of_control: bool) -> None:
        """Let the page that has been let in see the answer; S3 says itself what a page may see of a bucket."""
        if of_control or not self._decides_origins:
            response.headers.extend(self._browsers.answer_headers())
