"""A browser's preflight for another service's path: unlike the request that follows it has no signature, only the path.

In: a preflight that is S3's by all else that is known of it. Out: the service whose operations have such paths
(`/2015-03-31/functions/...`), where another emulator stands in for it and S3 has no bucket of the path's name; else
S3's name. Nothing raised.
"""

from __future__ import annotations

from awskit.http_client import Upstream
from awskit.wire.service_paths import service_of_path
from gateway.proxy.fallback import Fallback
from gateway.proxy.request import Request
from gateway.routing.hosts import service_of_host

_S3 = "s3"
_NO_PAGE = {"origin": "null", "access-control-request-method": "GET"}
_TIMEOUT_SECONDS = 5.0


def is_preflight(request: Request) -> bool:
    """Whether a browser asks whether its page may send a request."""
    return (
        request.method == "OPTIONS"
        and b"origin" in request.headers
        and b"access-control-request-method" in request.headers
    )


async def service_of_preflight(
    request: Request, fallback: Fallback, s3: Upstream | None, domains: tuple[str, ...]
) -> str:
    """See the module."""
    if service_of_host(request.headers.get(b"host", b"").decode("latin-1"), domains) is not None:
        return _S3
    path = request.path.decode("latin-1")
    service = service_of_path(path)
    if service is None or fallback.upstream_for(service) is None:
        return _S3
    return _S3 if s3 is not None and await _has_bucket(s3, path.split("/")[1]) else service


async def _has_bucket(s3: Upstream, name: str) -> bool:
    """Whether S3 has it, or cannot say: a page that nobody knows is told so, by a bucket that has no rules as well."""
    try:
        answer = await s3.request("OPTIONS", f"/{name}", _NO_PAGE, timeout=_TIMEOUT_SECONDS)
    except OSError:
        return True
    return answer.status != 403 or b"Bucket not found" not in answer.body
