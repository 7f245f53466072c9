"""`DELETE /_aws/dynamodb/expired`: expired items go now, not within a second: `{"ExpiredItems": 3}`.

The path and its answer are LocalStack's. The work is the background's (`Housekeeping.expire`), in every account and
region.
"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.clock import Clock
from awskit.control.routes import json_response, taking
from awskit.service.application import ControlRoute
from awskit.wire.http import HttpRequest, HttpResponse
from services.dynamodb.housekeeping.background_work import Housekeeping


def routes(housekeeping: Housekeeping, clock: Clock) -> Mapping[str, ControlRoute]:
    """The control routes, by path."""

    async def expire(request: HttpRequest) -> HttpResponse:
        if request.method != "DELETE":
            return json_response({"message": "expired takes DELETE"}, 405)
        return json_response({"ExpiredItems": await housekeeping.expire(clock.now())})

    return {"/_aws/dynamodb/expired": taking(expire)}
