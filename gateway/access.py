"""Who asks the gateway itself, where that is asked: for its control paths, STS and IAM.

The modules that know of signatures and policies are imported only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from awskit.access.modes import parse_mode
from awskit.wire.http import HttpRequest
from gateway.proxy.request import SMALL_BODY, Request
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from awskit.access.control_guard import ControlGuard
    from awskit.access.process_access import Access

_TOO_LARGE = "A body of that size is signed as UNSIGNED-PAYLOAD."


def access_of(settings: GatewaySettings) -> Access | None:
    """How much is asked, and of whom; None where nobody is. Raises `SettingsError`."""
    if parse_mode(settings.auth, settings.credentials) == "off":
        return None
    from awskit.access.process_access import Access

    return Access.of(settings)


async def control_refusal(guard: ControlGuard, request: Request) -> str | None:
    """Why a request to a control path is not let in. Its body stays to be read."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()}
    body = b""
    if headers.get("x-amz-content-sha256") != "UNSIGNED-PAYLOAD" and not request.exchange.exhausted:
        body = await request.read_up_to(SMALL_BODY)
        exhausted = request.exchange.exhausted
        request.exchange.put_back(body)
        if not exhausted:
            return _TOO_LARGE
    path, query = request.path.decode("latin-1"), request.query.decode("latin-1")
    return guard.refusal(HttpRequest(request.method, path, query, headers, body))
