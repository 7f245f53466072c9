"""`GET /_ruststack/requests` of one service process, which the gateway asks of each and puts together.

`{"instance": "...", "count": 1234, "requests": [{...}, ...]}`, the newest last. The query has the filters (see
`awskit.journal.filters`), `limit` (100 where it is not given) and `after` (`INSTANCE:COUNT,...`): what earlier answers
of this process and of others have reached.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import islice

from awskit.bounds.integers import parse_natural
from awskit.control.routes import json_response
from awskit.journal.filters import predicate
from awskit.journal.ring import Journal
from awskit.wire.http import HttpRequest, HttpResponse

_LIMIT = 100


def route(journal: Journal | None) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """What answers it. A service that keeps no journal says so with a 409."""

    async def requests(request: HttpRequest) -> HttpResponse:
        if journal is None:
            return json_response({"message": "no journal is kept: RUSTSTACK_JOURNAL is 0"}, 409)
        parameters = dict(request.query)
        try:
            limit, reached = parse_natural(parameters.pop("limit", str(_LIMIT))), parameters.pop("after", "")
            after = _after(journal.instance, reached)
            wanted = predicate(parameters)
        except ValueError as error:
            return json_response({"message": str(error)}, 400)
        found = list(islice(filter(wanted, journal.entries(after)), limit))
        found.reverse()
        return json_response({"instance": journal.instance, "count": journal.count, "requests": found})

    return requests


def _after(instance: str, reached: str) -> int:
    counts = dict(part.split(":", 1) for part in reached.split(",") if part)
    return int(counts.get(instance, 0))
