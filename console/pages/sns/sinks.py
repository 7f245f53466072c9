"""Where messages to phones, addresses, devices, functions and streams end: in the fleet itself, to be looked at."""

from __future__ import annotations

from starlette.responses import Response

from console.frame.page import PageOf
from console.frame.routers import page_router
from console.interfaces.sns.deliveries import SINKS, clear_sink, sent_to
from console.pages.sns.paths import crumbs_to

_A_PAGE = 50

router = page_router()


@router.get("/sns/sinks")
async def sinks(page: PageOf) -> Response:
    kind = page.query.get("kind", SINKS[0].path)
    q = page.query.get("q", "")
    token = page.query.get("token", "")
    sink = next((one for one in SINKS if one.path == kind), SINKS[0])
    found = await sent_to(page.fleet, sink, page.scope.account, page.scope.region)
    if q:
        found = [(recipient, content) for recipient, content in found if q.lower() in f"{recipient} {content}".lower()]
    first = int(token) if token.isascii() and token.isdigit() and len(token) < 10 else 0
    return page.render(
        "sns/sinks.html",
        title="What was sent",
        crumbs=crumbs_to(page),
        sink=sink,
        tabs=[(one.label, page.url("sns", "sinks", kind=one.path), one is sink) for one in SINKS],
        found=found[first : first + _A_PAGE],
        following=str(first + _A_PAGE) if len(found) > first + _A_PAGE else "",
        q=q,
    )


@router.post("/sns/sinks/clear")
async def clear(page: PageOf) -> Response:
    kind = str((await page.form()).get("kind", ""))
    sink = next((one for one in SINKS if one.path == kind), SINKS[0])
    await clear_sink(page.fleet, sink, page.scope.account, page.scope.region)
    page.flash("It is forgotten.")
    return page.redirect(page.url("sns", "sinks", kind=sink.path))
