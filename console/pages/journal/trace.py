"""A message's way: drawn, and told line by line."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.interfaces.errors import AwsCallError
from console.interfaces.journal import requests, trace
from console.interfaces.sns.topics import subscription_attributes
from console.pages.journal.ways import is_bad, way_of

_RECENT = 20
_MOST_RECIPIENTS = 20
_SENDING = ("Publish*", "SendMessage*", "PutObject")

router = page_router()


@router.get("/trace")
async def way(page: PageOf) -> Response:
    reference = page.query.get("id", "").strip()
    found = await trace(page.fleet, reference) if reference else []
    recipients = await _recipients(page, found)
    return page.render(
        "journal/trace.html",
        title="Trace",
        reference=reference,
        entries=[(entry, link_of(page, entry), is_bad(entry)) for entry in found],
        start=found[0]["time"] if found else 0.0,
        recipients=recipients,
        graph=way_of(found, lambda entry: link_of(page, entry), recipients) if found else None,
        recent=[] if reference else await _recent(page),
    )


def link_of(page: Page, entry: Mapping[str, Any]) -> str:
    """The page of a request, or of what an event has to do with."""
    if entry["what"] == "request":
        return page.url("requests", str(entry["id"]))
    return page.resource_link(str(entry["service"]), str(entry["resource"])) or ""


async def _recipients(page: Page, entries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Who is behind the subscriptions that occur, by their ARNs: an id tells nobody which queue gets nothing."""
    here = f"arn:aws:sns:{page.scope.region}:{page.scope.account}:"
    arns = dict.fromkeys(str(entry["resource"]) for entry in entries if str(entry["resource"]).startswith(here))
    subscriptions = [arn for arn in arns if arn.removeprefix(here).count(":") == 1][:_MOST_RECIPIENTS]
    found = await asyncio.gather(
        *(subscription_attributes(page.aws, arn) for arn in subscriptions), return_exceptions=True
    )
    recipients = {}
    for arn, attributes in zip(subscriptions, found, strict=True):
        if isinstance(attributes, dict):
            recipients[arn] = attributes["Endpoint"]
        elif not isinstance(attributes, AwsCallError):  # it has been deleted, or may not be seen
            raise attributes
    return recipients


async def _recent(page: Page) -> list[dict[str, Any]]:
    """The last requests that sent something."""
    scope = {"account": page.scope.account, "region": page.scope.region}
    found: list[dict[str, Any]] = []
    for operation in _SENDING:
        found += await requests(page.fleet, {**scope, "operation": operation}, _RECENT)
    return sorted(found, key=lambda entry: -float(entry["time"]))[:_RECENT]
