"""`GET` and `DELETE` of one kind of messages: `?recipient=ARN`, or `?accountId=...&region=...`."""

from __future__ import annotations

from typing import Any

from awskit.control.routes import Route, json_response, taking
from awskit.database import Database
from awskit.resources.arns import parse_arn
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from awskit.sinks.store import SinkStore
from awskit.wire.http import HttpRequest, HttpResponse


def sink_route(database: Database, sinks: SinkStore, kind: str, title: str) -> Route:
    """The control route; what it shows is under `title`, by recipient."""
    return taking(_SinkRoute(database, sinks, kind, title), "recipient", "accountId", "region")


class _SinkRoute:
    def __init__(self, database: Database, sinks: SinkStore, kind: str, title: str) -> None:
        self._database = database
        self._sinks = sinks
        self._kind = kind
        self._title = title

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        wanted = query.get("recipient") or None
        arn = parse_arn(wanted) if wanted is not None else None
        account_id = arn.account_id if arn is not None else query.get("accountId", DEFAULT_ACCOUNT_ID)
        region = arn.region if arn is not None else query.get("region", DEFAULT_REGION)
        if request.method == "DELETE":
            await self._database.write(
                lambda transaction: self._sinks.clear(transaction, self._kind, account_id, region, wanted)
            )
            return HttpResponse(204, [])
        sent = await self._database.read(
            lambda transaction: self._sinks.sent(transaction, self._kind, account_id, region)
        )
        by_recipient: dict[str, list[Any]] = {wanted: []} if wanted is not None else {}
        for recipient, content in sent:
            if wanted in (None, recipient):
                by_recipient.setdefault(recipient, []).append(content)
        return json_response({self._title: by_recipient, "region": region})
