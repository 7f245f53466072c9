"""The gateway, put together: routing, the hop, STS, the control interface.

`create_app(settings)` handles exchanges, and of ASGI the lifespan. FastAPI serves the control paths alone: one of its
routes costs more than the whole hop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from awskit.clock import Clock
from awskit.http.asgi import AsgiHandler, Receive, Scope, Send
from awskit.http.browsers import Browsers, is_website_host
from awskit.http.exchange import Exchange
from awskit.http.proxies import Proxies
from awskit.http.request_ids import RequestIds
from awskit.http_client import AddressError, ConnectionLost, HttpClient, Upstream, UpstreamUnavailable
from awskit.settings import SettingsError
from awskit.wire.http import ClientDisconnected
from gateway.access import access_of, control_refusal
from gateway.control import page, probes
from gateway.control.console import Console
from gateway.control.fleet import Fleet, is_well
from gateway.errors import (
    Answer,
    GatewayError,
    answer,
    broken_off,
    failed,
    fallback_unavailable,
    not_enabled,
    not_here,
    protocol_of,
    refused,
    render,
    stopping,
    unavailable,
)
from gateway.metrics import GatewayMetrics
from gateway.proxy.fallback import Fallback
from gateway.proxy.forwarding import Forwarding
from gateway.proxy.hop import AnswerBrokenOff, forward, passed_head, passes_as_it_is
from gateway.proxy.preflights import is_preflight, service_of_preflight
from gateway.proxy.request import SMALL_BODY, Request
from gateway.proxy.whole_hop import CLIENT_CLOSED, WholeHop
from gateway.routing.hosts import DOMAINS, service_of_host
from gateway.routing.service_routing import PREFLIGHT, service_of, service_of_form
from gateway.settings import SERVICES, GatewaySettings
from gateway.tls.authority import Authority

if TYPE_CHECKING:
    from awskit.access.control_guard import ControlGuard
    from gateway.local_services import LocalServices

_LOCAL = frozenset({"sts", "iam", "kms"})
_READY_POLL_SECONDS = 0.25
_PAGES = (b"/", b"/_ruststack", page.PAGE_PATH)
_AUTHORITY_PATH = b"/_ruststack/ca.pem"
_PUBLIC_PATHS = frozenset({_AUTHORITY_PATH.decode()})  # asked for before HTTPS can be spoken
_RESTART_SECONDS = 5.0
_LARGEST_LOCAL = 512 * 1024  # bytes: a SAML assertion has 100,000 characters, of which a form makes three each

_log = logging.getLogger("ruststack.gateway")


class Gateway:
    """What answers every request that comes to the endpoint."""

    def __init__(self, settings: GatewaySettings, on_ready: Callable[[], None] | None = None) -> None:
        """Raises `SettingsError` where an address, a service's name or a proxy's cannot be used."""
        self._on_ready = on_ready
        self._enabled = settings.enabled
        host = settings.localstack_host.partition(":")[0].lower()
        self._domains = DOMAINS if not host or host in DOMAINS else (host, *DOMAINS)
        self._browsers = Browsers.of(settings)
        folder = Path(settings.tls_dir).absolute() if settings.tls_dir else None
        self._key_folder = folder
        self.authority = Authority(folder, self._browsers.accepts_host)
        self._clock = Clock()
        self._access = access_of(settings)
        self._control_guard: ControlGuard | None = None
        sign: Callable[[str, str, str, bytes], dict[str, str]] | None = None
        if self._access is not None:
            from awskit.access.control_guard import ControlGuard
            from awskit.access.fleet_calls import FleetCalls

            self._control_guard = ControlGuard("gateway", self._access, self._clock, _PUBLIC_PATHS)
            sign = FleetCalls(self._access, self._clock).control
        self._client = HttpClient(sign=sign)
        try:
            self._upstreams = {name: self._upstream(settings.url(name)) for name in self._enabled}
        except AddressError as error:
            raise SettingsError(str(error)) from error
        self._fallback = Fallback(settings, self._clock, self._access)
        try:
            self._forwarding = Forwarding(Proxies(settings.trusted_proxies))
        except ValueError as error:
            raise SettingsError(f"RUSTSTACK_TRUSTED_PROXIES: {error}") from error
        self._console = Console.of(settings, self._client)
        self._metrics = GatewayMetrics()
        self._ids = RequestIds()
        self._warned: dict[str, float] = {}
        self._local: LocalServices | None = None
        self._fleet = Fleet(self._upstreams, self._clock, Path(settings.init_done) if settings.init_done else None)
        self._probes = probes.Probes(self._fleet, self._fallback, self._metrics, settings.init_state)
        self._init_state = settings.init_state
        self._control: asyncio.Future[AsgiHandler] | None = None
        self._stopping = asyncio.Event()

    def stopping(self) -> None:
        """The server has been told to stop."""
        self._stopping.set()

    def _upstream(self, url: str) -> Upstream:
        """A service on a unix socket is a process of this fleet, which is started again when it dies."""
        return self._client.upstream(url, restart_seconds=_RESTART_SECONDS if url.startswith("unix:") else 0.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's lifespan."""
        announcing: asyncio.Task[None] | None = None
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
            if self._on_ready is not None:
                announcing = asyncio.get_running_loop().create_task(self._announce(self._on_ready))
        if announcing is not None:
            announcing.cancel()
        await self._client.close()
        await self._fallback.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _announce(self, on_ready: Callable[[], None]) -> None:
        while not is_well(await self._fleet.health()):  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(_READY_POLL_SECONDS)
        on_ready()

    def handle(self, exchange: Exchange) -> Coroutine[Any, Any, None] | None:
        """What answers the exchange; None where that has begun without."""
        request = Request(exchange, self._ids.new(), self._forwarding.lines(exchange))
        if self._is_control(request):
            return self._handle_control(request)
        return None if exchange.whole is not None and self._has_begun(request) else self._handle(request)

    def _has_begun(self, request: Request) -> bool:
        """Pass the request on, where it has come whole and may go at once; whether that was so."""
        if request.method == "OPTIONS" and self._fallback.is_there:
            return False
        service = service_of(request.method, request.path, request.query, request.headers, self._domains)
        upstream = None if service is None else self._upstreams.get(service)
        if service is None or upstream is None or not passes_as_it_is(request):
            return False
        connection = upstream.idle()
        if connection is None:
            return False
        WholeHop(request, service, connection, self._metrics, self._handle).begin()
        return True

    def _is_control(self, request: Request) -> bool:
        path = request.path
        if path.startswith(b"/_"):
            # a bucket's website has no such paths, and its pages may not ask for them
            return path.startswith((b"/_ruststack", b"/_localstack/")) and not _is_for_website(request)
        if path == b"/":
            return request.method == "GET" and page.wants_page(request, self._domains)
        # a bucket may be called metrics, too: Prometheus neither signs nor asks for anything more
        if path != b"/metrics" or request.query or b"authorization" in request.headers:
            return False
        host = request.headers.get(b"host", b"").decode("latin-1")
        return service_of_host(host, self._domains) in (None, "s3")  # an API and a function may have one of their own

    async def _handle_control(self, request: Request) -> None:
        stranger = self._refusal(request, harmless=request.method in ("GET", "HEAD"))
        if stranger is not None:
            self._warn("control", request, stranger)
            self._answer(probes.json_answer({"message": stranger}, 403), request)
            return
        if request.method == "OPTIONS" and b"origin" in request.headers:
            self._answer(self._preflight(request), request)
            return
        if self._console is not None and (request.path in _PAGES or self._console.serves(request.path)):
            answered = await self._console.pass_on(request)
            if answered is not None:
                self._answer(answered, request)
            return
        if self._control_guard is not None:
            unsigned = await control_refusal(self._control_guard, request)
            if unsigned is not None:
                self._answer(probes.json_answer({"message": unsigned}, 403), request)
                return
        asks_time = request.path == probes.CLOCK_PATH and request.method == "GET" and not request.query
        if request.path in probes.PATHS or asks_time:
            self._answer(await self._probes.answer(request.path, request.method), request)
            return
        if request.path in _PAGES and request.method in ("GET", "HEAD"):
            self._answer(await self._page(request), request)
            return
        if request.path == _AUTHORITY_PATH:
            pem = await asyncio.to_thread(self.authority.certificate)
            self._answer(answer(200, b"application/x-pem-file", pem, request.id), request)
            return
        if self._control is None:
            # in a thread, since importing FastAPI would hold up every other request for a third of a second
            self._control = asyncio.ensure_future(asyncio.to_thread(self._create_control))
        control = await asyncio.shield(self._control)
        await control(request.exchange)

    async def _page(self, request: Request) -> Answer:
        if request.path != page.PAGE_PATH:
            return page.redirection(page.PAGE_PATH)
        health = {**await self._fleet.health(), **await self._fallback.shown_health()}
        return page.page(health, request.headers, secure=request.exchange.secure)

    def _create_control(self) -> AsgiHandler:
        from gateway.control.routes import create_control

        return AsgiHandler(create_control(self._fleet, self._fallback, self._init_state, self._stopping))

    async def _handle(self, request: Request, begun: WholeHop | None = None) -> None:
        started = perf_counter() if begun is None else begun.started
        exchange = request.exchange
        service, status = "unknown", CLIENT_CLOSED
        told = False  # whether the service's own log has it
        standby: Upstream | None = None
        gone: GatewayError | None = None
        task = exchange.task
        assert task is not None
        exchange.on_lost = task.cancel
        try:
            service = service_of(request.method, request.path, request.query, request.headers, self._domains) or (
                await self._service_of_form(request)
            )
            if service == "s3" and self._fallback.is_there and is_preflight(request):
                s3 = self._upstreams.get(service)
                service = await service_of_preflight(request, self._fallback, s3, self._domains)
            upstream = self._upstreams.get(service)
            if upstream is not None:
                status = await forward(request, upstream, begun=None if begun is None else begun.connection)
                told = True
            elif (standby := self._fallback.upstream_for(service)) is not None:
                status = await self._pass_on(service, request, standby)
            else:
                status = self._answer(await self._without_upstream(service, request), request)
        except UpstreamUnavailable as error:
            self._warn(service, request, error)
            gone = unavailable(service) if standby is None else fallback_unavailable(service)
            status = self._answer(self._rendered(gone, service, request), request)
        except ConnectionLost as error:
            self._warn(service, request, error)
            gone = broken_off(service) if standby is None else fallback_unavailable(service)
            status = self._answer(self._rendered(gone, service, request), request)
        except ClientDisconnected:
            pass
        except AnswerBrokenOff as error:
            self._warn(service, request, error)
            exchange.break_off()
            status = 502
        except asyncio.CancelledError:
            # either the client has left, or the server stops and does not wait any longer
            task.uncancel()
            if not exchange.client_gone and not exchange.started:
                status = self._answer(self._rendered(stopping(), service, request), request)
        except Exception:
            _log.exception("%s %s failed", request.id, service)
            status = 500
            if exchange.started:
                exchange.break_off()
            else:
                self._answer(self._rendered(failed(), service, request), request)
        seconds = perf_counter() - started
        if standby is None:
            self._metrics.observe(service if service in SERVICES or service in _LOCAL else "other", status, seconds)
        else:
            self._metrics.observe("fallback", status, seconds)
            self._fallback.passed.note(service, request, status, seconds, "" if gone is None else gone.message)
        if not told and _log.isEnabledFor(logging.DEBUG):
            path = request.path.decode("latin-1")
            _log.debug("%s %s %s %s -> %d in %.1f ms", request.id, service, request.method, path, status, seconds * 1e3)

    async def _pass_on(self, service: str, request: Request, standby: Upstream) -> int:
        """To an emulator that is none of the fleet's, which knows nothing of pages that may not ask, nor of keys."""
        stranger = self._refusal(request)
        if stranger is not None:
            self._warn(service, request, stranger)
            return self._answer(self._rendered(refused(stranger), service, request), request)
        unsigned = await self._fallback.refusal(service, request)
        if unsigned is not None and is_preflight(request):
            return self._answer(self._preflight(request), request)  # browsers do not sign it, but what follows
        if unsigned is not None:
            return self._answer(self._rendered(unsigned, service, request), request)
        return await forward(request, standby, passed_head(request))

    async def _service_of_form(self, request: Request) -> str:
        beginning = await request.read_up_to(SMALL_BODY)
        request.exchange.put_back(beginning)
        return service_of_form(beginning)

    async def _without_upstream(self, service: str, request: Request) -> Answer:
        stranger = self._refusal(request) if service != "s3" else None
        if stranger is not None:
            self._warn(service, request, stranger)
            return self._rendered(refused(stranger), service, request)
        if service == PREFLIGHT:
            return self._preflight(request)
        if service in _LOCAL:
            body = await request.read_up_to(_LARGEST_LOCAL)
            if request.exchange.exhausted and len(body) <= _LARGEST_LOCAL:
                return await self._local_services().answer(service, request, body)
            error = GatewayError(413, "RequestEntityTooLarge", "The request body is too large.")
        elif service in SERVICES:
            error = not_enabled(service, self._enabled)
        else:
            error = not_here(service)
        return self._rendered(error, service, request)

    def _refusal(self, request: Request, *, harmless: bool = False) -> str | None:
        """Why a browser's request for something of the gateway's own is not carried out. Services see to theirs."""
        found = map(request.headers.get, (b"host", b"origin", b"sec-fetch-site"))
        host, origin, site = (None if value is None else value.decode("latin-1") for value in found)
        return self._browsers.refusal(host, origin, site, harmless=harmless)

    def _preflight(self, request: Request) -> Answer:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()}
        answered = answer(200, b"text/plain", b"", request.id)
        said = self._browsers.preflight(headers, request.id).headers
        answered.headers[:1] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said]
        return answered

    def _warn(self, service: str, request: Request, error: OSError | str) -> None:
        """Log it, once a second at most for one service: every request to a service that is down ends here."""
        now = perf_counter()
        if now - self._warned.get(service, -1.0) >= 1.0:
            self._warned[service] = now
            _log.warning("%s %s: %s", request.id, service, error)

    def _local_services(self) -> LocalServices:
        if self._local is None:
            from gateway.local_services import LocalServices

            self._local = LocalServices(self._clock, self._access, self._key_folder)
        return self._local

    def _rendered(self, error: GatewayError, service: str, request: Request) -> Answer:
        protocol = protocol_of(service, request.headers, request.query)
        return render(error, protocol, service, request.id, request.headers)

    def _answer(self, answer: Answer, request: Request) -> int:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
        if b"origin" in request.headers and request.method != "OPTIONS" and self._refusal(request) is None:
            headers.extend(self._browsers.answer_headers())
        headers.append(("Date", formatdate(usegmt=True)))
        request.exchange.answer(answer.status, headers, answer.body)
        return answer.status


def create_app(settings: GatewaySettings, on_ready: Callable[[], None] | None = None) -> Gateway:
    """The gateway's application. `on_ready` is called once every service answers. Raises `SettingsError`."""
    return Gateway(settings, on_ready)


def _is_for_website(request: Request) -> bool:
    return is_website_host(request.headers.get(b"host", b"").decode("latin-1"))
