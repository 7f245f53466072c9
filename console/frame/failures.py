"""What a visitor sees where a page cannot be shown, or what they have sent was refused: AWS's own text."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from console.frame.addresses import BASE, is_own, with_query
from console.frame.errors import Forged, LoginNeeded, NoSuchPage, OtherAccount, ReadOnly, TooLarge
from console.frame.guard import READ_ONLY
from console.frame.page import Page, page_of_request, page_of_scope
from console.interfaces.errors import AwsCallError, ControlError, FleetAway

_FORGED = (
    "This form does not come from a page of the console that you have open: perhaps its cookies have been deleted."
    " Go back, load the page anew and send it again."
)
_NO_PAGE = (Forged, TooLarge, HTTPException, FleetAway, ControlError, AwsCallError)
_log = logging.getLogger("ruststack.console")


def add_failures(app: FastAPI) -> None:
    """Answer what pages raise."""
    app.add_exception_handler(AwsCallError, _aws_error)
    app.add_exception_handler(ControlError, _control_error)
    app.add_exception_handler(FleetAway, _fleet_away)
    app.add_exception_handler(LoginNeeded, _login_needed)
    app.add_exception_handler(OtherAccount, _other_account)
    app.add_exception_handler(Forged, _forged)
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(NoSuchPage, _no_such_page)
    app.add_exception_handler(ReadOnly, _read_only)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _failed)


async def _aws_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AwsCallError)
    code = "" if error.code.isdecimal() else error.code
    text = f"{code}: {error.message}" if code and error.message else code or error.message or f"status {error.status}"
    return await _refused(request, f"{error.operation} was refused", text, error.status)


async def _control_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ControlError)
    return await _refused(request, "The fleet has refused", str(error), error.status)


async def _fleet_away(request: Request, error: Exception) -> Response:
    return await _refused(request, "The fleet does not answer", str(error), 503)


async def _no_such_page(request: Request, error: Exception) -> Response:
    return await _shown(request, "There is no such page", str(error), 404)


async def _read_only(request: Request, error: Exception) -> Response:
    return await _shown(request, "This console is read-only", READ_ONLY, 403)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return await _shown(request, "There is no such page", request.url.path, 404)
    return PlainTextResponse(f"{error.detail}\n", error.status_code)


async def _forged(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{_FORGED}\n", 403)


async def _too_large(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 413)


async def _login_needed(request: Request, error: Exception) -> Response:
    if request.method != "GET":
        return RedirectResponse(f"{BASE}/login", 303)
    return RedirectResponse(with_query(f"{BASE}/login", {"to": _address(request)}), 303)


async def _other_account(request: Request, error: Exception) -> Response:
    assert isinstance(error, OtherAccount)
    return RedirectResponse(error.url, 303)


async def _failed(request: Request, error: Exception) -> Response:
    """A bug of the console's; the server logs the trace as well, since the exception is raised on."""
    return PlainTextResponse("The console has failed to show this page. Its log says why.\n", 500)


async def _refused(request: Request, title: str, text: str, status: int) -> Response:
    """A page that says so; after a post, the page that it came from, with the text at its top."""
    if request.method == "GET":
        return await _shown(request, title, text, status)
    try:
        page = await _page(request)
    except _NO_PAGE:
        return _plain(title, text, status)
    came_from = _own_referer(request)
    page.flash(f"{title}. {text}", "error")
    if not is_own(came_from):
        return page.render("frame/failure.html", title=title, text=text, status=status)
    return page.redirect(came_from)


async def _shown(request: Request, title: str, text: str, status: int) -> Response:
    try:
        page = await _page(request)
    except (LoginNeeded, NoSuchPage, OtherAccount):
        return RedirectResponse(f"{BASE}/login" if status != 404 else f"{BASE}/", 303)
    except _NO_PAGE:
        return _plain(title, text, status)
    return page.render("frame/failure.html", title=title, text=text, status=status if status >= 400 else 502)


def _plain(title: str, text: str, status: int) -> Response:
    """What is said without a page: for one the fleet is asked, and who sends something has to be its visitor."""
    return PlainTextResponse(f"{title}. {text}\n", status if status >= 400 else 502)


async def _page(request: Request) -> Page:
    try:
        return await page_of_request(request)
    except NoSuchPage:
        return await page_of_scope(request, None)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _own_referer(request: Request) -> str:
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # of a host in brackets that is none
        return ""
    return (
        (parts.path + (f"?{parts.query}" if parts.query else "")) if parts.netloc == request.headers.get("host") else ""
    )
