"""The ways in: the bare address, account and region chosen, the static files."""

from __future__ import annotations

import os

from fastapi import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from console.frame.addresses import BASE, SCOPE_COOKIE, Scope, is_own
from console.frame.errors import NoSuchPage
from console.frame.page import set_cookie
from console.frame.parts import Parts
from console.frame.routers import bare_page_router

_YEAR = 365 * 86_400

bare_router = bare_page_router()


@bare_router.get("/")
async def first_page(request: Request) -> Response:
    """The overview of the account and region of the last visit."""
    return RedirectResponse(Scope.remembered(request.cookies).url(), 303)


@bare_router.get("/scope")
async def choose(request: Request) -> Response:
    """Another account or region: the same page of it, where it is one that another has too."""
    account = request.query_params.get("account", "")
    region = request.query_params.get("region", "")
    to = request.query_params.get("to", "")
    scope = Scope.of(account.strip(), region.strip())
    if scope is None:
        raise NoSuchPage(f"{account!r} in {region!r}: an account has 12 digits, a region is such as eu-central-1")
    below = to.removeprefix(f"{BASE}/").split("/", 2)[2:] if is_own(to) else []
    # a queue of this account is not one of another: its list is
    kept = "/".join(below[0].partition("?")[0].split("/")[:2]) if below else ""
    response = RedirectResponse(f"{scope.url()}{kept}", 303)
    set_cookie(response, request, SCOPE_COOKIE, scope.cookie, _YEAR)
    return response


@bare_router.get("/health")
async def health() -> Response:
    """Whether this process answers; the fleet may not."""
    return JSONResponse({"status": "running", "pid": os.getpid()})


@bare_router.get("/static/{name}")
async def static_file(request: Request) -> Response:
    """A style sheet or a script; the address changes with the content."""
    name: str = request.path_params["name"]
    parts: Parts = request.app.state.parts
    found = parts.static_files.get(name)
    if found is None:
        return Response(status_code=404)
    return Response(found.content, media_type=found.media_type, headers={"cache-control": "private, max-age=31536000"})
