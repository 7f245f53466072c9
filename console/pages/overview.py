"""The first page: each service with its processes, what it holds, requests and errors a second, and the last errors."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.responses import Response

from console.frame.events import event, event_stream
from console.frame.fleet_state import ServiceState
from console.frame.page import Page, PageOf
from console.frame.rates import SAMPLE_SECONDS, SAMPLES, Rate
from console.frame.routers import page_router
from console.interfaces.dynamodb.tables import list_tables
from console.interfaces.errors import AwsCallError, ControlError, FleetAway
from console.interfaces.s3.buckets import list_buckets
from console.interfaces.sqs.queues import list_queues
from console.interfaces.xml_answers import text

AnswerT = TypeVar("AnswerT")

_LIVE = ("cards", "standbys", "errors")
_COUNTED = 1000
_PATIENCE_SECONDS = 5.0
_ERRORS = 8
_WIDTH, _HEIGHT = 240.0, 40.0

router = page_router()

Counting = Callable[[Page], Awaitable[tuple[int, bool]]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Points of an SVG of 240 x 40: requests and errors a second; `now` the newest, `most` the highest."""

    requests: str
    area: str
    errors: str
    now: Rate | None
    most: float


@dataclass(frozen=True, slots=True)
class Card:
    """One service. `held` is what it holds, in words; None where it does not answer."""

    state: ServiceState
    held: str | None
    url: str
    chart: Chart


@router.get("/")
async def overview(page: PageOf) -> Response:
    held, errors, storage, ready = await asyncio.gather(_held(page), _last_errors(page), _storage(page), _ready(page))
    return page.render(
        "overview.html",
        title="Overview",
        cards=await _cards(page, held),
        errors=errors,
        storage=storage,
        ready=ready,
        total=sum(one.get("bytes") or 0 for one in storage.values()),
    )


@router.get("/overview/events")
async def events(page: PageOf) -> Response:
    return event_stream(_live(page), page.parts.stopping)


async def _live(page: Page) -> AsyncGenerator[bytes, None]:
    templates = [page.parts.templates.get_template(f"overview_{part}.html") for part in _LIVE]
    held = await _held(page)
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        page.state = await page.parts.states.current(page.fleet)
        cards, errors = await asyncio.gather(_cards(page, held), _last_errors(page))
        html = "".join(template.render(page=page, cards=cards, errors=errors) for template in templates)
        yield event("swap", html)


async def _cards(page: Page, held: Mapping[str, str]) -> list[Card]:
    """As the counters say now. What is held is asked once for a page: asking counts as requests, too."""
    with contextlib.suppress(FleetAway, ControlError):  # then the page says that the fleet is away
        await page.parts.rates.sample(page.fleet)
    return [
        Card(state, held.get(name), page.url(name, _HELD[name][1]), chart_of(page.parts.rates.of(name)))
        for name, state in page.state.services.items()
    ]


async def _held(page: Page) -> dict[str, str]:
    """What each service holds, in words; nothing of those that do not answer, or do not say."""
    answering = [state.name for state in page.state.services.values() if state.answers]
    said = await asyncio.gather(*(_in_time(_HELD[name][2](page)) for name in answering), return_exceptions=True)
    found: dict[str, str] = {}
    for name, one in zip(answering, said, strict=True):
        if isinstance(one, AwsCallError | FleetAway | TimeoutError):
            continue
        if isinstance(one, BaseException):
            raise one
        number, more = one
        found[name] = f"{number:,}{'+' if more else ''} {_HELD[name][0]}{'' if number == 1 and not more else 's'}"
    return found


async def _in_time(asked: Awaitable[AnswerT]) -> AnswerT:
    """TimeoutError where a service that is away, or busy, would keep the page waiting."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        return await asked


async def _buckets(page: Page) -> tuple[int, bool]:
    found, token = await list_buckets(page.aws, most=_COUNTED)
    return len(found), bool(token)


async def _tables(page: Page) -> tuple[int, bool]:
    names, token = await list_tables(page.aws)
    while token and len(names) < _COUNTED:
        further, token = await list_tables(page.aws, token)
        names += further
    return len(names), bool(token)


async def _queues(page: Page) -> tuple[int, bool]:
    found, token = await list_queues(page.aws, "", "", _COUNTED)
    return len(found), bool(token)


async def _topics(page: Page) -> tuple[int, bool]:
    number, token = 0, ""
    while number < _COUNTED:
        given = {"NextToken": token} if token else {}
        document = await page.aws.query("sns", "ListTopics", "2010-03-31", given)
        number += sum(1 for _ in document.iterfind("ListTopicsResult/Topics/member"))
        token = text(document, "ListTopicsResult/NextToken")
        if not token:
            break
    return number, bool(token)


_HELD: dict[str, tuple[str, str, Counting]] = {
    "s3": ("bucket", "buckets", _buckets),
    "dynamodb": ("table", "tables", _tables),
    "sqs": ("queue", "queues", _queues),
    "sns": ("topic", "topics", _topics),
}


async def _last_errors(page: Page) -> list[dict[str, Any]] | None:
    """The newest first; None where no journal is kept, or who asks may not read it."""
    try:
        query = {"status": "error", "limit": str(_ERRORS)}
        found = await _in_time(page.fleet.ask("GET", "/_ruststack/requests", query))
    except (ControlError, FleetAway, TimeoutError):
        return None
    requests: list[dict[str, Any]] = found["requests"]
    return requests[::-1]


async def _storage(page: Page) -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = await _in_time(page.fleet.ask("GET", "/_ruststack/storage"))
    except (ControlError, FleetAway, TimeoutError):
        return {}
    return found


async def _ready(page: Page) -> dict[str, Any]:
    try:
        found: dict[str, Any] = await page.fleet.ask("GET", "/_ruststack/ready", accepted=(200, 503))
    except (ControlError, FleetAway):
        return {}
    return found


def chart_of(samples: Sequence[Rate]) -> Chart:
    """The newest sample is at the right end."""
    most = max([1.0, *(one.requests for one in samples)])
    step = _WIDTH / (SAMPLES - 1)
    start = SAMPLES - len(samples)

    def points(values: list[float]) -> str:
        return " ".join(
            f"{(start + place) * step:.1f},{_HEIGHT - value / most * (_HEIGHT - 4):.1f}"
            for place, value in enumerate(values)
        )

    line = points([one.requests for one in samples])
    area = f"{start * step:.1f},{_HEIGHT} {line} {_WIDTH},{_HEIGHT}" if samples else ""
    has_errors = any(one.errors for one in samples)
    errors = points([one.errors for one in samples]) if has_errors else ""
    return Chart(line, area, errors, samples[-1] if samples else None, most)
