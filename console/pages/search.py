"""Search everywhere: what has the text in its name; an ARN, a URL or an id leads on to its own page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.dynamodb.tables import list_tables
from console.interfaces.errors import AwsCallError, FleetAway
from console.interfaces.s3.buckets import list_buckets
from console.interfaces.sqs.queues import list_queues, name_of
from console.interfaces.xml_answers import text

_SHOWN = 50
_ID = re.compile(r"[0-9a-fA-F-]{16,100}|Root=[^\n]*|1-[0-9a-f]{8}-[0-9a-f]{24}")

router = page_router()


@dataclass(frozen=True, slots=True)
class Hits:
    """Those of one service. `has_more`: there are further names that have not been looked at."""

    service: str
    names: Sequence[tuple[str, str]]
    has_more: bool


@router.get("/search")
async def search(page: PageOf) -> Response:
    q = page.query.get("q", "")
    wanted = q.strip()
    direct = page.link(wanted) or _s3_uri(page, wanted)
    if direct is not None:
        return page.redirect(direct)
    hits: list[Hits] = []
    if wanted:
        asked = (_buckets(page, wanted), _tables(page, wanted), _queues(page, wanted), _topics(page, wanted))
        found = await asyncio.gather(*map(_or_nothing, asked))
        hits = [one for one in found if one is not None and one.names]
        if not hits and _ID.fullmatch(wanted):
            return page.redirect(page.url("trace", id=wanted))
    return page.render(
        "search.html",
        title=f"Search: {wanted}" if wanted else "Search",
        hits=hits,
        is_partial=any(one.has_more for one in hits),
        wanted=wanted,
    )


def _s3_uri(page: Page, wanted: str) -> str | None:
    """`s3://bucket/key` leads to the object, `s3://bucket/folder/` to the folder."""
    bucket, _, key = wanted.removeprefix("s3://").partition("/")
    if not wanted.startswith("s3://") or not bucket:
        return None
    if not key or key.endswith("/"):
        return page.url("s3", "buckets", bucket, prefix=key or None)
    return page.url("s3", "buckets", bucket, "object", key=key)


async def _or_nothing(asked: Awaitable[Hits]) -> Hits | None:
    """A service that is away, or does not let in, has no hits."""
    try:
        return await asked
    except (AwsCallError, FleetAway):
        return None


async def _buckets(page: Page, wanted: str) -> Hits:
    found, more = await list_buckets(page.aws, most=1000)
    names = [(one.name, page.url("s3", "buckets", one.name)) for one in found]
    if more:  # those that begin with it are found whatever there is
        further, _ = await list_buckets(page.aws, wanted, most=_SHOWN)
        names += [(one.name, page.url("s3", "buckets", one.name)) for one in further]
    return _hits("s3", wanted, names, has_more=bool(more))


async def _tables(page: Page, wanted: str) -> Hits:
    names: list[str] = []
    token = ""
    for _ in range(10):
        found, token = await list_tables(page.aws, token)
        names += found
        if not token:
            break
    linked = [(name, page.url("dynamodb", "tables", name)) for name in names]
    return _hits("dynamodb", wanted, linked, has_more=bool(token))


async def _queues(page: Page, wanted: str) -> Hits:
    urls, more = await list_queues(page.aws, "", "", 1000)
    if more:
        further, _ = await list_queues(page.aws, wanted, "", _SHOWN)
        urls = [*urls, *further]
    names = [name_of(url) for url in urls]
    return _hits("sqs", wanted, [(name, page.url("sqs", "queues", name)) for name in names], has_more=bool(more))


async def _topics(page: Page, wanted: str) -> Hits:
    names: list[str] = []
    token = ""
    for _ in range(10):
        given: dict[str, Any] = {"NextToken": token} if token else {}
        document = await page.aws.query("sns", "ListTopics", "2010-03-31", given)
        members = document.iterfind("ListTopicsResult/Topics/member")
        names += [name_of(text(member, "TopicArn")) for member in members]
        token = text(document, "ListTopicsResult/NextToken")
        if not token:
            break
    return _hits("sns", wanted, [(name, page.url("sns", "topics", name)) for name in names], has_more=bool(token))


def _hits(service: str, wanted: str, names: Sequence[tuple[str, str]], *, has_more: bool) -> Hits:
    found = dict.fromkeys(one for one in names if wanted.casefold() in one[0].casefold())
    return Hits(service, list(found)[:_SHOWN], has_more or len(found) > _SHOWN)
