"""What stands around an S3 request: hosts that name a bucket, browsers' cross-origin questions, forms, websites."""

from __future__ import annotations

from awskit.application import Handle, Middleware
from awskit.wire.http import HttpRequest, HttpResponse
from services.s3.hosts import meaning_of
from services.s3.runtime import S3Runtime


def middleware(runtime: S3Runtime) -> Middleware:
    """The middleware of one service; see the module."""
    hostname = runtime.settings.hostname

    async def around(request: HttpRequest, handle: Handle) -> HttpResponse:
        meaning = meaning_of(request.headers.get("host", ""), hostname)
        if meaning.bucket is not None:
            request.path = f"/{meaning.bucket}{request.path}"
        return await handle(request)

    return around
