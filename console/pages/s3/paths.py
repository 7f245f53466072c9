"""Where S3's pages are, and the bucket that an address names."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Request

from console.frame.errors import NoSuchPage
from console.frame.page import Crumb, Page

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")


async def bucket_of(request: Request) -> str:
    """Raises `NoSuchPage` where no bucket can have that name."""
    bucket: str = request.path_params["bucket"]
    if not _BUCKET.fullmatch(bucket):
        raise NoSuchPage(f"no bucket can be called {bucket!r}")
    return bucket


BucketName = Annotated[str, Depends(bucket_of)]


def bucket_url(page: Page, bucket: str, prefix: str = "") -> str:
    return page.url("s3", "buckets", bucket, prefix=prefix or None)


def object_url(page: Page, bucket: str, key: str, version_id: str = "") -> str:
    return page.url("s3", "buckets", bucket, "object", key=key, version=version_id or None)


def prefix_of(key: str) -> str:
    """The folder that the key is in; of a folder, the one that it is in."""
    return key.rstrip("/").rpartition("/")[0] + "/" if "/" in key.rstrip("/") else ""


def crumbs_to(page: Page, bucket: str = "", prefix: str = "") -> tuple[Crumb, ...]:
    """What lies above something in that folder of that bucket."""
    crumbs: list[Crumb] = [("S3", page.url("s3", "buckets"))]
    if bucket:
        crumbs.append((bucket, bucket_url(page, bucket)))
    folder = ""
    for part in prefix.split("/")[:-1]:
        folder += f"{part}/"
        crumbs.append((part or "/", bucket_url(page, bucket, folder)))
    return tuple(crumbs)
