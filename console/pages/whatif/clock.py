"""The clock that time-outs, retention and TTL go by: shown, moved, put back."""

from __future__ import annotations

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import ControlError
from console.interfaces.whatif import move_clock

_STEPS = (("1 minute", 60), ("1 hour", 3600), ("1 day", 86_400), ("4 days", 345_600), ("30 days", 2_592_000))
_WAYS = {"advance": "advance", "set": "set", "reset": "offset"}

router = page_router()


@router.get("/clock")
async def clock(page: PageOf) -> Response:
    return _page(page, "")


@router.post("/clock")
async def move(page: PageOf) -> Response:
    form = await page.form()
    how, value = str(form.get("how", "")), str(form.get("value", "")).strip()
    try:
        await move_clock(page.fleet, _WAYS.get(how, "set"), "0" if how == "reset" else value)
    except ControlError as error:
        return _page(page, str(error))
    page.parts.states.forget()
    page.flash("The clock is this machine's again." if how == "reset" else "The clock is moved.")
    return page.redirect(page.url("clock"))


def _page(page: Page, error: str) -> Response:
    return page.render("whatif/clock.html", title="Clock", steps=_STEPS, error=error, status=400 if error else 200)
