"""The journal of requests: filtered by the address, live; and one request whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence

from starlette.responses import Response

from console.frame.commands import command_of
from console.frame.errors import NoSuchPage
from console.frame.events import event, event_stream
from console.frame.page import Page, PageOf
from console.frame.rendering import SERVICE_NAMES, render_part
from console.frame.routers import page_router
from console.interfaces.errors import ControlError
from console.interfaces.journal import Entry, follow, requests

_LIMIT = 100
_FILTERS = (
    "service",
    "operation",
    "resource",
    "status",
    "error",
    "parameters",
    "message",
    "user_agent",
    "access_key",
    "policy",
    "trace",
    "id",
    "slower_than",
    "larger_than",
    "since",
)
_NONE_KEPT = 409

router = page_router()


@router.get("/requests")
async def journal(page: PageOf) -> Response:
    filters = _filters(page)
    refusal = ""
    found: list[Entry] = []
    try:
        found = await requests(page.fleet, filters, _LIMIT)
    except ControlError as error:
        if error.status != _NONE_KEPT and error.status != 400:
            raise
        refusal = str(error)
    return page.render(
        "journal/requests.html",
        title="Requests",
        entries=found,
        refusal=refusal,
        given=page.query,
        services=_services(page, found),
        events=page.url("requests", "events", **dict(page.query)),
        limit=_LIMIT,
    )


@router.get("/requests/events")
async def events(page: PageOf) -> Response:
    return event_stream(_rows(page), page.parts.stopping)


@router.get("/requests/{request_id}")
async def request(page: PageOf) -> Response:
    request_id = page.path["request_id"]
    found = await requests(page.fleet, {"id": request_id}, 1)
    if not found:
        raise NoSuchPage(f"The journal does not remember a request {request_id}: each service keeps its last 2,000.")
    [entry] = found
    return page.render(
        "journal/request.html",
        title=f"{entry['operation'] or 'Request'} {entry['id']}",
        crumbs=(("Requests", page.url("requests")),),
        entry=entry,
        command=command_of(entry, page.endpoint) if entry["service"] in SERVICE_NAMES else "",
    )


def _services(page: Page, entries: Sequence[Entry]) -> dict[str, str]:
    """Those to choose from, by their names in the journal: the fleet's, and others that emulators stand in for."""
    others = {name for standby in page.state.standbys for name in standby.signing_names}
    others |= {entry["service"] for entry in entries} | {page.query.get("service", "")}
    return {**SERVICE_NAMES, **{name: name for name in sorted(others - {""} - SERVICE_NAMES.keys())}}


async def _rows(page: Page) -> AsyncGenerator[bytes, None]:
    async for entry in follow(page.fleet, _filters(page)):
        if entry is not None:
            row = render_part(page.parts.templates, "journal/rows.html", "row", page=page, entry=entry)
            yield event("rows", row)


def _filters(page: Page) -> Mapping[str, str]:
    """What the address asks for; of this account in this region, unless it asks for all."""
    filters = {name: page.query[name].strip() for name in _FILTERS if page.query.get(name, "").strip()}
    if "all" not in page.query:
        filters |= {"account": page.scope.account, "region": page.scope.region}
    return filters
