"""What was sent to phones, devices, addresses, functions and streams, whose messages end here: `GET` and `DELETE`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from awskit.control.routes import json_response
from awskit.database import Database, Transaction
from awskit.resources.arns import parse_arn
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from awskit.wire.http import HttpRequest, HttpResponse
from services.sns.store import deliveries


@dataclass(frozen=True, slots=True)
class Sink:
    """`kinds` are the protocols whose messages it shows, under `title`, by the recipient that `parameter` picks."""

    title: str
    parameter: str
    kinds: tuple[str, ...]


SINKS: Mapping[str, Sink] = MappingProxyType(
    {
        "sms-messages": Sink("sms_messages", "phoneNumber", ("sms",)),
        "platform-endpoint-messages": Sink("platform_endpoint_messages", "endpointArn", ("application",)),
        "email-messages": Sink("email_messages", "email", ("email", "email-json")),
        "lambda-messages": Sink("lambda_messages", "endpoint", ("lambda",)),
        "firehose-messages": Sink("firehose_messages", "endpoint", ("firehose",)),
    }
)


class SinkRoute:
    """The control route that shows one sink's messages, or forgets them."""

    def __init__(self, database: Database, sink: Sink) -> None:
        self._database = database
        self._sink = sink

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        wanted = query.get(self._sink.parameter) or None
        arn = parse_arn(wanted) if wanted is not None else None
        account_id = arn.account_id if arn is not None else query.get("accountId", DEFAULT_ACCOUNT_ID)
        region = arn.region if arn is not None else query.get("region", DEFAULT_REGION)
        if request.method == "DELETE":
            await self._clear(account_id, region, wanted)
            return HttpResponse(204, [])
        return await self._sent(account_id, region, wanted)

    async def _clear(self, account_id: str, region: str, wanted: str | None) -> None:
        def work(transaction: Transaction) -> None:
            for kind in self._sink.kinds:
                deliveries.clear_sink(transaction, kind, account_id, region, wanted)

        await self._database.write(work)

    async def _sent(self, account_id: str, region: str, wanted: str | None) -> HttpResponse:
        rows = await self._database.read(
            lambda transaction: [
                row for kind in self._sink.kinds for row in deliveries.in_sink(transaction, kind, account_id)
            ]
        )
        by_recipient: dict[str, list[dict[str, Any]]] = {wanted: []} if wanted is not None else {}
        for row_region, recipient, content, _ in sorted(rows, key=lambda row: row[3]):
            if row_region == region and wanted in (None, recipient):
                by_recipient.setdefault(recipient, []).append(content)
        return json_response({self._sink.title: by_recipient, "region": region})
