"""A request for a page: whose account and region, who asks for it, what it can ask the fleet, how it is answered.

A page is a function of a `PageOf`, on a route below `/_ruststack/console/{account}/{region}`:

    router = page_router()

    @router.get("/sqs/queues")
    async def queues(page: PageOf) -> Response:
        return page.render("sqs/queues.html", title="Queues", queues=await list_queues(page.aws))

What its address has is in `page.query` and `page.path`, and declared by a `Depends` where it has to be checked: for
each other parameter that is declared FastAPI keeps a validator of pydantic's, some 10 KB. A post has passed the check
of its token before the function is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.frame.addresses import BASE, SCOPE_COOKIE, Scope, Value, with_query
from console.frame.errors import Forged, LoginNeeded, NoSuchPage, OtherAccount, ReadOnly, TooLarge
from console.frame.flashes import FLASH_COOKIE, Flash, Kind, packed, unpacked
from console.frame.fleet_state import FleetState
from console.frame.links import page_of, page_of_resource
from console.frame.sessions import SESSION_COOKIE, Session
from console.frame.tokens import TOKEN_COOKIE, TOKEN_FIELD, TOKEN_HEADER, is_genuine, token_of
from console.interfaces.aws_client import AwsClient
from console.interfaces.credentials import credentials_of_account
from console.interfaces.fleet import FleetClient

if TYPE_CHECKING:
    from console.frame.parts import Parts

_YEAR = 365 * 86_400
_MOST_OF_A_FORM = 8 * 1024 * 1024
_MOST_OF_A_FIELD = 4 * 1024 * 1024

Crumb = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of the visitor beside the address."""

    state: FleetState
    session: Session | None
    token: str
    token_is_new: bool


class Page:
    """See the module. Made by `page_of_request`."""

    def __init__(self, request: Request, parts: Parts, scope: Scope, visit: Visit) -> None:
        self.request = request
        self.parts = parts
        self.scope = scope
        self.state = visit.state
        self.session = visit.session
        self.token = visit.token
        self._token_is_new = visit.token_is_new
        self._flashes: list[Flash] = []

    # What a page can ask

    @cached_property
    def aws(self) -> AwsClient:
        """AWS's operations, as the page's account in its region."""
        credentials = self.session.credentials if self.session else credentials_of_account(self.scope.account)
        looks = self.request.method in ("GET", "HEAD")
        return AwsClient(self.parts.gateway, credentials, self.scope.region, looks=looks)

    @cached_property
    def fleet(self) -> FleetClient:
        """The fleet's control paths."""
        return FleetClient(self.parts.gateway, self.session.credentials if self.session else None)

    @property
    def now(self) -> float:
        """The fleet's time, in epoch seconds."""
        return self.state.now

    @property
    def readonly(self) -> bool:
        """Whether nothing may be changed: then a page shows no form that would."""
        return self.parts.settings.is_readonly

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def path(self) -> Mapping[str, str]:
        """What the address names in its path, which no check has been made of (`console.frame.segments`)."""
        return self.request.path_params

    def needed(self, name: str) -> str:
        """That of the address's query. Raises `NoSuchPage` where it is not there."""
        value = self.request.query_params.get(name)
        if value is None:
            raise NoSuchPage(f"The address is not whole: it has no {name}.")
        return value

    async def form(self) -> FormData:
        """The posted form."""
        return await _form_of(self.request)

    @property
    def endpoint(self) -> str:
        """The fleet's endpoint, as the visitor calls it: `http://localhost:4566`."""
        host = self.request.headers.get("host", "localhost:4566")
        return f"{'https' if is_secure(self.request) else 'http'}://{host}"

    # Addresses

    def url(self, *parts: str, **query: Value) -> str:
        """The address of another page of this account and region."""
        return self.scope.url(*parts, **query)

    def this(self, **changed: Value) -> str:
        """This page's address with its query changed: a value of None takes a parameter out."""
        return with_query(self.request.url.path, {**self.query, **changed})

    def link(self, name: str) -> str | None:
        """The page of an ARN or a queue's URL; None where it has none."""
        return page_of(name, self.scope)

    def resource_link(self, service: str, resource: str, account: str = "", region: str = "") -> str | None:
        """The page of what the journal of requests names so, of this account and region where it says no other."""
        return page_of_resource(service, resource, Scope.of(account, region) or self.scope)

    # Answers

    def render(
        self, template: str, *, title: str, crumbs: tuple[Crumb, ...] = (), status: int = 200, **given: Any
    ) -> Response:
        """The page; `crumbs` are what lies between the console's first page and this one: (label, address)."""
        flashes = [*unpacked(self.request.cookies.get(FLASH_COOKIE, "")), *self._flashes]
        context = {"page": self, "title": title, "crumbs": crumbs, "flashes": flashes, **given}
        html = self.parts.templates.get_template(template).render(context)
        response = HTMLResponse(html.encode("utf-8", "replace"), status)
        if FLASH_COOKIE in self.request.cookies:
            response.delete_cookie(FLASH_COOKIE, path=BASE)
        self._remember(response)
        return response

    def flash(self, text: str, kind: Kind = "success", url: str = "") -> None:
        """Say `text` at the top of the page that is shown next: this one, or the one that is led to."""
        self._flashes.append(Flash(kind, text, url))

    def redirect(self, url: str) -> Response:
        """Lead on to `url`, after a post."""
        response = RedirectResponse(url, 303)
        if self._flashes:
            self._set_cookie(response, FLASH_COOKIE, packed(self._flashes), None)
        self._remember(response)
        return response

    def confirm(
        self,
        *,
        title: str,
        question: str,
        button: str,
        cancel: str,
        hits: tuple[tuple[str, str], ...] = (),
        crumbs: tuple[Crumb, ...] = (),
        hidden: tuple[tuple[str, str], ...] = (),
        expected: str = "",
    ) -> Response:
        """Ask before something is destroyed. The form posts to this same address.

        `hits` are what it strikes, by (what, name); `expected` is what the visitor has to type; `hidden` goes along.
        """
        return self.render(
            "frame/confirm.html",
            title=title,
            question=question,
            button=button,
            cancel=cancel,
            hits=hits,
            crumbs=crumbs,
            hidden=hidden,
            expected=expected,
        )

    def _remember(self, response: Response) -> None:
        cookies = self.request.cookies
        if cookies.get(SCOPE_COOKIE) != self.scope.cookie:
            self._set_cookie(response, SCOPE_COOKIE, self.scope.cookie, _YEAR)
        if self._token_is_new:
            self._set_cookie(response, TOKEN_COOKIE, self.token, _YEAR)

    def _set_cookie(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        set_cookie(response, self.request, name, value, seconds)


def is_secure(request: Request) -> bool:
    """Whether the visitor has come by https: the gateway says so, since it has ended the TLS."""
    return request.headers.get("x-forwarded-proto", request.url.scheme) == "https"


def set_cookie(response: Response, request: Request, name: str, value: str, seconds: int | None) -> None:
    """A cookie that neither scripts nor other sites' requests see; None: for as long as the browser runs."""
    response.set_cookie(name, value, seconds, path=BASE, secure=is_secure(request), httponly=True, samesite="strict")


async def page_of_request(request: Request) -> Page:
    """The dependency of every page. Raises what `console.frame.errors` has."""
    path = request.path_params
    if "account" not in path:
        return await page_of_scope(request, None)
    scope = Scope.of(path["account"], path["region"])
    if scope is None:
        raise NoSuchPage(f"{path['account']} in {path['region']} is no account in a region")
    return await page_of_scope(request, scope)


async def page_of_scope(request: Request, said: Scope | None) -> Page:
    """The page of the account and region that the address says, or else of those that are remembered."""
    parts: Parts = request.app.state.parts
    scope = said or Scope.remembered(request.cookies)
    session = parts.sessions.find(request.cookies.get(SESSION_COOKIE))
    if parts.settings.asks_who:
        if session is None:
            raise LoginNeeded
        own = Scope(session.account, scope.region)
        if said is not None and scope != own:
            raise OtherAccount(request.url.path.replace(scope.url(), own.url(), 1))
        scope = own
    await check_post(request)
    token, is_new = token_of(request.cookies.get(TOKEN_COOKIE))
    state = await parts.states.current(FleetClient(parts.gateway, session.credentials if session else None))
    return Page(request, parts, scope, Visit(state, session, token, is_new))


async def check_post(request: Request) -> None:
    """Raises `Forged` where a request that changes something does not have its visitor's token."""
    if request.method in ("GET", "HEAD"):
        return
    given = request.headers.get(TOKEN_HEADER)
    if given is None:
        given = str((await _form_of(request)).get(TOKEN_FIELD, ""))
    if not is_genuine(request.cookies.get(TOKEN_COOKIE), given):
        raise Forged


async def _form_of(request: Request) -> FormData:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MOST_OF_A_FORM:
        raise TooLarge(_MOST_OF_A_FORM)
    return await request.form(max_part_size=_MOST_OF_A_FIELD)


PageOf = Annotated[Page, Depends(page_of_request)]


async def page_that_changes(page: PageOf) -> Page:
    """The dependency of a page that is there for its form alone. Raises `ReadOnly` as well."""
    if page.readonly:
        raise ReadOnly
    return page


FormPageOf = Annotated[Page, Depends(page_that_changes)]
