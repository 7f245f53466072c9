"""What is in a bucket, folder by folder: searched, with versions, and with the way to put more there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from console.frame.page import Page, PageOf
from console.frame.routers import page_router
from console.frame.tables import sorted_rows
from console.interfaces.s3.buckets import is_versioned
from console.interfaces.s3.listings import ListedObject, Listing, list_object_versions, list_objects
from console.interfaces.s3.presigning import Presigner
from console.pages.s3.paths import BucketName, bucket_url, crumbs_to, prefix_of

_ROWS = 100
_SEARCHED = 1000  # keys of one listing
_SEARCH_SECONDS = 0.06
_UPLOAD_SECONDS = 3600

router = page_router()

_BY: dict[str, Callable[[ListedObject], Any]] = {
    "key": lambda one: one.key,
    "size": lambda one: one.size,
    "modified": lambda one: one.modified,
}


@router.get("/s3/buckets/{bucket}")
async def browse(page: PageOf, bucket: BucketName) -> Response:
    prefix = page.query.get("prefix", "")
    q = page.query.get("q", "")
    token = page.query.get("token", "")
    versions = page.query.get("versions", "")
    shows_versions = versions == "1"
    searched: int | None = None
    if q:
        listing, searched = await _search(page, bucket, prefix, q, token, versions=shows_versions)
    elif shows_versions:
        listing = await list_object_versions(page.aws, bucket, prefix, token=token, most=_ROWS)
    else:
        listing = await list_objects(page.aws, bucket, prefix, token=token, most=_ROWS)
    objects = sorted_rows((one for one in listing.objects if one.key != prefix or one.size), page.query, _BY)
    above = prefix_of(prefix)
    return page.render(
        "s3/browser.html",
        title=prefix[len(above) :].rstrip("/") or "/" if prefix else bucket,
        crumbs=crumbs_to(page, bucket, above) if prefix else crumbs_to(page),
        bucket=bucket,
        prefix=prefix,
        q=q,
        shows_versions=shows_versions,
        is_versioned=shows_versions or await is_versioned(page.aws, bucket),
        folders=listing.prefixes,
        objects=objects,
        next_token=listing.next_token,
        searched=searched,
        upload_fields=_upload_fields(page, bucket, prefix),
    )


async def _search(page: Page, bucket: str, prefix: str, q: str, token: str, *, versions: bool) -> tuple[Listing, int]:
    """What contains `q` below `prefix`: as far as is read in an instant, and how many keys that were."""
    until = time.monotonic() + _SEARCH_SECONDS
    wanted = q.casefold()
    found: list[ListedObject] = []
    read = 0
    ask = list_object_versions if versions else list_objects
    while True:
        listing = await ask(page.aws, bucket, prefix, "", token, _SEARCHED)
        read += len(listing.objects)
        found += [one for one in listing.objects if wanted in one.key[len(prefix) :].casefold()]
        token = listing.next_token
        if not token or time.monotonic() > until or len(found) >= _ROWS:
            return Listing((), found, token), read


def _upload_fields(page: Page, bucket: str, prefix: str) -> dict[str, str]:
    """Those of a form by which a browser without a script puts a file; none where nothing may be changed."""
    if page.readonly:
        return {}
    back = f"{page.endpoint}{bucket_url(page, bucket, prefix)}"
    return presigner(page).form(bucket, prefix, back, _UPLOAD_SECONDS)


@router.post("/s3/buckets/{bucket}/upload")
async def upload(page: PageOf, bucket: BucketName) -> Response:
    """Where the script is to put a file: the bytes do not come by here."""
    prefix = page.query.get("prefix", "")
    form = await page.form()
    name, kind = str(form.get("name", "")), str(form.get("type", ""))
    url = presigner(page).url("PUT", f"/{bucket}/{prefix}{name}", _UPLOAD_SECONDS)
    return JSONResponse({"url": url, "headers": {"content-type": kind or "application/octet-stream"}})


def presigner(page: Page) -> Presigner:
    """Signs for the endpoint that the visitor calls, as who they are."""
    return Presigner(page.aws.credentials, page.scope.region, page.endpoint, time.time())
