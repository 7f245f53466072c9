"""Logging in with a key and its secret, where the fleet asks who asks (`RUSTSTACK_AUTH`)."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.frame.addresses import BASE, Scope, is_own
from console.frame.page import check_post, set_cookie
from console.frame.parts import Parts
from console.frame.routers import bare_page_router
from console.frame.sessions import SESSION_COOKIE
from console.frame.tokens import TOKEN_COOKIE, token_of
from console.interfaces.aws_client import AwsClient
from console.interfaces.credentials import Credentials
from console.interfaces.errors import AwsCallError, FleetAway
from console.interfaces.sts import get_caller_identity

_YEAR = 365 * 86_400

bare_router = bare_page_router()


@bare_router.get("/login")
async def ask(request: Request) -> Response:
    """The form; where nobody is asked there is nothing to log in to."""
    to = request.query_params.get("to", "")
    parts: Parts = request.app.state.parts
    if not parts.settings.asks_who:
        return RedirectResponse(f"{BASE}/", 303)
    return _form(request, to, "")


@bare_router.post("/login")
async def login(request: Request) -> Response:
    """Who the key is of, AWS STS says."""
    await check_post(request)
    parts: Parts = request.app.state.parts
    form = await request.form()
    given = [str(form.get(name, "")).strip() for name in ("access_key_id", "secret_access_key", "session_token")]
    to = str(form.get("to", ""))
    credentials = Credentials(*given)
    region = Scope.remembered(request.cookies).region
    try:
        caller = await get_caller_identity(AwsClient(parts.gateway, credentials, region))
    except (AwsCallError, FleetAway, ValueError) as error:
        return _form(request, to, str(error))
    session_id = parts.sessions.begin(credentials, caller.account, caller.arn)
    response = RedirectResponse(to if is_own(to) else f"{BASE}/", 303)
    set_cookie(response, request, SESSION_COOKIE, session_id, None)
    return response


@bare_router.post("/logout")
async def logout(request: Request) -> Response:
    """Forget the key."""
    await check_post(request)
    parts: Parts = request.app.state.parts
    parts.sessions.end(request.cookies.get(SESSION_COOKIE))
    response = RedirectResponse(f"{BASE}/login", 303)
    response.delete_cookie(SESSION_COOKIE, path=BASE)
    return response


def _form(request: Request, to: str, error: str) -> Response:
    parts: Parts = request.app.state.parts
    token, is_new = token_of(request.cookies.get(TOKEN_COOKIE))
    template = parts.templates.get_template("frame/login.html")
    html = template.render(token=token, to=to, error=error, nonce=request.scope["ruststack.nonce"])
    response = HTMLResponse(html, 403 if error else 200)
    if is_new:
        set_cookie(response, request, TOKEN_COOKIE, token, _YEAR)
    return response
